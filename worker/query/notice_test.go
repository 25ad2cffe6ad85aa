package query_test

import (
	"slices"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestAPatchIsFoundByItsNoticeAndItsCVEs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.say(t, "el-1", noticed("el-1"))
	w.say(t, "deb-1", workertest.Scan("deb-1", 0, workertest.Package("openssl", "1", "2")))
	x := w.index(t)
	for id, hosts := range map[string][]string{
		"RLSA-2026:1": {"el-1"}, "cve-2026-10": {"el-1"}, "CVE-2026-1": nil, "CVE-2026-10 CVE-2026-11": nil, "": {"deb-1", "el-1"},
	} {
		page, err := x.Hosts(t.Context(), query.HostsQuestion{Filter: query.Filter{Notice: id}, Sort: query.ByHost})
		must(t, page, err)
		var found []string
		for h := range page.Hosts() {
			found = append(found, h.Host)
		}
		if !slices.Equal(found, hosts) {
			t.Errorf("%q: hosts %v, want %v", id, found, hosts)
		}
	}
	page, err := x.Patches(t.Context(), query.PatchesQuestion{Hosts: query.Filter{Notice: "RLSA-2026:1"}})
	must(t, page, err)
	if len(page.Patches) != 1 || page.Patches[0].Patch != "openssl.x86_64" || !slices.Equal(page.Patches[0].Notices, []string{"CVE-2026-10", "CVE-2026-11", "RLSA-2026:1"}) {
		t.Errorf("patches %+v", page.Patches)
	}
}

// noticed is a scan of a host that lacks what a notice of two CVEs is about, and something else.
func noticed(host string) *messages.Scan {
	s := workertest.Scan(host, 0)
	long := workertest.At(0).AddDate(0, -1, 0)
	s.OS = messages.OS{System: "ROCKY_LINUX", Product: "RockyLinux9.3", Version: "9.3", Arch: "x86_64"}
	s.Origins = []messages.Origin{{Archive: "baseos", Trusted: true, Notices: true, CheckedAt: s.TakenAt, Date: long}}
	s.Advisories = []messages.Advisory{
		{ID: "RLSA-2026:1", Type: "security", Severity: "Important", IssuedAt: long, CVEs: []string{"CVE-2026-10", "CVE-2026-11"}},
		{ID: "RLBA-2026:2", Type: "bugfix", IssuedAt: long},
	}
	for i, name := range []string{"openssl", "bash"} {
		s.Packages = append(s.Packages, messages.Package{Name: name, Arch: "x86_64", Installed: new("1-1"), Versions: []messages.Version{
			{Version: "1-1", Origins: []int{0}}, {Version: "2-1", Origins: []int{0}, Advisories: []string{s.Advisories[i].ID}},
		}})
	}
	return s
}
