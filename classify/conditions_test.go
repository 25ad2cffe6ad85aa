package classify

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// wantConditions fails the test where others stand, or in another order.
func wantConditions(t *testing.T, r *Report, codes ...string) {
	t.Helper()
	wantTexts(t, r.Codes(), codes...)
}

func detail(r *Report, code string) string {
	for _, c := range r.Conditions {
		if c.Code == code {
			return c.Detail
		}
	}
	return "(it does not stand)"
}

func TestConditions_are_in_the_order_of_the_table(t *testing.T) {
	wantTexts(t, Conditions(), "no_complete_scan", "no_baseline", "unsupported_system", "no_security_source", "security_lists_old", "no_lists",
		"lists_old", "scan_old", "scan_superseded", "baseline_not_for_product", "name_shared", "reboot_required", "scan_failing", "run_failed", "record_full")
}

// all is a host of which nearly everything is wrong that can be wrong at once.
func all() []messages.Event {
	full := asking(scan(0, pkg("p", "1.0", "1.1 security")), true)
	full.OS.Product, full.IndexAt = "Ubuntu24.04", at(days(-15))
	full.Origins[2].Date = at(days(-15))
	full.Origins = append(full.Origins, messages.Origin{Archive: "jammy-security", Component: "universe", Unread: true})
	full.Machine = "m1"
	other := unchanged(1, "other")
	other.Machine = "m2"
	run, again := run(2, "p 1.1 failed unpack no space"), run(3)
	run.Machine, again.Machine, again.Operation = "m2", "m1", messages.OperationScan
	full2, other2 := failedScan(26), failedScan(27)
	full2.Machine, other2.Machine = "m1", "m2"
	return []messages.Event{full, other, run, again, full2, other2}
}

func TestConditions_stand_at_any_status(t *testing.T) {
	only22 := securityOnly(rules(filtered("", filter1("PRODUCT", "Ubuntu22.04"))))
	r := judgedBy(t, only22, Settings{}, at(days(7)+1), all()...)
	unknown := []string{
		NoSecuritySource, SecurityListsOld, ListsOld, ScanOld, ScanSuperseded, BaselineNotForProduct, NameShared, RebootRequired,
	}
	wantConditions(t, r, append(slices.Clone(unknown), ScanFailing, RunFailed)...)
	t.Run("and the reasons are those that make a host UNKNOWN, whatever its status", func(t *testing.T) {
		wantStatus(t, r, messages.NonCompliant, unknown...)
	})
	t.Run("without a baseline none that is about one", func(t *testing.T) {
		r := Classify("web-1", factsOf(t, all()...), Choice{Reason: NoBaseline}, Settings{}, at(days(7)+1))
		wantConditions(t, r, NoBaseline, SecurityListsOld, ListsOld, ScanOld, ScanSuperseded, NameShared, RebootRequired, ScanFailing, RunFailed)
	})
	t.Run("without a complete scan only those that need none", func(t *testing.T) {
		r := judgedBy(t, only22, Settings{}, at(days(7)+1), all()[1:]...)
		wantConditions(t, r, NoCompleteScan, NameShared, ScanFailing, RunFailed)
	})
	t.Run("without a time nothing is too old", func(t *testing.T) {
		r := judgedBy(t, only22, Settings{}, time.Time{}, all()...)
		wantConditions(t, r, NoSecuritySource, SecurityListsOld, ListsOld, ScanSuperseded, BaselineNotForProduct, NameShared, RebootRequired, ScanFailing, RunFailed)
	})
	t.Run("and nothing stands on a host of which all is known", func(t *testing.T) {
		wantConditions(t, judged(t, securityOnly(), scan(0, pkg("p", "1.1 security"))))
	})
}

func TestCondition_lists_old(t *testing.T) {
	asked := func(hours float64, asked time.Time) *messages.Scan {
		s := scan(hours)
		s.IndexAt, s.Hash = asked, "h"
		return s
	}
	limit := at(days(-14))
	again := unchanged(days(1), "h")
	fresh := unchanged(days(1), "h")
	fresh.IndexAt = at(1)
	none := scan(0)
	none.Origins[2].Date = time.Time{}
	for _, row := range []struct {
		name   string
		s      Settings
		events []messages.Event
		want   []string
	}{
		{"at the limit: not yet", Settings{}, []messages.Event{asked(0, limit)}, nil},
		{"above it", Settings{}, []messages.Event{asked(0, limit.Add(-1))}, []string{ListsOld}},
		{"a shorter age in the settings", Settings{ListsMaxAge: Age(time.Hour)}, []messages.Event{asked(0, at(-1.5))}, []string{ListsOld}},
		{"a day ahead of the scan: two clocks", Settings{}, []messages.Event{asked(0, at(24))}, nil},
		{"further ahead it proves nothing", Settings{}, []messages.Event{asked(0, at(24).Add(1))}, []string{ListsOld}},
		{"nobody knows: not given", Settings{}, []messages.Event{none}, nil},
		{"an unchanged scan without it leaves that of the full one", Settings{}, []messages.Event{asked(0, at(days(-13.5))), again}, []string{ListsOld}},
		{"an unchanged scan has its own", Settings{}, []messages.Event{asked(0, at(days(-13.5))), fresh}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, at(1), row.events...)
			wantConditions(t, r, row.want...)
			if row.want != nil {
				wantStatus(t, r, messages.Unknown, row.want...)
			}
		})
	}
}

func TestCondition_scan_superseded(t *testing.T) {
	full := scan(0)
	full.Hash = "h"
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   []string
	}{
		{"a newer unchanged scan does not confirm", []messages.Event{full, unchanged(1, "x")}, []string{ScanSuperseded}},
		{"it confirms", []messages.Event{full, unchanged(1, "h")}, nil},
		{"it is older", []messages.Event{full, unchanged(-1, "x")}, nil},
		{"a full scan came", []messages.Event{full, unchanged(1, "x"), scan(2)}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantStatus(t, judged(t, securityOnly(), row.events...), map[bool]messages.HostStatus{true: messages.Compliant, false: messages.Unknown}[row.want == nil], row.want...)
		})
	}
}

func TestCondition_baseline_not_for_product(t *testing.T) {
	other, any22 := filter1("PRODUCT", "Ubuntu24.04"), filter1("PRODUCT", "Ubuntu24.04", "ubuntu22.04")
	global := func(f ...baseline.Filter) func(*baseline.Baseline) {
		return func(b *baseline.Baseline) { b.GlobalFilters.PatchFilters = f }
	}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		want     bool
	}{
		{"GlobalFilters refuse it", securityOnly(global(other)), true},
		{"with an entry alone", securityOnly(rules(), approvedAll("p"), global(other)), true},
		{"with nothing that could approve", securityOnly(rules(), rejected("BLOCK", "p"), global(other)), false},
		{"GlobalFilters accept it", securityOnly(global(any22)), false},
		{"the last filter counts", securityOnly(global(other, any22)), false},
		{"of another key they are no matter", securityOnly(global(filter1("SECTION", "x"))), false},
		{"every rule refuses it", securityOnly(rules(filtered("", other), filtered("", other))), true},
		{"also beside entries", securityOnly(rules(filtered("", other)), approvedAll("p")), true},
		{"one rule accepts it", securityOnly(rules(filtered("", other), filtered("", any22))), false},
		{"one rule does not ask", securityOnly(rules(filtered("", other), filtered("", filter1("SECTION", "x")))), false},
		{"there is no rule", securityOnly(rules(), approvedAll("p")), false},
		{"* accepts it", securityOnly(rules(filtered("", filter1("PRODUCT", "*")))), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, row.baseline, scan(0, pkg("p", "1.0 release")))
			if got := slices.Contains(r.Reasons, BaselineNotForProduct); got != row.want || got != (r.Status == messages.Unknown) {
				t.Errorf("got %v, %s", got, r)
			}
		})
	}
}

func TestCondition_reboot_required(t *testing.T) {
	p := pkg("p", "1.1 security")
	said := func(r *messages.Run, required bool) *messages.Run {
		r.RebootRequired = &required
		return r
	}
	for _, row := range []struct {
		name   string
		s      Settings
		events []messages.Event
		want   bool
	}{
		{"a scan says so", Settings{}, []messages.Event{asking(scan(0, p), true)}, true},
		{"a run says so", Settings{}, []messages.Event{scan(0, p), said(run(1), true)}, true},
		{"a run that only scans says so", Settings{}, []messages.Event{scan(0, p), said(func() *messages.Run { r := run(1); r.Operation = messages.OperationScan; return r }(), true)}, true},
		{"an unchanged scan that confirms nothing says so", Settings{}, []messages.Event{scan(0, p), asking(unchanged(1, "x"), true)}, true},
		{"an incomplete scan does not count", Settings{}, []messages.Event{scan(0, p), asking(failedScan(1), true)}, false},
		{"the newest counts: a run", Settings{}, []messages.Event{asking(scan(0, p), true), said(run(1), false)}, false},
		{"the newest counts: a scan", Settings{}, []messages.Event{said(run(-1), true), asking(scan(0, p), false)}, false},
		{"one that does not say takes nothing back", Settings{}, []messages.Event{asking(scan(0, p), true), scan(1, p), run(2)}, true},
		{"a boot since ends it", Settings{}, []messages.Event{booted(asking(scan(0, p), true), at(-2), "A"), booted(failedScan(1), at(0.5), "B")}, false},
		{"a boot before does not", Settings{}, []messages.Event{booted(asking(scan(0, p), true), at(-2), "A"), booted(failedScan(1), at(-2), "A")}, true},
		{"pending_reboot=runs takes no scan's word", Settings{PendingReboot: "runs"}, []messages.Event{asking(scan(0, p), true)}, false},
		{"nor that of a newer one", Settings{PendingReboot: "runs"}, []messages.Event{said(run(-1), true), asking(scan(0, p), false)}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, at(1), row.events...)
			got := slices.Contains(r.Codes(), RebootRequired)
			if got != row.want || got != slices.Contains(r.Reasons, RebootRequired) || got != r.About.RebootRequired || got != (r.Status == messages.Unknown) {
				t.Errorf("%v, %s, about %v", r.Codes(), r, r.About.RebootRequired)
			}
		})
	}
	t.Run("it is no reason where an item waits for the boot", func(t *testing.T) {
		r := judged(t, securityOnly(), asking(scan(0, p), true, "p"))
		wantConditions(t, r, RebootRequired)
		wantStatus(t, r, messages.NonCompliant)
	})
	t.Run("nor where an override hides that it does", func(t *testing.T) {
		r := judged(t, securityOnly(), asking(scan(0, p), true, "p"), override(1, "p.amd64", messages.Installed))
		wantConditions(t, r, RebootRequired)
		wantStatus(t, r, messages.Compliant)
	})
	t.Run("nor where one shows it", func(t *testing.T) {
		r := judged(t, securityOnly(), asking(scan(0, p), true), override(1, "p.amd64", messages.InstalledPendingReboot))
		wantStatus(t, r, messages.NonCompliant)
	})
}

func TestCondition_scan_failing(t *testing.T) {
	full := scan(0)
	full.Hash = "h"
	long := failedScan(1)
	long.Error = strings.Repeat("é", 2000)
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   []string
		detail string
	}{
		{"the newest incomplete scan is newer", []messages.Event{full, failedScan(1)}, []string{ScanFailing}, "dpkg runs"},
		{"it is older", []messages.Event{full, failedScan(-1)}, nil, ""},
		{"an unchanged scan confirms that the host is well", []messages.Event{full, failedScan(1), unchanged(2, "h")}, nil, ""},
		{"one that does not confirm is no complete scan", []messages.Event{full, failedScan(1), unchanged(2, "x")}, []string{ScanSuperseded, ScanFailing}, "dpkg runs"},
		{"of long errors only the beginning is shown", []messages.Event{full, long}, []string{ScanFailing}, strings.Repeat("é", 512) + " …"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), row.events...)
			wantConditions(t, r, row.want...)
			if row.detail != "" && detail(r, ScanFailing) != row.detail {
				t.Errorf("detail %q", detail(r, ScanFailing))
			}
			if !slices.Contains(row.want, ScanSuperseded) {
				wantStatus(t, r, messages.Compliant)
			}
		})
	}
}

func TestCondition_record_full(t *testing.T) {
	f := factsOf(t, scan(0))
	for i := range MaxOverrides {
		f.Add(override(0, fmt.Sprint("p", i), messages.Installed), [32]byte{byte(i)})
		if i == MaxOverrides-2 {
			wantConditions(t, Classify("web-1", f, Choice{Baseline: securityOnly()}, Settings{}, at(1)))
		}
	}
	r := Classify("web-1", f, Choice{Baseline: securityOnly()}, Settings{}, at(1))
	wantConditions(t, r, RecordFull)
	wantStatus(t, r, messages.Compliant)
}
