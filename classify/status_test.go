package classify

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

func wantStatus(t *testing.T, r *Report, status messages.HostStatus, reasons ...string) {
	t.Helper()
	if r.Status != status {
		t.Errorf("status %s, want %s (%s)", r.Status, status, r)
	}
	wantTexts(t, r.Reasons, reasons...)
}

func TestStatus_of_a_host(t *testing.T) {
	compliant, missing := pkg("p", "1.1 security"), pkg("p", "1.0", "1.1 security")
	t.Run("COMPLIANT where no item is non-compliant", func(t *testing.T) {
		wantStatus(t, judged(t, securityOnly(), scan(0, compliant)), messages.Compliant)
	})
	t.Run("NON_COMPLIANT where one is", func(t *testing.T) {
		wantStatus(t, judged(t, securityOnly(), scan(0, missing)), messages.NonCompliant)
	})
	t.Run("NON_COMPLIANT before UNKNOWN, and with its reasons", func(t *testing.T) {
		wantStatus(t, judgedBy(t, securityOnly(), Settings{}, at(days(30)), scan(0, missing)), messages.NonCompliant, ScanOld)
	})
	t.Run("all the reasons for UNKNOWN that there are", func(t *testing.T) {
		s := scan(0, compliant)
		for i := range s.Origins {
			s.Origins[i].Date = at(days(-20))
		}
		wantStatus(t, judgedBy(t, securityOnly(), Settings{}, at(days(30)), s), messages.Unknown, SecurityListsOld, ScanOld)
	})
	for _, state := range messages.States() {
		t.Run(string(state), func(t *testing.T) {
			want := messages.NonCompliant
			switch state {
			case messages.Installed, messages.InstalledOther, messages.NotApplicable:
				want = messages.Compliant
			}
			r := judged(t, securityOnly(), scan(0, compliant), override(0, "p.amd64", state))
			wantStatus(t, r, want)
			if got := item(r, "p.amd64"); securityOnly().NonCompliant(got.State) != (want == messages.NonCompliant) {
				t.Errorf("NonCompliant: %v", securityOnly().NonCompliant(got.State))
			}
		})
	}
}

func TestAVAILABLE_SECURITY_UPDATE_counts_as_the_baseline_says(t *testing.T) {
	for says, want := range map[string]messages.HostStatus{
		"COMPLIANT": messages.Compliant, "NON_COMPLIANT": messages.NonCompliant, "": messages.NonCompliant,
	} {
		t.Run(says, func(t *testing.T) {
			b := securityOnly(func(b *baseline.Baseline) { b.AvailableSecurityUpdatesComplianceStatus = says })
			r := judged(t, b, scan(0, pkg("p", "1.0")), override(0, "p.amd64", messages.AvailableSecurityUpdate))
			wantStatus(t, r, want)
			if got := item(r, "p.amd64"); b.NonCompliant(got.State) != (want == messages.NonCompliant) {
				t.Errorf("NonCompliant: %v", b.NonCompliant(got.State))
			}
		})
	}
	if none := (*baseline.Baseline)(nil); !none.NonCompliant(messages.AvailableSecurityUpdate) {
		t.Error("compliant by no baseline at all")
	}
}

func TestUNKNOWN_no_complete_scan(t *testing.T) {
	failed := func(hours float64, why string) *messages.Scan {
		return &messages.Scan{ID: "failed", Host: "web-1", TakenAt: at(hours), OS: ubuntu, Error: why, Packages: []messages.Package{pkg("p", "1.0")}}
	}
	unchanged := &messages.Scan{ID: "x", Host: "web-1", TakenAt: at(0), Complete: true, Unchanged: true, Hash: "h", OS: ubuntu}
	for _, row := range []struct {
		name   string
		events []messages.Event
		err    string
	}{
		{"nothing at all", nil, ""},
		{"a run", []messages.Event{run(0, "p 1.1 installed")}, ""},
		{"an override", []messages.Event{override(0, "p.amd64", messages.Missing)}, ""},
		{"an incomplete scan: its error is shown", []messages.Event{failed(0, "dpkg runs")}, "dpkg runs"},
		{"an incomplete scan without an error", []messages.Event{failed(0, "")}, "the host gave no reason"},
		{"an unchanged scan, of what nobody knows", []messages.Event{unchanged}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), Settings{}, at(days(30)), row.events...)
			wantStatus(t, r, messages.Unknown, NoCompleteScan)
			if len(r.Patches) != 0 || r.About.ScanError != row.err || !r.Due.IsZero() || !r.About.ScanAt.IsZero() {
				t.Errorf("items %v, error %q, due %s", r.Patches, r.About.ScanError, r.Due)
			}
		})
	}
	t.Run("outcomes are kept until a scan comes", func(t *testing.T) {
		r := judged(t, securityOnly(), run(1, "p 1.1 failed configure"), scan(0, pkg("p", "1.0", "1.1 security")))
		wantItem(t, r, "p.amd64", "FAILED 1.1 UNSPECIFIED Security")
	})
}

func TestUNKNOWN_no_security_source(t *testing.T) {
	withOrigins := func(change func(*messages.Origin)) *messages.Scan {
		s := scan(0, pkg("p", "1.0 release"))
		change(&s.Origins[2])
		return s
	}
	none := withOrigins(func(o *messages.Origin) { o.Archive = "jammy-proposed" })
	untrusted := withOrigins(func(o *messages.Origin) { o.Trusted = false })
	empty := scan(0)
	empty.Origins, empty.Packages = nil, []messages.Package{pkg("p", "1.0")}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		scan     *messages.Scan
		want     []string
	}{
		{"a rule takes security only, and no archive is one", securityOnly(), none, []string{NoSecuritySource}},
		{"none that is trusted", securityOnly(), untrusted, []string{NoSecuritySource}},
		{"no package lists at all", securityOnly(), empty, []string{NoSecuritySource, NoLists}},
		{"one of several rules takes security only", securityOnly(rules(filtered(""), baseline.Rule{PatchFilterGroup: &baseline.FilterGroup{}, EnableNonSecurity: true})), none, []string{NoSecuritySource}},
		{"ApprovedPatches take security only", securityOnly(rules(), approved("p")), none, []string{NoSecuritySource}},
		{"ApprovedPatches take all", securityOnly(rules(), approvedAll("p")), none, nil},
		{"ApprovedPatches are empty", securityOnly(rules()), none, nil},
		{"every rule takes all", securityOnly(everything), none, nil},
		{"there is one", securityOnly(), scan(0, pkg("p", "1.0 release")), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			want := messages.Compliant
			if row.want != nil {
				want = messages.Unknown
			}
			wantStatus(t, judged(t, row.baseline, row.scan), want, row.want...)
		})
	}
}

func TestUNKNOWN_security_lists_old(t *testing.T) {
	dated := func(release, updates, security time.Time) *messages.Scan {
		s := scan(0)
		s.Origins[0].Date, s.Origins[1].Date, s.Origins[2].Date = release, updates, security
		return s
	}
	limit := at(days(-14))
	two := dated(at(-1), at(-1), at(days(-30)))
	two.Origins = append(two.Origins, two.Origins[2])
	two.Origins[3].Date = at(-1)
	for _, row := range []struct {
		name string
		scan *messages.Scan
		s    Settings
		want bool
	}{
		{"at the limit: not yet", dated(at(-1), at(-1), limit), Settings{}, false},
		{"above it", dated(at(-1), at(-1), limit.Add(-1)), Settings{}, true},
		{"other origins are no matter", dated(limit.Add(-1), time.Time{}, at(-1)), Settings{}, false},
		{"the newest of several counts", two, Settings{}, false},
		{"none has a date: not given", dated(at(-1), at(-1), time.Time{}), Settings{}, false},
		{"a shorter age in the settings", dated(at(-1), at(-1), at(-25)), Settings{ListsMaxAge: Age(24 * time.Hour)}, true},
		{"a longer age in the settings", dated(at(-1), at(-1), at(days(-30))), Settings{ListsMaxAge: Age(31 * 24 * time.Hour)}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, at(1), row.scan)
			if row.want {
				wantStatus(t, r, messages.Unknown, SecurityListsOld)
			} else {
				wantStatus(t, r, messages.Compliant)
			}
		})
	}
	t.Run("reckoned from the scan's time, not from now", func(t *testing.T) {
		wantStatus(t, judgedBy(t, securityOnly(), Settings{ScanMaxAge: Age(365 * 24 * time.Hour)}, at(days(60)), scan(0)), messages.Compliant)
	})
	t.Run("the lists' age is told", func(t *testing.T) {
		if got := judged(t, securityOnly(), two).About.SecurityListsAt; !got.Equal(at(-1)) {
			t.Errorf("got %s", got)
		}
	})
}

func TestUNKNOWN_scan_old(t *testing.T) {
	limit := at(days(7))
	for _, row := range []struct {
		name string
		now  time.Time
		s    Settings
		want bool
	}{
		{"at the limit: not yet", limit, Settings{}, false},
		{"above it", limit.Add(1), Settings{}, true},
		{"a shorter age in the settings", at(2), Settings{ScanMaxAge: Age(time.Hour)}, true},
		{"a longer age in the settings", limit.Add(1), Settings{ScanMaxAge: Age(8 * 24 * time.Hour)}, false},
		{"not judged without a now", time.Time{}, Settings{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, row.now, scan(0))
			if row.want {
				wantStatus(t, r, messages.Unknown, ScanOld)
			} else {
				wantStatus(t, r, messages.Compliant)
			}
		})
	}
	t.Run("an incomplete scan makes nothing younger", func(t *testing.T) {
		failed := &messages.Scan{ID: "f", Host: "web-1", TakenAt: at(days(7)), OS: ubuntu, Error: "dpkg runs"}
		r := judgedBy(t, securityOnly(), Settings{}, limit.Add(1), scan(0), failed)
		wantStatus(t, r, messages.Unknown, ScanOld)
		if r.About.ScanError != "dpkg runs" || !r.About.ScanFailedAt.Equal(at(days(7))) {
			t.Errorf("about %+v", r.About)
		}
	})
	t.Run("an error before the newest complete scan is not shown", func(t *testing.T) {
		failed := &messages.Scan{ID: "f", Host: "web-1", TakenAt: at(-1), OS: ubuntu, Error: "dpkg runs"}
		if r := judged(t, securityOnly(), scan(0), failed); r.About.ScanError != "" || !r.About.ScanFailedAt.IsZero() {
			t.Errorf("about %+v", r.About)
		}
	})
}

// Due tells when time alone may change a report: then, and not before, it does.
func TestDue(t *testing.T) {
	expiring := func(hours float64) *messages.Override {
		o := override(0, "p.amd64", messages.Missing)
		o.ExpiresAt = at(hours)
		return o
	}
	withdrawn := &messages.Override{ID: "w", Host: "web-1", Patch: "p.amd64", At: at(0.5), Withdraw: true, ExpiresAt: at(5)}
	old := at(days(7)).Add(1)
	installed := scan(0, pkg("p", "1.0"))
	for _, row := range []struct {
		name   string
		now    time.Time
		want   time.Time
		then   messages.HostStatus // where it is another one from that time on
		events []messages.Event
	}{
		{"the scan becomes old", at(1), old, messages.Unknown, []messages.Event{installed}},
		{"it is old", old, time.Time{}, "", []messages.Event{installed}},
		{"an override expires before", at(1), at(5), messages.Compliant, []messages.Event{installed, expiring(5)}},
		{"an override expires later", at(1), old, "", []messages.Event{installed, expiring(days(8))}},
		{"an override expires, the scan is old", old, at(days(8)), messages.Unknown, []messages.Event{installed, expiring(days(8))}},
		{"an override has expired", at(5), old, messages.Unknown, []messages.Event{installed, expiring(5)}},
		{"an override was withdrawn", at(1), old, messages.Unknown, []messages.Event{installed, expiring(5), withdrawn}},
		{"there is no now", time.Time{}, time.Time{}, "", []messages.Event{installed, expiring(5)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), Settings{}, row.now, row.events...)
			if !r.Due.Equal(row.want) {
				t.Fatalf("got %s, want %s", r.Due, row.want)
			}
			if row.then == "" {
				return
			}
			if before := judgedBy(t, securityOnly(), Settings{}, row.want.Add(-1), row.events...); before.Status != r.Status {
				t.Errorf("%s already a nanosecond before", before.Status)
			}
			if then := judgedBy(t, securityOnly(), Settings{}, row.want, row.events...); then.Status != row.then {
				t.Errorf("%s then, want %s", then.Status, row.then)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	b := securityOnly(rules(filtered(messages.Critical, filter1("SECTION", "kernel")), filtered(messages.Low), baseline.Rule{
		PatchFilterGroup: &baseline.FilterGroup{PatchFilters: []baseline.Filter{filter1("SECTION", "crit")}}, ComplianceLevel: messages.Critical, EnableNonSecurity: true,
	}, baseline.Rule{
		PatchFilterGroup: &baseline.FilterGroup{PatchFilters: []baseline.Filter{filter1("SECTION", "plain")}}, ComplianceLevel: messages.Medium, EnableNonSecurity: true,
	}), approved("absent"), rejected("BLOCK", "forbidden"))
	r := judged(t, b, scan(0,
		pkg("critical-and-security", "1.0", "1.1 security section=kernel"),
		pkg("critical", "1.0", "1.1 updates section=crit"),
		pkg("security", "1.0", "1.1 security"),
		pkg("plain", "1.0", "1.1 updates section=plain"),
		pkg("forbidden", "1.0"),
		pkg("fine", "1.0 security"),
		pkg("fine-and-critical", "1.0 release section=crit"),
		pkg("other", "1.0"),
		but(pkg("half", "1.0 security section=kernel"), state("half-configured")),
	))
	wantJSON(t, r.Counts, messages.Counts{
		"INSTALLED": 2, "INSTALLED_OTHER": 2, "INSTALLED_REJECTED": 1, "INSTALLED_PENDING_REBOOT": 0, "MISSING": 4, "FAILED": 1,
		"NOT_APPLICABLE": 1, "AVAILABLE_SECURITY_UPDATE": 0,
		"critical_noncompliant": 3, "security_noncompliant": 3, "other_noncompliant": 2,
	})
	if r.Level != messages.Critical {
		t.Errorf("level %s", r.Level)
	}
	t.Run("every key is there without an item too", func(t *testing.T) {
		if got := judged(t, b); len(got.Counts) != 11 {
			t.Errorf("got %v", got.Counts)
		}
	})
}

func TestLevel_of_a_host(t *testing.T) {
	levels := func(level messages.Level) *baseline.Baseline {
		return securityOnly(rules(filtered(level, filter1("SECTION", "a")), filtered(messages.Low, filter1("SECTION", "b"))))
	}
	missing := scan(0, pkg("p", "1.0", "1.1 security section=a"), pkg("q", "1.0", "1.1 security section=b"))
	for _, level := range messages.Levels() {
		want := level
		if messages.Low.Above(level) {
			want = messages.Low
		}
		if got := judged(t, levels(level), missing).Level; got != want {
			t.Errorf("%s and LOW: got %s, want %s", level, got, want)
		}
	}
	t.Run("none where nothing is non-compliant", func(t *testing.T) {
		r := judged(t, levels(messages.Critical), scan(0, pkg("p", "1.1 security section=a")))
		if wantItem(t, r, "p.amd64", "INSTALLED 1.1 CRITICAL Security"); r.Level != "" {
			t.Errorf("level %s", r.Level)
		}
	})
}

func TestReport_prints_in_a_line(t *testing.T) {
	if got := judged(t, securityOnly(), scan(0, pkg("p", "1.0", "1.1 security"))).String(); got != "web-1 NON_COMPLIANT [] UNSPECIFIED, 2 patches" {
		t.Errorf("got %s", got)
	}
}
