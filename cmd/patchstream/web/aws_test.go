package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// AWS's API is beside ours, and lets in whom ours does: without keys this machine alone, by a name of its own, whatever is signed.
func TestAWSsAPIIsOpenToThisMachineWithoutKeysAndToNobodyUnsignedWithThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys    keys
		headers []string
		status  int
		want    string
	}{
		"this machine":           {nil, nil, http.StatusOK, `"InstanceId":"web-1"`},
		"any signature":          {nil, []string{"Authorization", "AWS4-HMAC-SHA256 Credential=any"}, http.StatusOK, `"InstanceId":"web-1"`},
		"by another's name":      {nil, []string{"Host", "rebound.example.org"}, http.StatusBadRequest, "AccessDeniedException"},
		"a page of another site": {nil, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden, ""},
		"unsigned":               {someKeys, nil, http.StatusBadRequest, "MissingAuthenticationTokenException"},
		"with a token":           {someKeys, as("all"), http.StatusBadRequest, "IncompleteSignatureException"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f *fleet
			if c.keys == nil {
				f = newFleet(t, nil)
			} else {
				f = newFleet(t, c.keys)
			}
			f.story(t)
			r := f.do(t, http.MethodPost, "/", `{"InstanceIds":["web-1"]}`, append([]string{"X-Amz-Target", "AmazonSSM.DescribeInstancePatchStates"}, c.headers...)...)
			if r.status != c.status || !strings.Contains(r.body, c.want) {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
}
