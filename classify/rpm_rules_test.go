package classify

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// What filters take for equal, and what passes only through "*".
func TestFiltersOfRPM(t *testing.T) {
	p := func(notice string) messages.Package { return rpmPkg("p.x86_64", "1-1", "2-1 "+notice) }
	rhelScan := func(p messages.Package) *messages.Scan { return rhel(p) }
	on := func(system, product string) func(messages.Package) *messages.Scan {
		return func(p messages.Package) *messages.Scan { return rpmScan(system, product, p) }
	}
	for _, row := range []struct {
		rule    string
		notice  string
		scan    func(messages.Package) *messages.Scan
		missing bool
	}{
		{"SEVERITY=Medium", "RHSA-2024:0811", rhelScan, true},
		{"SEVERITY=moderate", "RHSA-2024:0811", rhelScan, true},
		{"SEVERITY=IMPORTANT", "RHSA-2024:1234", rhelScan, true},
		{"SEVERITY=Mod", "RHSA-2024:0811", rhelScan, false},
		{"SEVERITY=None", "RHBA-2024:0100", rhelScan, true},
		{"SEVERITY=None", "NO-TYPE", rhelScan, true},
		{"SEVERITY=None", "RHSA-2024:0811", rhelScan, false},
		{"SEVERITY=None nonsecurity", "", rhelScan, false}, // no notice is no severity
		{"SEVERITY=* nonsecurity", "", rhelScan, true},
		{"CLASSIFICATION=* nonsecurity", "", rhelScan, true},
		{"CLASSIFICATION=security", "RHSA-2024:0811", rhelScan, true},
		{"CLASSIFICATION=Security", "NO-TYPE", rhelScan, false},
		{"CLASSIFICATION=*", "NO-TYPE", rhelScan, true},
		{"CLASSIFICATION=Recommended", "SUSE-2024-10", on("SUSE", "Suse15.5"), true},
		{"CLASSIFICATION=Bugfix", "SUSE-2024-10", on("SUSE", "Suse15.5"), false},
		{"CLASSIFICATION=Security", "SUSE-2024-9", on("SUSE", "Suse15.5"), false}, // retracted
		{"nonsecurity", "SUSE-2024-9", on("SUSE", "Suse15.5"), true},              // the version exists without it
		{"CLASSIFICATION=Security", "SUSE-SLE-Product-SLES-15-SP5-2024-123", on("SUSE", "Suse15.5"), true},
		{"PRODUCT=AmazonLinux2", "RHSA-2024:0811", on("AMAZON_LINUX_2", "AmazonLinux2.0"), true},
		{"PRODUCT=AmazonLinux2.0", "RHSA-2024:0811", on("AMAZON_LINUX_2", "AmazonLinux2.0"), true},
		{"PRODUCT=AmazonLinux2", "RHSA-2024:0811", on("AMAZON_LINUX_2", "AmazonLinux2"), true},
		{"PRODUCT=RedhatEnterpriseLinux9.3", "RHSA-2024:0811", rhelScan, true},
		{"PRODUCT=RedhatEnterpriseLinux9", "RHSA-2024:0811", rhelScan, false},
		{"PRIORITY=Required SECTION=net", "RHSA-2024:0811", rhelScan, true}, // mean nothing here
		{"days=-3", "RHSA-2024:0811", rhelScan, true},
		{"days=1e300", "RHSA-2024:0811", rhelScan, false},
		{"days=100", "NO-DATES", rhelScan, true}, // no date, no delay
		{"days=100 until=2020-01-01", "NO-DATES", rhelScan, true},
		{"days=0", "RHSA-2024:0811", rhelScan, true},
	} {
		t.Run(row.rule+" "+row.notice, func(t *testing.T) {
			got := stateOf(judgedRPM(t, ruled([]string{row.rule}), scanned, row.scan(p(row.notice))), "p")
			if (got == messages.Missing) != row.missing {
				t.Errorf("%s", got)
			}
		})
	}
}

// CLASSIFICATION Feature is Features, on both sides.
func TestFeatureIsFeatures(t *testing.T) {
	for _, pair := range [][2]string{{"feature", "Features"}, {"features", "Feature"}} {
		s := rhel(rpmPkg("p.x86_64", "1-1", "2-1 NO-TYPE"))
		for i := range s.Advisories {
			if s.Advisories[i].ID == "NO-TYPE" {
				s.Advisories[i].Type = pair[0]
			}
		}
		if got, want := rowOf(judgedRPM(t, ruled([]string{"CLASSIFICATION=" + pair[1]}), scanned, s)), "p.x86_64: MISSING 2-1 UNSPECIFIED Feature"; got != want {
			t.Errorf("%v\ngot  %s\nwant %s", pair, got, want)
		}
	}
}

// A delay that ends is looked at again at that time, and not before.
func TestDelaysAreDue(t *testing.T) {
	b := ruled([]string{security + " days=7"})
	s := rhel(rpmPkg("sudo.x86_64", "1.9.5p2-9.el9", "1.9.5p2-10.el9_3 RHSA-2024:0811"))
	s.TakenAt = stamp("2024-02-15")
	for i := range s.Origins {
		s.Origins[i].Date = s.TakenAt
	}
	over := stamp("2024-02-21").Add(1)
	for now, want := range map[time.Time]messages.State{
		stamp("2024-02-15"): messages.InstalledOther, over.Add(-1): messages.InstalledOther, over: messages.Missing,
		{}: messages.InstalledOther, // as of the scan
	} {
		r := judgedRPM(t, b, now, s)
		if got := stateOf(r, "sudo"); got != want {
			t.Errorf("at %s: %s, want %s", now, got, want)
		}
		if waits := want == messages.InstalledOther; waits != r.Expires().Equal(over) || !now.IsZero() && waits != r.Due.Equal(over) {
			t.Errorf("at %s: due %s, expires %s", now, r.Due, r.Expires())
		}
	}
	stopped := judgedRPM(t, b, s.TakenAt, s).Patches[0].Reason.Stopped
	if stopped == nil || stopped.By != messages.StoppedByDelay || !stopped.Until.Equal(stamp("2024-02-21")) || stopped.Notice != "RHSA-2024:0811" {
		t.Errorf("%+v", stopped)
	}
}

// A delay that ends beyond the year 9999, which no record and no change can carry, waits until its end.
func TestDelayBeyondAllYears(t *testing.T) {
	s := rhel(rpmPkg("sudo.x86_64", "1.9.5p2-9.el9", "1.9.5p2-10.el9_3 RHSA-2024:0811"))
	for i := range s.Advisories {
		s.Advisories[i].IssuedAt, s.Advisories[i].UpdatedAt = stamp("9999-12-31"), time.Time{}
	}
	r := judgedRPM(t, ruled([]string{security + " days=7"}), scanned, s)
	if got := stateOf(r, "sudo"); got != messages.InstalledOther {
		t.Errorf("got %s", got)
	}
	if stopped := r.Patches[0].Reason.Stopped; stopped == nil || stopped.Until.Year() != 9999 || r.Expires().Year() > 9999 || r.Due.Year() > 9999 {
		t.Errorf("%+v, due %s, expires %s", stopped, r.Due, r.Expires())
	}
}

// Which versions exist for a package.
func TestVersionsThatDoNotExist(t *testing.T) {
	all := ruled([]string{"nonsecurity"})
	const higher = "9-1 RHSA-2024:0500"
	for _, row := range []struct {
		name    string
		pkgs    []messages.Package
		missing bool
	}{
		{"noarch stands in for the native one", []messages.Package{rpmPkg("p.x86_64", "1-1", higher+" arch=noarch")}, true},
		{"and the other way round", []messages.Package{rpmPkg("p.noarch", "1-1", higher+" arch=x86_64")}, true},
		{"not for one that is not native", []messages.Package{rpmPkg("p.i686", "1-1", higher+" arch=noarch")}, false},
		{"i686 is another package", []messages.Package{rpmPkg("p.x86_64", "1-1", higher+" arch=i686")}, false},
		{"where the other one is a package of its own", []messages.Package{rpmPkg("p.x86_64", "1-1", higher+" arch=noarch"), rpmPkg("p.noarch", "1-1")}, false},
		{"carried nowhere", []messages.Package{rpmPkg("p.x86_64", "1-1", higher+" in=")}, false},
		{"of no module, into one", []messages.Package{rpmPkg("p.x86_64", "1-1", higher+" module=p:2:1")}, true},
		{"of the same stream", []messages.Package{rpmPkg("p.x86_64", "1-1 module=p:2:1", higher+" module=p:2:7")}, true},
		{"of another stream", []messages.Package{rpmPkg("p.x86_64", "1-1 module=p:2:1", higher+" module=p:3:7")}, false},
		{"a version of Debian's", []messages.Package{rpmPkg("p.x86_64", "1-1", "9:1:2-1 RHSA-2024:0500")}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedRPM(t, all, scanned, rhel(row.pkgs...))
			for i := range r.Patches {
				if item := &r.Patches[i]; item.Patch == row.pkgs[0].Name+"."+row.pkgs[0].Arch && (item.State == messages.Missing) != row.missing {
					t.Errorf("%s", said(item))
				}
			}
		})
	}
}

// What only a notice lists nobody can install; but it says what a version is for that a repository writes otherwise, or that a run
// tried.
func TestNoticesOfVersionsThatAreNotCarried(t *testing.T) {
	b := ruled([]string{security})
	tried := rpmRun(scanned.Add(time.Hour), rpmOutcome("p", "2-1", messages.ResultFailed, "pre", "no"))
	for _, row := range []struct {
		name string
		p    messages.Package
		runs []messages.Event
		want string
	}{
		{"nowhere", rpmPkg("p.x86_64", "1-1", "2-1 RHSA-2024:0500 in="), nil, "p.x86_64: INSTALLED_OTHER 1-1 UNSPECIFIED"},
		{"in another spelling", rpmPkg("p.x86_64", "1-1", "0:2-1 RHSA-2024:0500 in=", "2-1"), nil, "p.x86_64: MISSING 2-1 UNSPECIFIED Security"},
		{"in another spelling, but kept out", rpmPkg("p.x86_64", "1-1", "0:2-1 RHSA-2024:0500 in=", "2-1 excluded"), nil, "p.x86_64: MISSING 2-1 UNSPECIFIED Security excluded"},
		{"in another spelling, of another stream", rpmPkg("p.x86_64", "1-1 module=p:2:1", "0:2-1 RHSA-2024:0500 in= module=p:2:2", "2-1 module=p:3:1"), nil, "p.x86_64: INSTALLED_OTHER 1-1 UNSPECIFIED"},
		{"nowhere, and tried", rpmPkg("p.x86_64", "1-1", "2-1 RHSA-2024:0500 in="), []messages.Event{tried}, "p.x86_64: FAILED 2-1 UNSPECIFIED"},
		{"nowhere, tried, and below what is installed", rpmPkg("p.x86_64", "3-1", "2-1 RHSA-2024:0500 in="),
			[]messages.Event{tried, rpmRun(scanned.Add(time.Minute), rpmOutcome("p", "1-1", messages.ResultInstalled, "", ""))}, "p.x86_64: INSTALLED_OTHER 1-1 UNSPECIFIED"},
	} {
		if got := rowOf(judgedRPM(t, b, scanned.Add(2*time.Hour), append(row.runs, rhel(row.p))...)); got != row.want {
			t.Errorf("%s\ngot  %s\nwant %s", row.name, got, row.want)
		}
	}
}

// A scan that lists a version of another stream, or of an architecture that stands in for nothing, proves that it is not offered.
func TestAFailureOfWhatIsNoVersionOfThePackageIsOver(t *testing.T) {
	tried := rpmRun(scanned.Add(-time.Hour), rpmOutcome("p", "2-1", messages.ResultFailed, "pre", "no"))
	for listed, want := range map[string]messages.State{"2-1": messages.Failed, "2-1 module=p:3:1": messages.InstalledOther, "2-1 arch=i686": messages.InstalledOther} {
		p := rpmPkg("p.x86_64", "1-1 in=epel module=p:2:1", listed)
		if got := stateOf(judgedRPM(t, ruled(nil, approvedAll("p-2")), scanned, tried, rhel(p)), "p"); got != want {
			t.Errorf("%s: %s, want %s", listed, got, want)
		}
	}
}

// An epoch of 0 is none, and two spellings of a version are one.
func TestVersionsOfRPMAreShownInOneWay(t *testing.T) {
	b := ruled([]string{"nonsecurity"})
	for installed, row := range map[string]struct{ available, want string }{
		"0:1.0-1":      {"0:1.1-1", "p.x86_64: MISSING 1.1-1 UNSPECIFIED"},
		"(none):1.0-1": {"1.0-1", "p.x86_64: INSTALLED 1.0-1 UNSPECIFIED"},
		"1.01-1":       {"1.1-1", "p.x86_64: INSTALLED 1.01-1 UNSPECIFIED"},
		"02:1.0-1":     {"3.0-1", "p.x86_64: INSTALLED 2:1.0-1 UNSPECIFIED"},
		"1.0-1é":       {"3.0-1", "p.x86_64: MISSING 3.0-1 UNSPECIFIED"},
	} {
		if got := rowOf(judgedRPM(t, b, scanned, rhel(rpmPkg("p.x86_64", installed, row.available)))); got != row.want {
			t.Errorf("%s\ngot  %s\nwant %s", installed, got, row.want)
		}
	}
	run := rpmRun(scanned.Add(time.Hour), rpmOutcome("p", "0:1.1-1", messages.ResultFailed, "pre", "no"))
	if got, want := rowOf(judgedRPM(t, b, scanned, rhel(rpmPkg("p.x86_64", "1.0-1", "1.1-1")), run)), "p.x86_64: FAILED 1.1-1 UNSPECIFIED"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

// A package that the scan does not list: a success counts as on apt, a failure only where it was asked for by name.
func TestUnlistedPackagesOfRPM(t *testing.T) {
	after := scanned.Add(time.Hour)
	failed := rpmRun(after, rpmOutcome("new", "1-1", messages.ResultFailed, "pre", "no"), rpmOutcome("odd", "1/1-1", messages.ResultInstalled, "", ""))
	success := rpmRun(after, rpmOutcome("new", "0:1-1", messages.ResultInstalled, "", ""))
	for _, row := range []struct {
		baseline *baseline.Baseline
		run      *messages.Run
		want     string
	}{
		{ruled([]string{"nonsecurity"}), success, "new.x86_64: INSTALLED_OTHER 1-1 UNSPECIFIED"},
		{ruled([]string{"nonsecurity"}), failed, ""},
		{ruled(nil), rpmRun(after, rpmOutcome("new", "(none):1-1", messages.ResultInstalled, "", "")), "new.x86_64: INSTALLED_OTHER 1-1 UNSPECIFIED"},
		{ruled(nil, approvedAll("new")), failed, "new.x86_64: FAILED 1-1 UNSPECIFIED"},
	} {
		if got := rowOf(judgedRPM(t, row.baseline, after, rhel(), row.run)); got != row.want {
			t.Errorf("\ngot  %s\nwant %s", got, row.want)
		}
	}
}

// What an installed version fulfils holds as long as nobody puts an older one in its place.
func TestFulfilledNotices(t *testing.T) {
	b := ruled([]string{security})
	p := rpmPkg("p.x86_64", "2-1 RHSA-2024:0500")
	after := scanned.Add(time.Hour)
	for to, want := range map[string]string{
		"2-1": "p.x86_64: INSTALLED 2-1 UNSPECIFIED", "3-1": "p.x86_64: INSTALLED 3-1 UNSPECIFIED", "1-1": "p.x86_64: INSTALLED_OTHER 1-1 UNSPECIFIED",
	} {
		if got := rowOf(judgedRPM(t, b, after, rhel(p), rpmRun(after, rpmOutcome("p", to, messages.ResultInstalled, "", "")))); got != want {
			t.Errorf("\ngot  %s\nwant %s", got, want)
		}
	}
	between := rpmPkg("p.x86_64", "1-1", "2-1 RHSA-2024:0500", "3-1 RHBA-2024:0100")
	got := rowOf(judgedRPM(t, b, after, rhel(between), rpmRun(after, rpmOutcome("p", "3-1", messages.ResultInstalled, "", ""))))
	if want := "p.x86_64: INSTALLED 3-1 UNSPECIFIED Bugfix"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

// What the contract refuses costs nothing else where it comes all the same.
func TestAReferenceToAnUnknownNoticeIsANotice(t *testing.T) {
	c := &classifier{family: &rpm, notices: map[string]*notice{"X": nil}, judge: newJudge(ruled(nil), &rpm, "", scanned)}
	if got := c.noticesOf([]string{"X", "Y"}); len(got) != 1 || got[0].ID != "Y" || got[0].severity != noSeverity {
		t.Errorf("%v", got)
	}
}

// A version that no repository carries any more is judged by what it fulfils alone.
func TestFulfilledNoticesOfWhatIsNotCarried(t *testing.T) {
	p := rpmPkg("p.x86_64", "2-1 RHSA-2024:0310 in=")
	for rule, want := range map[string]messages.State{"nonsecurity days=30": messages.InstalledOther, "nonsecurity days=3": messages.Installed} {
		if got := stateOf(judgedRPM(t, ruled([]string{rule}), scanned, rhel(p)), "p"); got != want {
			t.Errorf("%s: %s, want %s", rule, got, want)
		}
	}
}

// The built-in baselines of rpm: which notices they approve, and after how long.
func TestBuiltin_baselines_of_rpm_accept(t *testing.T) {
	old, young := scanned.Add(-30*24*time.Hour), scanned.Add(-6*24*time.Hour)
	for system, want := range map[string]string{
		"AMAZON_LINUX": "CIB", "AMAZON_LINUX_2": "CIB", "AMAZON_LINUX_2022": "CIB", "AMAZON_LINUX_2023": "CIB", "REDHAT_ENTERPRISE_LINUX": "CIB",
		"ROCKY_LINUX": "CIB", "ALMA_LINUX": "CIB", "ORACLE_LINUX": "IMB", "CENTOS": "CIMBEN", "SUSE": "CI",
	} {
		got := ""
		for _, kind := range []struct {
			letter string
			notice *messages.Advisory
		}{
			{"C", &messages.Advisory{ID: "N", Type: "security", Severity: "Critical"}}, {"I", &messages.Advisory{ID: "N", Type: "security", Severity: "important"}},
			{"M", &messages.Advisory{ID: "N", Type: "security", Severity: "Moderate"}}, {"B", &messages.Advisory{ID: "N", Type: "bugfix", Severity: "None"}},
			{"E", &messages.Advisory{ID: "N", Type: "enhancement"}}, {"N", nil},
		} {
			for _, at := range []time.Time{old, young} {
				text := "2-1 built=" + at.Format(time.DateOnly)
				if kind.notice != nil {
					text += " N"
				}
				s := rpmScan(system, "X1", rpmPkg("p.x86_64", "1-1", text))
				if kind.notice != nil {
					n := *kind.notice
					n.IssuedAt = at
					s.Advisories = append(s.Advisories, n)
				}
				missing := stateOf(judgedRPM(t, baseline.Default(system), scanned, s), "p") == messages.Missing
				if missing && at.Equal(young) {
					t.Errorf("%s %s: approved before its time", system, kind.letter)
				}
				if missing {
					got += kind.letter
				}
			}
		}
		if got != want {
			t.Errorf("%s approves %s, want %s", system, got, want)
		}
	}
}
