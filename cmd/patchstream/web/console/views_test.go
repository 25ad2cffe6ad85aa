package console_test

import (
	"net/http"
	"strings"
	"testing"
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
