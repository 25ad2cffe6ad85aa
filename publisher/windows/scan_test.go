package windows

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

// stateOf returns the state of each package, "installed" in full.
func stateOf(s *messages.Scan) map[string]string {
	states := make(map[string]string)
	for _, p := range s.Packages {
		if states[p.Name] = p.State; p.State == "" {
			states[p.Name] = "installed"
		}
	}
	return states
}

func TestOneEntryForEachKBTheWorseOfSeveral(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]string{
		"server2022": {
			"KB5066782": "installed", "KB5067000": "installed", "KB5066139": "installed", "KB2267602": "installed",
			"KB5068787": "applicable", "KB5070311": "applicable", "KB5069001": "applicable", "KB5002800": "applicable", "KB5069500": "hidden",
		},
		"numbers": {
			"5b7e0014-1c5a-4f0e-9d3b-6f2a70c4e014": "installed", "5b7e0018-1c5a-4f0e-9d3b-6f2a70c4e018": "applicable",
			"KB4019263": "applicable", "KB4019264": "applicable", "KB5011048": "applicable", "KB5012170": "applicable",
		},
		"two-updates": {"KB890830": "applicable", "KB5066747": "applicable", "KB2267602": "installed"},
		"reboot":      {"KB5066782": "installed", "KB5068787": "reboot"},
		"empty":       {},
	} {
		s := read(t, name).Scan()
		if !s.Complete {
			t.Errorf("%s is not complete: %s", name, s.Error)
		}
		if diff := cmp.Diff(want, stateOf(s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func find[T any](t *testing.T, list []T, is func(*T) bool) *T {
	t.Helper()
	for i := range list {
		if is(&list[i]) {
			return &list[i]
		}
	}
	t.Fatal("not in the list")
	return nil
}

func TestTheUpdatesOfAKBKeepTheirOwnNotices(t *testing.T) {
	t.Parallel()
	s := read(t, "two-updates").Scan()
	net := find(t, s.Packages, func(p *messages.Package) bool { return p.Name == "KB5066747" })
	if v := net.Versions[0]; v.Version != "202" || len(v.Advisories) != 2 {
		t.Errorf("%+v", v)
	}
	// A rule that asks for Critical and for the age of October's must not be met by halves.
	for _, id := range net.Versions[0].Advisories {
		a := find(t, s.Advisories, func(a *messages.Advisory) bool { return a.ID == id })
		if (a.Severity == "Critical") != (a.UpdatedAt.Month() == time.November) {
			t.Errorf("%+v", a)
		}
	}
	// April's tool is installed: what May's is for stands alone.
	tool := find(t, s.Packages, func(p *messages.Package) bool { return p.Name == "KB890830" })
	a := find(t, s.Advisories, func(a *messages.Advisory) bool { return a.ID == "KB890830" })
	if len(tool.Versions[0].Advisories) != 1 || a.UpdatedAt.Month() != time.November || tool.Installed != nil {
		t.Errorf("%+v %+v", tool, a)
	}
}

func TestWhatAnUpdateIsFor(t *testing.T) {
	t.Parallel()
	s := read(t, "server2022").Scan()
	nov := find(t, s.Advisories, func(a *messages.Advisory) bool { return a.ID == "KB5068787" })
	want := messages.Advisory{
		ID: "KB5068787", Type: "Security Updates", Severity: "Critical", UpdatedAt: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC),
		CVEs: []string{"CVE-2026-21001", "CVE-2026-21002"}, Products: []string{"Microsoft Server operating system-21H2"}, Families: []string{"Windows"},
		Set: messages.SetOS, Reboot: true, Supersedes: []string{"KB5066782"}, // 99 the agent no longer lists
	}
	if diff := cmp.Diff(want, *nov); diff != "" {
		t.Error(diff)
	}
	if a := find(t, s.Advisories, func(a *messages.Advisory) bool { return a.ID == "KB5002800" }); a.Set != messages.SetApplication {
		t.Errorf("%+v", a)
	}
	if a := find(t, s.Advisories, func(a *messages.Advisory) bool { return a.ID == "KB5069001" }); cmp.Diff(a.Aliases, []string{"MS26-048"}) != "" {
		t.Errorf("%+v", a)
	}
	// The language of the host is no matter.
	s = read(t, "german").Scan()
	if s.Advisories[0].Type != "Security Updates" || s.OS.Product != "Windows11" || s.OS.Version != "10.0.26100.7171" || s.OS.Arch != "arm64" {
		t.Errorf("%+v %+v", s.Advisories[0], s.OS)
	}
}

func TestSetOfUpdatesWithoutAFamily(t *testing.T) {
	t.Parallel()
	for want, updates := range map[string][]update{
		messages.SetOS:          {{}, {products: []string{"Windows 11"}}, {products: []string{"Microsoft Server operating system-24H2"}}, {families: []string{"Windows"}}, {familyIDs: []string{windowsFamily}, families: []string{"Fenster"}}},
		messages.SetApplication: {{products: []string{"SQL Server 2019"}}, {products: []string{"Windows Admin Center"}, families: []string{"System Center"}}},
	} {
		for _, u := range updates {
			if got := u.set(); got != want {
				t.Errorf("%+v is %s", u, got)
			}
		}
	}
}

func TestAScanThatRestsOnLessIsNotComplete(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"failed-search":  `the search for "IsInstalled=0 and IsHidden=0" failed: 0x8024402C (WU_E_PT_WINHTTP_NAME_NOT_RESOLVED): Exception`,
		"errors-search":  `ended with errors: 0x00240003`,
		"narrow-search":  `the search for "IsInstalled=0 and IsHidden=0 and BrowseOnly=0" does not say all: BrowseOnly=0 leaves updates out`,
		"script-failed":  "the script that asks the update agent failed: Retrieving the COM class",
		"never-searched": "has never searched with success",
	} {
		s := read(t, name).Scan()
		if s.Complete || len(s.Packages) > 0 || !strings.Contains(s.Error, says) {
			t.Errorf("%s: %v %d packages, %q", name, s.Complete, len(s.Packages), s.Error)
		}
		if s.OS.System != "WINDOWS" || s.Machine == "" {
			t.Errorf("%s: it does not say whose it is: %+v", name, s)
		}
	}
	for _, row := range []struct{ old, new, says string }{
		{`"Criteria": "IsInstalled=1"`, `"Criteria": "IsInstalled=0"`, "no search for what is installed"},
		{`"Criteria": "IsInstalled=0 and IsHidden=0"`, `"Criteria": "IsInstalled=1"`, "no search for what is not installed"},
		{`"Criteria": "IsInstalled=0 and IsHidden=0"`, `"Criteria": "IsInstalled=0 or IsHidden=0"`, "only AND and ="},
		{`"Criteria": "IsInstalled=0 and IsHidden=0"`, `"Criteria": "IsInstalled=0 and Type='Driver'"`, "Type='Driver' leaves updates out"},
	} {
		d, err := edited(t, "server2022", row.old, row.new)
		if err != nil {
			t.Fatal(err)
		}
		if s := d.Scan(); s.Complete || !strings.Contains(s.Error, row.says) {
			t.Errorf("%s: %v %q", row.new, s.Complete, s.Error)
		}
	}
	for _, criteria := range []string{"IsInstalled=0 and IsHidden=0 and Type='Software'", "( IsInstalled = 0 AND isHidden=0 )", "IsInstalled=0", "IsInstalled=0 and IsHidden=0 and DeploymentAction='Installation'"} {
		d, err := edited(t, "server2022", `"IsInstalled=0 and IsHidden=0"`, `"`+criteria+`"`)
		if err != nil {
			t.Fatal(err)
		}
		if s := d.Scan(); !s.Complete {
			t.Errorf("%s: %s", criteria, s.Error)
		}
	}
}

func TestFreshnessIsThatOfTheAnswer(t *testing.T) {
	t.Parallel()
	if s := read(t, "server2022").Scan(); !s.IndexAt.Equal(s.TakenAt) {
		t.Errorf("online: %s", s.IndexAt)
	}
	s := read(t, "offline").Scan()
	if want := time.Date(2026, 11, 10, 17, 0, 0, 0, time.UTC); !s.IndexAt.Equal(want) || !s.Complete {
		t.Errorf("the offline file: %s %v", s.IndexAt, s.Complete)
	}
	want := []messages.Origin{
		{Archive: "wsusscn2", Origin: "Microsoft", Label: "Offline Sync Service", Trusted: true, Date: s.IndexAt},
		{Archive: "not in wsusscn2", Origin: "Microsoft", Unread: true},
	}
	if diff := cmp.Diff(want, s.Origins); diff != "" {
		t.Error(diff)
	}
	want = []messages.Origin{{Archive: "WSUS", Site: "wsus.example.org", Label: "Windows Server Update Service", Trusted: true}}
	if diff := cmp.Diff(want, read(t, "reboot").Scan().Origins); diff != "" {
		t.Error(diff)
	}
	d, err := edited(t, "server2022", `"Online": true`, `"Online": false`)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Scan(); !s.IndexAt.Equal(time.Date(2026, 11, 20, 6, 11, 40, 0, time.UTC)) {
		t.Errorf("one search from the store: %s", s.IndexAt)
	}
}

func TestWhatWaitsForABoot(t *testing.T) {
	t.Parallel()
	s := read(t, "reboot").Scan()
	if s.RebootRequired == nil || !*s.RebootRequired || cmp.Diff(s.RebootPackages, []string{"KB5068787"}) != "" {
		t.Errorf("%v %v", s.RebootRequired, s.RebootPackages)
	}
	d, err := edited(t, "reboot", `"RebootRequired": true,`+"\n"+`  "LastSearch`, `"LastSearch`)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Scan(); s.RebootRequired != nil {
		t.Error("not told is not known")
	}
}
