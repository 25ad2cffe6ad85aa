package console_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// rows are the hosts in the list of a page, in their order.
func rows(body string) (hosts []string) {
	for _, found := range regexp.MustCompile(`<th scope="row"><a href="/hosts/([^"]+)"`).FindAllStringSubmatch(body, -1) {
		hosts = append(hosts, found[1])
	}
	return hosts
}

func TestTheFiltersOfTheFleetAreInItsAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	s.Says(t, webtest.Grouped("calm-1", "db", 2, workertest.Package("bash", "1")))
	for path, want := range map[string]string{
		"/":                             "[db-1 web-1 calm-1]", // the worst first
		"/?sort=host":                   "[calm-1 db-1 web-1]",
		"/?status=COMPLIANT":            "[calm-1]",
		"/?status=COMPLIANT,UNKNOWN":    "[calm-1]",
		"/?condition=run_failed":        "[web-1]",
		"/?state=FAILED":                "[web-1]",
		"/?group=db&sort=-host":         "[db-1 calm-1]",
		"/?system=UBUNTU&host=WEB":      "[web-1]",
		"/?missing=openssl":             "[web-1]",
		"/?knows=bash&sort=host":        "[calm-1 web-1]",
		"/?notice=CVE-2026-1":           "[]",
		"/?level=CRITICAL":              "[]",
		"/?package=openssl&version=2":   "[db-1]",
		"/?baseline=nothing&status=":    "→ /?baseline=nothing", // what a form sends that was left empty
		"/?baseline=nothing":            "[]",
		"/?stauts=COMPLIANT":            "422 there is no such parameter",
		"/?status=GOOD":                 "422 unknown value",
		"/?sort=sideways":               "422 unknown order",
		"/?silent_for=yesterday":        "422 silent_for",
		"/?cursor=x":                    "422 cursor",
		"/?version=1":                   "422 package",
		"/search?q=":                    "→ /",
		"/search?q=cve-2026-1":          "→ /?notice=cve-2026-1",
		"/search?q=RHSA-2026:1":         "→ /?notice=RHSA-2026%3A1",
		"/search?q=web-1":               "→ /hosts/web-1",
		"/search?q=bash":                "→ /packages/bash",
		"/hosts/web-1?state=MISSNG":     "422 unknown state",
		"/hosts/web-1?before=yesterday": "422 sequence",
		"/hosts/%2e%2e":                 "404",
	} {
		r := s.get(t, path)
		switch {
		case r.status == http.StatusSeeOther:
			if got := "→ " + r.header.Get("Location"); got != want {
				t.Errorf("%s: %s, want %s", path, got, want)
			}
		case r.status == http.StatusOK:
			if got := fmt.Sprint(rows(r.body)); got != want {
				t.Errorf("%s: %s, want %s", path, got, want)
			}
		default:
			code, words, _ := strings.Cut(want, " ")
			if fmt.Sprint(r.status) != code || !strings.Contains(r.body, words) {
				t.Errorf("%s: status %d, want %s\n%s", path, r.status, want, r.body)
			}
		}
	}
}

func TestTheFleetSaysHowItStands(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	if r := s.get(t, "/"); !strings.Contains(r.body, "No host has said anything yet.") {
		t.Errorf("an empty fleet: %s", r.body)
	}
	s.story(t)
	r := s.get(t, "/?status=NON_COMPLIANT&group=web")
	for _, words := range []string{
		`<strong>1</strong> host of these filters`, `aria-label="Hosts by status: 1 Non-compliant, 0 Unknown, 0 Compliant"`,
		`href="/?group=web" aria-current="true"`, `href="/?group=web&amp;status=UNKNOWN"`, "Run failed", "patchstream status --status NON_COMPLIANT --group web",
		"/api/v1/hosts?format=csv&amp;group=web&amp;status=NON_COMPLIANT", "As of ", ", record ",
	} {
		if !strings.Contains(r.body, words) {
			t.Errorf("the page lacks %q:\n%s", words, r.body)
		}
	}
	if r := s.get(t, "/api/v1/hosts?format=csv&group=web&status=NON_COMPLIANT"); !strings.HasPrefix(r.body, "host,status") || !strings.Contains(r.body, "\nweb-1,NON_COMPLIANT") {
		t.Errorf("its CSV: %d %s", r.status, r.body)
	}
}

func TestEachHostIsOnOnePage(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	const hosts = 230
	var events []messages.Event
	for i := range hosts {
		events = append(events, webtest.Grouped(fmt.Sprintf("web-%03d", i), "web", 0, workertest.Package("openssl", "1")))
	}
	s.Says(t, events...)
	seen, path := map[string]int{}, "/?group=web"
	for pages := 0; path != ""; pages++ {
		r := s.get(t, path)
		found := rows(r.body)
		if r.status != http.StatusOK || len(found) > 100 || pages > 3 {
			t.Fatalf("%s: status %d, %d hosts, page %d", path, r.status, len(found), pages)
		}
		for _, host := range found {
			seen[host]++
		}
		next := regexp.MustCompile(`<a href="([^"]+)" rel="next"`).FindStringSubmatch(r.body)
		if path = ""; next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	for host, times := range seen {
		if times != 1 {
			t.Errorf("%s is there %d times", host, times)
		}
	}
	if len(seen) != hosts {
		t.Errorf("%d hosts are there, want %d", len(seen), hosts)
	}
}

func TestAHostSaysWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	s.Says(t, workertest.Override("db-1", 6, "openssl.amd64", messages.NotApplicable))
	for path, says := range map[string][]string{
		"/hosts/web-1": {
			"Because of its patches: 1 failed", "run_failed since", "look at the packages that are FAILED, and run it again", "Complete scan", "Install r5", "1 failed</span>",
			`data-into="#explanation"`, "revision 2", "patchstream status web-1", "aws ssm describe-instance-patches --instance-id web-1",
		},
		"/hosts/web-1?state=INSTALLED":       {"bash.amd64"},
		"/hosts/web-1?patch=BASH":            {"bash.amd64"},
		"/hosts/web-1?patch=zsh":             {"No patch of this host fits."},
		"/hosts/db-1":                        {"Set by hand", "accepted", "In force", "&lt;img/src=x/onerror=alert(1)&gt;"},
		"/hosts/web-1/patches/openssl.amd64": {"openssl.amd64 is FAILED since", "Next step", "What would change it", "patchstream explain web-1 openssl.amd64"},
		"/hosts/web-1/patches/openssl":       {"openssl.amd64 is FAILED since"},
		"/hosts/db-1/patches/" + "%3Cimg%2Fsrc=x%2Fonerror=alert(1)%3E.amd64": {"&lt;img/src=x/onerror=alert(1)&gt;.amd64 is MISSING since"},
	} {
		r := s.get(t, path)
		if r.status != http.StatusOK || strings.Contains(r.body, "<img") {
			t.Errorf("%s: status %d", path, r.status)
		}
		for _, words := range says {
			if !strings.Contains(r.body, words) {
				t.Errorf("%s lacks %q:\n%s", path, words, r.body)
			}
		}
	}
}
