package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// post sends a form.
func (s *site) post(t *testing.T, path string, form url.Values, header ...string) reply {
	t.Helper()
	return s.send(t, http.MethodPost, path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

func TestWhatOperatorsDecideIsSaidBeforeItIsDone(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	if _, err := s.JS.Publish(t.Context(), messages.KindRun.Subject("web-1"), []byte("no event")); err != nil {
		t.Fatal(err)
	}
	workertest.Applied(t, s.JS)
	for _, c := range []struct {
		action string
		form   url.Values
		says   []string
		back   string
		so     string // what the API says afterwards, and where
		at     string
	}{
		{"override", url.Values{"host": {"web-1"}, "patch": {"openssl.amd64"}, "state": {"NOT_APPLICABLE"}, "reason": {"<b>CHG-1</b>"}, "expires": {"30d"}},
			[]string{"openssl.amd64 on web-1 is FAILED", "count as NOT_APPLICABLE, until 20", "&lt;b&gt;CHG-1&lt;/b&gt;", "no longer make the host non-compliant", "patchstream override set web-1 openssl.amd64 NOT_APPLICABLE", "-X PUT"},
			"/hosts/web-1/patches/openssl.amd64?done=override", `"by":"local"`, "/hosts/web-1/overrides"},
		{"withdraw", url.Values{"host": {"web-1"}, "patch": {"openssl.amd64"}}, []string{"was set to NOT_APPLICABLE by local", "will be FAILED again"}, "/hosts/web-1/patches/openssl.amd64?done=withdraw", `"total":0`, "/hosts/web-1/overrides"},
		{"group", url.Values{"host": {"web-1"}, "group": {"canary"}}, []string{`is in the group &#34;web&#34;`, "It will be in &#34;canary&#34;"}, "/hosts/web-1?done=group", `"group":"canary"`, "/hosts/web-1"},
		{"recheck", url.Values{"host": {"web-1"}}, []string{"classified again", "Nothing on the host"}, "/hosts/web-1?done=recheck", `"host":"web-1"`, "/hosts/web-1"},
		{"replay", url.Values{"letter": {"1"}}, []string{"A run of web-1 came on", "dead letter again, with a new number"}, "/health?done=replay", `"sequence":2`, "/dead-letters"},
		{"discard", url.Values{"letter": {"2"}}, []string{"removed for ever"}, "/health?done=discard", `"total":0`, "/dead-letters"},
		{"retire", url.Values{"host": {"db-1"}, "reason": {"gone"}}, []string{"db-1 is NON_COMPLIANT", "What is known of it is over"}, "/hosts/db-1?done=retire", `"status":"RETIRED"`, "/hosts/db-1"},
	} {
		before := len(workertest.ReadAll(t, s.JS, messages.StreamChanges))
		r := s.post(t, "/act/"+c.action, c.form)
		if r.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", c.action, r.status, r.body)
		}
		for _, words := range c.says {
			if !strings.Contains(r.body, words) {
				t.Errorf("%s lacks %q:\n%s", c.action, words, r.body)
			}
		}
		workertest.Applied(t, s.JS)
		if after := len(workertest.ReadAll(t, s.JS, messages.StreamChanges)); after != before {
			t.Errorf("%s: something changed before it was confirmed", c.action)
		}
		c.form.Set("confirmed", "yes")
		r = s.post(t, "/act/"+c.action, c.form)
		if r.status != http.StatusSeeOther || r.header.Get("Location") != c.back {
			t.Fatalf("%s: status %d, to %s, want %s: %s", c.action, r.status, r.header.Get("Location"), c.back, r.body)
		}
		if r := s.get(t, c.back); r.status != http.StatusOK || !strings.Contains(r.body, `role="status"`) {
			t.Errorf("%s: status %d of %s, or it is not said that it is done", c.action, r.status, c.back)
		}
		workertest.Eventually(t, c.action, func() bool { return strings.Contains(s.get(t, "/api/v1"+c.at).body, c.so) })
		workertest.Applied(t, s.JS)
		s.Says(t)
	}
}

func TestAnActionThatLacksSomethingSaysWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		says   string
	}{
		{"/act/override", url.Values{"host": {"web-1"}, "patch": {"openssl.amd64"}, "state": {"MISSING"}}, http.StatusUnprocessableEntity, "reason: must not be empty"},
		{"/act/override", url.Values{"host": {"web-1"}, "patch": {"openssl.amd64"}, "state": {"MISING"}, "reason": {"x"}, "confirmed": {"yes"}}, http.StatusUnprocessableEntity, "state:"},
		{"/act/override", url.Values{"host": {"web-1"}, "patch": {"openssl.amd64"}, "state": {"MISSING"}, "reason": {"x"}, "expires": {"soon"}}, http.StatusUnprocessableEntity, "expires:"},
		{"/act/override", url.Values{"host": {"none"}, "patch": {"openssl.amd64"}, "state": {"MISSING"}, "reason": {"x"}}, http.StatusNotFound, "none"},
		{"/act/withdraw", url.Values{"host": {"web-1"}, "patch": {"openssl.amd64"}}, http.StatusNotFound, "nothing was set by hand"},
		{"/act/replay", url.Values{"letter": {"7"}}, http.StatusNotFound, "no such dead letter"},
		{"/act/nothing", nil, http.StatusNotFound, "there is no such page"},
	} {
		if r := s.post(t, c.path, c.form); r.status != c.status || !strings.Contains(r.body, c.says) {
			t.Errorf("%s %v: status %d, want %d with %q:\n%s", c.path, c.form, r.status, c.status, c.says, r.body)
		}
	}
	for path, says := range map[string]string{
		"/hosts/web-1": "/act/retire?host=web-1", "/hosts/web-1/patches/openssl.amd64": "/act/override?host=web-1&amp;patch=openssl.amd64",
		"/act/override?host=web-1&patch=openssl.amd64": "openssl.amd64 is FAILED since", "/act/recheck?outdated=true": "0 hosts that are judged", "/act/group?host=web-1": "tags decide again",
	} {
		if r := s.get(t, path); r.status != http.StatusOK || !strings.Contains(r.body, says) {
			t.Errorf("%s: status %d, no %q:\n%s", path, r.status, says, r.body)
		}
	}
}

func TestNobodyDecidesByAnotherPageOrWithAViewersKey(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	form := url.Values{"host": {"web-1"}, "confirmed": {"yes"}}
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		if r := s.post(t, "/act/retire", form, header...); r.status != http.StatusForbidden {
			t.Errorf("%v: status %d", header, r.status)
		}
	}
	if strings.Contains(s.get(t, "/api/v1/hosts/web-1").body, "RETIRED") {
		t.Error("the host is retired")
	}
}
