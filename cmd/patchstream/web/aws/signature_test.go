package aws_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

const asked = `{"InstanceIds":["web-1"]}`

// Whoever changes one thing of a signed request is refused, by the name that AWS has for it.
func TestOnlyWhatWasSignedNowAndWholeIsLetIn(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	now := time.Now()
	signed := func(t *testing.T) *http.Request {
		return sign(t, f.request(t, "DescribeInstancePatchStates", asked), operator, everybody[operator].secret, asked, now)
	}
	for name, c := range map[string]struct {
		make func(*testing.T) *http.Request
		want string
	}{
		"signed": {signed, ""},
		"by another key's secret": {func(t *testing.T) *http.Request {
			return sign(t, f.request(t, "DescribeInstancePatchStates", asked), operator, everybody[viewer].secret, asked, now)
		}, "InvalidSignatureException"},
		"by nobody's key": {func(t *testing.T) *http.Request {
			return sign(t, f.request(t, "DescribeInstancePatchStates", asked), "PSAKNOBODY", "x", asked, now)
		}, "UnrecognizedClientException"},
		"not at all": {func(t *testing.T) *http.Request { return f.request(t, "DescribeInstancePatchStates", asked) }, "MissingAuthenticationTokenException"},
		"with a token": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Header.Set("Authorization", "Bearer x")
			return r
		}, "IncompleteSignatureException"},
		"another body": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(asked, "web", "dbs", 1)))
			return r
		}, "InvalidSignatureException"},
		"another operation": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Header.Set("X-Amz-Target", "AmazonSSM.PutComplianceItems")
			return r
		}, "InvalidSignatureException"},
		"the operation not signed": {func(t *testing.T) *http.Request {
			r := f.request(t, "DescribeInstancePatchStates", asked)
			r.Header.Del("X-Amz-Target")
			sign(t, r, operator, everybody[operator].secret, asked, now)
			r.Header.Set("X-Amz-Target", "AmazonSSM.DescribeInstancePatchStates")
			return r
		}, "InvalidSignatureException"},
		"another query": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.URL.RawQuery = "a=b"
			return r
		}, "InvalidSignatureException"},
		"another host": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Host = "example.org"
			return r
		}, "InvalidSignatureException"},
		"six minutes ago": {func(t *testing.T) *http.Request {
			return sign(t, f.request(t, "DescribeInstancePatchStates", asked), operator, everybody[operator].secret, asked, now.Add(-6*time.Minute))
		}, "InvalidSignatureException"},
		"in six minutes": {func(t *testing.T) *http.Request {
			return sign(t, f.request(t, "DescribeInstancePatchStates", asked), operator, everybody[operator].secret, asked, now.Add(6*time.Minute))
		}, "InvalidSignatureException"},
		"for another service": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/ssm/", "/s3/", 1))
			return r
		}, "InvalidSignatureException"},
		"for another region": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/eu-central-1/", "/us-east-1/", 1))
			return r
		}, "InvalidSignatureException"},
		"for another day": {func(t *testing.T) *http.Request {
			r := signed(t)
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), now.UTC().Format("/20060102/"), "/20010101/", 1))
			return r
		}, "InvalidSignatureException"},
		"with a session token": {func(t *testing.T) *http.Request {
			r := f.request(t, "DescribeInstancePatchStates", asked)
			r.Header.Set("X-Amz-Security-Token", "x")
			return sign(t, r, operator, everybody[operator].secret, asked, now)
		}, "UnrecognizedClientException"},
		"the body not signed": {func(t *testing.T) *http.Request {
			r := f.request(t, "DescribeInstancePatchStates", asked)
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			return sign(t, r, operator, everybody[operator].secret, asked, now)
		}, "InvalidSignatureException"},
		"the body in pieces": {func(t *testing.T) *http.Request {
			r := f.request(t, "DescribeInstancePatchStates", asked)
			r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
			return sign(t, r, operator, everybody[operator].secret, asked, now)
		}, "InvalidSignatureException"},
		"another hash of the body": {func(t *testing.T) *http.Request {
			r := f.request(t, "DescribeInstancePatchStates", asked)
			r.Header.Set("X-Amz-Content-Sha256", hashOf("another"))
			return sign(t, r, operator, everybody[operator].secret, asked, now)
		}, "InvalidSignatureException"},
		"the hash of the body": {func(t *testing.T) *http.Request {
			r := f.request(t, "DescribeInstancePatchStates", asked)
			r.Header.Set("X-Amz-Content-Sha256", hashOf(asked))
			return sign(t, r, operator, everybody[operator].secret, asked, now)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := http.DefaultClient.Do(c.make(t))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if response.Header.Get("X-Amzn-Requestid") == "" {
				t.Error("no id of the request")
			}
			var problem struct {
				Type    string `json:"__type"`
				Message string `json:"message"`
			}
			if err := json.NewDecoder(response.Body).Decode(&problem); err != nil {
				t.Fatal(err)
			}
			status := http.StatusBadRequest
			if c.want == "" {
				status = http.StatusOK
			}
			if problem.Type != c.want || response.StatusCode != status || c.want != "" && problem.Message == "" {
				t.Errorf("got %d %+v, want %s", response.StatusCode, problem, c.want)
			}
		})
	}
}
