package console_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestTheViewsSayWhatIsSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	for path, says := range map[string][]string{
		"/packages":                                 {"openssl.amd64", "Failed 1", "/packages/openssl"},
		"/packages?state=MISSING":                   {"&lt;img/src=x/onerror=alert(1)&gt;", "Missing 1"},
		"/packages?name=nothing-like-it":            {"No patch fits."},
		"/packages?notice=CVE-2026-1":               {"No patch fits.", "name none"},
		"/packages/openssl":                         {"Installed on 2 hosts", "1 host</a> lacks", ">web-1</a>", "/?package=openssl.amd64&amp;version=2"},
		"/packages/bash":                            {"Nobody, as far as hosts are known."},
		"/baselines":                                {"AWS-UbuntuDefaultPatchBaseline", "default UBUNTU", "16 built-in baselines more"},
		"/baselines/AWS-UbuntuDefaultPatchBaseline": {"Rule 1 approves security updates whose PRIORITY is", "2 hosts</a>"},
		"/changes":                                  {"web-1", "install failed", "revision 2", "Changes are kept since"},
		"/changes?host=db-1":                        {"db-1", "1 package in order"},
		"/changes?state=INSTALLED_PENDING_REBOOT":   {"No change fits.", "All that are kept were looked at."},
	} {
		r := s.get(t, path)
		if r.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, r.status, r.body)
		}
		for _, words := range says {
			if !strings.Contains(r.body, words) {
				t.Errorf("%s lacks %q:\n%s", path, words, r.body)
			}
		}
	}
	for path, status := range map[string]int{
		"/packages/nothing-like-it": http.StatusNotFound, "/packages?nmae=a": http.StatusUnprocessableEntity, "/packages?patch_level=HIHG": http.StatusUnprocessableEntity,
		"/baselines/none": http.StatusNotFound, "/changes?state=MISING": http.StatusUnprocessableEntity, "/changes?before=x": http.StatusUnprocessableEntity,
		"/changes?host=..": http.StatusUnprocessableEntity,
	} {
		if r := s.get(t, path); r.status != status {
			t.Errorf("%s: status %d, want %d", path, r.status, status)
		}
	}
}

func TestABaselineWhoseValuesAreNoneSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	workertest.PutKey(t, s.JS, messages.BucketBaselines, "baseline.typo",
		`{"OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRIORITY","Values":["Importnat"]}]}}]}}`)
	for path, words := range map[string]string{"/baselines": "1 warning", "/baselines/typo": "PRIORITY &#34;Importnat&#34;: did you mean Important?"} {
		if r := s.get(t, path); r.status != http.StatusOK || !strings.Contains(r.body, words) {
			t.Errorf("%s: status %d:\n%s", path, r.status, r.body)
		}
	}
}

// The page that an operator looks at first says so, and does not fail by it.
func TestHealthSaysThatTheSettingsCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	if r := s.get(t, "/health"); r.status != http.StatusOK || strings.Contains(r.body, "stored as settings") {
		t.Errorf("before: status %d:\n%s", r.status, r.body)
	}
	workertest.PutKey(t, s.JS, messages.BucketBaselines, "settings", `{"scan_max_age":"soon"}`)
	r := s.get(t, "/health")
	for _, words := range []string{"The defaults apply: what is stored as settings cannot be read: ", "&#34;soon&#34; is no age", "nats kv del PATCH_BASELINES settings", "each host spoke within 7d"} {
		if r.status != http.StatusOK || !strings.Contains(r.body, words) {
			t.Errorf("status %d, lacks %q:\n%s", r.status, words, r.body)
		}
	}
}

func TestChangesGoBackToTheFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	if r := s.get(t, "/changes"); r.status != http.StatusOK || !strings.Contains(r.body, "Nothing has changed yet.") {
		t.Fatalf("of an empty stream: status %d:\n%s", r.status, r.body)
	}
	const hosts = 120
	for n := range hosts {
		workertest.Publish(t, s.JS, workertest.Scan(fmt.Sprintf("host-%03d", n), 0, workertest.Package("openssl", "1", "2")))
	}
	s.Says(t)
	const after = 220 // a sequence of the stream, which has changes of status, too
	next, seen, newer := "/changes", map[string]bool{}, 0
	for next != "" {
		page := s.get(t, next).body
		for _, host := range regexp.MustCompile(`class="host" href="/hosts/([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if seen[host[1]] {
				t.Errorf("%s is there twice", host[1])
			}
			seen[host[1]] = true
		}
		newer += sequencesAbove(t, page, after)
		more := regexp.MustCompile(`href="(/changes\?before=\d+)"`).FindStringSubmatch(page)
		if next = ""; more != nil {
			next = more[1]
		}
	}
	if len(seen) != hosts {
		t.Errorf("%d of %d changes are on the pages", len(seen), hosts)
	}
	last := fmt.Sprint(workertest.State(t, s.JS, messages.StreamChanges).LastSeq)
	r := s.get(t, fmt.Sprintf("/changes/rows?after=%d", after))
	if rows := strings.Count(r.body, "data-sequence="); rows != newer || rows != sequencesAbove(t, r.body, after) || newer == 0 || r.header.Get("X-Patchstream-Last") != last {
		t.Errorf("%d rows came after %d, of %d, up to %q", rows, after, newer, r.header.Get("X-Patchstream-Last"))
	}
	if r := s.get(t, "/changes/rows?after=999"); r.status != http.StatusResetContent {
		t.Errorf("after a sequence of another stream: status %d", r.status)
	}
	if r := s.get(t, "/changes?host=host-007"); !strings.Contains(r.body, ">host-007</a>") {
		t.Errorf("the oldest changes of a host are not found:\n%s", r.body)
	}
}

// sequencesAbove counts the changes of a page that come after a sequence of the stream.
func sequencesAbove(t *testing.T, page string, after int) (n int) {
	t.Helper()
	for _, sequence := range regexp.MustCompile(`data-sequence="(\d+)"`).FindAllStringSubmatch(page, -1) {
		is, err := strconv.Atoi(sequence[1])
		if err != nil {
			t.Fatal(err)
		}
		if is > after {
			n++
		}
	}
	return n
}
