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

// The system's own security source.
func TestOwn_security_origin(t *testing.T) {
	const before, after = -24 * 400, 24 * 200 // jammy's standard support ends on 2027-06-01
	ubuntu, debian := messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Codename: "jammy"}, messages.OS{System: "DEBIAN", Product: "Debian12", Codename: "bookworm"}
	none := messages.OS{System: "DEBIAN", Product: "Debian12"}
	for _, row := range []struct {
		name   string
		os     messages.OS
		origin messages.Origin
		hours  float64
		s      Settings
		own    bool
	}{
		{"its archive is the release's security", ubuntu, messages.Origin{Archive: "jammy-security"}, 0, Settings{}, true},
		{"in any case", ubuntu, messages.Origin{Archive: "Jammy-Security"}, 0, Settings{}, true},
		{"its codename is", debian, messages.Origin{Archive: "stable-security", Codename: "bookworm-security"}, 0, Settings{}, true},
		{"its archive is the release's updates of old", debian, messages.Origin{Archive: "bookworm/updates"}, 0, Settings{}, true},
		{"its codename is", debian, messages.Origin{Codename: "bookworm/updates"}, 0, Settings{}, true},
		{"that of another release is not", ubuntu, messages.Origin{Archive: "noble-security"}, 0, Settings{}, false},
		{"nor the release's updates", ubuntu, messages.Origin{Archive: "jammy-updates", Codename: "jammy"}, 0, Settings{}, false},
		{"nor a vendor's", ubuntu, messages.Origin{Archive: "acme-security", Codename: "jammy"}, 0, Settings{}, false},
		{"nor ESM for applications", ubuntu, messages.Origin{Archive: "jammy-apps-security", Codename: "jammy"}, after, Settings{}, false},

		{"Debian's site, and the release's codename", debian, messages.Origin{Site: "security.debian.org", Codename: "bookworm"}, 0, Settings{}, true},
		{"a site that contains it", debian, messages.Origin{Site: "mirror.SECURITY.debian.org:8080", Codename: "Bookworm-Security"}, 0, Settings{}, true},
		{"Debian's site, and a release left behind", debian, messages.Origin{Site: "security.debian.org", Archive: "oldstable-security", Codename: "bullseye-security"}, 0, Settings{}, false},
		{"another site", debian, messages.Origin{Site: "deb.debian.org", Codename: "bookworm"}, 0, Settings{}, false},
		{"a host without a codename has none", none, messages.Origin{Site: "security.debian.org", Archive: "-security"}, 0, Settings{}, false},

		{"an archive of the settings", none, messages.Origin{Archive: "Fixes"}, 0, Settings{OwnSecurityArchives: []string{"x", "fixes"}}, true},
		{"a site of the settings", ubuntu, messages.Origin{Site: "fixes.example.org"}, 0, Settings{OwnSecuritySites: []string{"FIXES.example.org"}}, true},
		{"a label of the settings", ubuntu, messages.Origin{Label: "Fixes"}, 0, Settings{OwnSecurityLabels: []string{"fixes"}}, true},
		{"compared whole", ubuntu, messages.Origin{Archive: "fixes-2", Site: "a.fixes", Label: "fixes "}, 0, Settings{OwnSecurityArchives: []string{"fixes"}, OwnSecuritySites: []string{"fixes"}, OwnSecurityLabels: []string{"fixes"}}, false},
		{"what other settings make security is not own", ubuntu, messages.Origin{Archive: "fixes", Site: "fixes", Label: "fixes"}, 0, Settings{SecurityArchives: []string{"fixes"}, SecuritySites: []string{"fixes"}, SecurityLabels: []string{"fixes"}}, false},

		{"ESM, after the end of standard support", ubuntu, messages.Origin{Archive: "jammy-infra-security", Codename: "jammy"}, after, Settings{}, true},
		{"by its codename", ubuntu, messages.Origin{Codename: "jammy-infra-security"}, after, Settings{}, true},
		{"before it", ubuntu, messages.Origin{Archive: "jammy-infra-security", Codename: "jammy"}, before, Settings{}, false},
		{"on its last day", ubuntu, messages.Origin{Archive: "jammy-infra-security"}, time.Date(2027, 6, 1, 23, 59, 59, 0, time.UTC).Sub(t0).Hours(), Settings{}, false},
		{"on the day after", ubuntu, messages.Origin{Archive: "jammy-infra-security"}, time.Date(2027, 6, 2, 0, 0, 0, 0, time.UTC).Sub(t0).Hours(), Settings{}, true},
		{"of another release", ubuntu, messages.Origin{Archive: "focal-infra-security"}, after, Settings{}, false},
		{"of what is no Ubuntu", messages.OS{System: "DEBIAN", Codename: "jammy"}, messages.Origin{Archive: "jammy-infra-security"}, after, Settings{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := scan(row.hours, pkg("p", "1.0", "1.1 security"))
			row.origin.Trusted = true
			s.OS, s.Origins[2] = row.os, row.origin
			r := judgedBy(t, securityOnly(), row.s, time.Time{}, s)
			if got := !slices.Contains(r.Codes(), NoSecuritySource); got != row.own {
				t.Errorf("own: %v", got)
			}
			if row.own && item(r, "p.amd64").State != messages.Missing {
				t.Error("its versions are not security")
			}
		})
	}
	t.Run("the end of standard support is known of every release that has ESM", func(t *testing.T) {
		if len(standardSupport) < 7 || !standardSupport["bionic"].Equal(time.Date(2023, 5, 31, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("got %v", standardSupport)
		}
	})
}

func TestCondition_no_security_source(t *testing.T) {
	frozen := func(own func(*messages.Origin)) *messages.Scan {
		s := scan(0, pkg("p", "1.0 release"))
		vendor := s.Origins[2]
		vendor.Archive = "acme-security"
		s.Origins = append(s.Origins, vendor)
		own(&s.Origins[2])
		return s
	}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		scan     *messages.Scan
		want     []string
		detail   string
	}{
		{"a living archive of somebody else does not stand in for it", securityOnly(), frozen(func(o *messages.Origin) { o.Archive = "jammy-proposed" }), []string{NoSecuritySource}, ""},
		{"nor for a frozen one", securityOnly(), frozen(func(o *messages.Origin) { o.Date = at(days(-15)) }), []string{SecurityListsOld}, "2026-11-05T10:00:00Z"},
		{"one that was not read", securityOnly(), frozen(func(o *messages.Origin) { o.Unread, o.Trusted = true, false }), []string{NoSecuritySource}, "not read: mirror.example.org jammy-security main"},
		{"whatever else it says", securityOnly(), frozen(func(o *messages.Origin) { o.Unread = true }), []string{NoSecuritySource}, "not read: mirror.example.org jammy-security main"},
		{"whatever the baseline accepts", securityOnly(everything), frozen(func(o *messages.Origin) { o.Unread, o.Trusted = true, false }), []string{NoSecuritySource}, "not read: mirror.example.org jammy-security main"},
		{"an unread one of somebody else is no matter", securityOnly(), func() *messages.Scan {
			s := frozen(func(*messages.Origin) {})
			s.Origins[3].Unread, s.Origins[3].Trusted = true, false
			return s
		}(), nil, ""},
		{"one that is not trusted", securityOnly(), frozen(func(o *messages.Origin) { o.Trusted = false }), []string{NoSecuritySource}, ""},
		{"unstable has none", securityOnly(), frozen(func(o *messages.Origin) { o.Archive = "unstable" }), []string{NoSecuritySource}, NoSecurityArchive},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, row.baseline, row.scan)
			wantConditions(t, r, row.want...)
			if len(row.want) > 0 && detail(r, row.want[0]) != row.detail {
				t.Errorf("detail %q, want %q", detail(r, row.want[0]), row.detail)
			}
		})
	}
	t.Run("what an unread origin carries is not security", func(t *testing.T) {
		s := scan(0, pkg("p", "1.0", "1.1 security"))
		s.Origins[2].Unread = true
		wantItem(t, judged(t, securityOnly(), s), "p.amd64", "INSTALLED_OTHER 1.0 UNSPECIFIED")
	})
	t.Run("32-bit Raspberry Pi OS has none", func(t *testing.T) {
		s := scan(0)
		s.OS = messages.OS{System: "RASPBIAN", Codename: "bookworm"}
		s.Origins = s.Origins[:1]
		if got := detail(judged(t, securityOnly(), s), NoSecuritySource); got != NoSecurityArchive || !strings.Contains(got, "EnableNonSecurity") {
			t.Errorf("detail %q", got)
		}
	})
}

func TestCondition_security_lists_old_takes_no_date_ahead_of_the_scan(t *testing.T) {
	dated := func(date time.Time) *messages.Scan {
		s := scan(0)
		s.Origins = append(s.Origins, s.Origins[2])
		s.Origins[2].Date, s.Origins[3].Date = at(days(-15)), date
		return s
	}
	wantConditions(t, judged(t, securityOnly(), dated(at(24))))
	wantConditions(t, judged(t, securityOnly(), dated(at(24).Add(1))), SecurityListsOld)
	only := scan(0)
	only.Origins[2].Date = at(25)
	wantConditions(t, judged(t, securityOnly(), only))
}

func TestCondition_no_lists(t *testing.T) {
	without := func(change func(*messages.Origin)) *messages.Scan {
		s := scan(0, pkg("p", "1.0 release"))
		for i := range s.Origins {
			change(&s.Origins[i])
		}
		return s
	}
	untrusted := without(func(o *messages.Origin) { o.Trusted = false })
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		scan     *messages.Scan
		want     []string
	}{
		{"none is trusted", securityOnly(everything), untrusted, []string{NoLists}},
		{"none was read", securityOnly(everything), without(func(o *messages.Origin) { o.Archive, o.Unread = "x", true }), []string{NoLists}},
		{"an entry asks for them too", securityOnly(rules(), approvedAll("p")), untrusted, []string{NoLists}},
		{"a baseline that approves nothing needs none", securityOnly(rules(), rejected("BLOCK", "q")), untrusted, nil},
		{"one is trusted", securityOnly(everything), without(func(o *messages.Origin) { o.Trusted = o.Archive == "jammy" }), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantConditions(t, judged(t, row.baseline, row.scan), row.want...)
		})
	}
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

func TestCondition_name_shared(t *testing.T) {
	heard := func(day float64, machines ...string) []messages.Event {
		var events []messages.Event
		for i, m := range machines {
			s := failedScan(days(day) + float64(i)/10)
			s.Machine = m
			events = append(events, s)
		}
		return events
	}
	// t0 is at 10:00 UTC: day n is over 14 hours after n days.
	over := func(day float64) time.Time { return at(days(day) + 14) }
	fleet := func(lists ...[]messages.Event) []messages.Event {
		return append([]messages.Event{scan(0)}, slices.Concat(lists...)...)
	}
	for _, row := range []struct {
		name   string
		now    time.Time
		s      Settings
		events []messages.Event
		want   string
	}{
		{"two share two days", at(days(2)), Settings{}, fleet(heard(0, "a", "b"), heard(1, "a", "b")), "a and b"},
		{"two share one day: one was replaced", at(days(2)), Settings{}, fleet(heard(0, "a"), heard(1, "a", "b"), heard(2, "b")), "(it does not stand)"},
		{"one of three stays", at(days(2)), Settings{}, fleet(heard(0, "a", "b"), heard(1, "a", "c")), "(it does not stand)"},
		{"days between do not matter", at(days(6)), Settings{}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "a and b"},
		{"a day that ended a week ago does not count", over(0).Add(7 * 24 * time.Hour), Settings{}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "(it does not stand)"},
		{"until then it does", over(0).Add(7*24*time.Hour - 1), Settings{}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "a and b"},
		{"by the setting", over(0).Add(9 * 24 * time.Hour), Settings{ScanMaxAge: Age(10 * 24 * time.Hour)}, fleet(heard(0, "a", "b"), heard(5, "b", "a")), "a and b"},
		{"a day that has not ended counts", at(-1), Settings{}, fleet(heard(0, "a", "b"), heard(1, "a", "b")), "a and b"},
		{"without a time every day does", time.Time{}, Settings{}, fleet(heard(-9, "a", "b"), heard(-300, "a", "b")), "a and b"},
		{"the 4 greatest of a day are kept", at(days(2)), Settings{}, fleet(heard(0, "a", "b", "c", "d", "e", "f"), heard(1, "a", "b")), "(it does not stand)"},
		{"and no more than 16 days", time.Time{}, Settings{}, fleet(heard(-40, "a", "b"), heard(-39, "a", "b"), manyDays(15)), "(it does not stand)"},
		{"with 14 others the two are kept", time.Time{}, Settings{}, fleet(heard(-40, "a", "b"), heard(-39, "a", "b"), manyDays(14)), "a and b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, row.now, row.events...)
			if got := detail(r, NameShared); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	t.Run("runs tell of it too, and due is when it ends", func(t *testing.T) {
		first, second := run(days(1)), run(days(1)+1)
		first.Machine, second.Machine = "a", "b"
		r := judgedBy(t, securityOnly(), Settings{}, at(days(2)), append(fleet(heard(0, "a", "b")), first, second)...)
		wantStatus(t, r, messages.Unknown, NameShared)
		if want := over(0).Add(7 * 24 * time.Hour); !r.Due.Equal(at(days(7)).Add(1)) {
			t.Errorf("due %s", r.Due) // the scan becomes old before
		} else if later := judgedBy(t, securityOnly(), Settings{}, r.Due, append(fleet(heard(0, "a", "b")), first, second)...); !later.Due.Equal(want) {
			t.Errorf("due %s, want %s", later.Due, want)
		}
	})
}

// manyDays is one machine heard on as many days.
func manyDays(n int) []messages.Event {
	var events []messages.Event
	for i := range n {
		s := failedScan(days(float64(-1 - i)))
		s.Machine = "z"
		events = append(events, s)
	}
	return events
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

// K: an installed kernel is newer than the one that runs.
func TestKernel_that_waits(t *testing.T) {
	const running, older, newer, newest = "5.15.0-100-generic", "5.15.0-99-generic", "5.15.0-101-generic", "5.15.0-110-generic"
	kernel := func(release string) messages.Package { return pkg("linux-image-"+release, "1 security") }
	host := func(release string, packages ...messages.Package) *messages.Scan {
		s := scan(0, packages...)
		s.OS.Kernel = release
		return s
	}
	for _, row := range []struct {
		name   string
		s      Settings
		events []messages.Event
		want   string // the package that waits
	}{
		{"a newer one", Settings{}, []messages.Event{host(running, kernel(running), kernel(newer))}, newer},
		{"the newest of several", Settings{}, []messages.Event{host(running, kernel(newer), kernel(newest), kernel(running))}, newest},
		{"also where the running one's package is gone", Settings{}, []messages.Event{host(running, kernel(newer))}, newer},
		{"an older one does not", Settings{}, []messages.Event{host(running, kernel(running), kernel(older))}, ""},
		{"of another flavour", Settings{}, []messages.Event{host(running, kernel(running), kernel("5.15.0-101-aws"))}, ""},
		{"a kernel of no package's flavour says nothing", Settings{}, []messages.Event{host("5.15.0-100-pve", kernel(newer))}, ""},
		{"a release without a flavour says nothing", Settings{}, []messages.Event{host("6.6.1", kernel(newer))}, ""},
		{"without a running kernel", Settings{}, []messages.Event{host("", kernel(newer))}, ""},
		{"an unsigned one", Settings{}, []messages.Event{host(running, pkg("linux-image-unsigned-"+newer, "1"))}, "unsigned-" + newer},
		{"half configured it is not ready", Settings{}, []messages.Event{host(running, but(kernel(newer), state("half-configured")))}, ""},
		{"removed it is not there", Settings{}, []messages.Event{host(running, but(kernel(newer), state("config-files")))}, ""},
		{"the headers are no kernel", Settings{}, []messages.Event{host(running, pkg("linux-headers-"+newer, "1"))}, ""},
		{"the scan says that no boot is needed", Settings{}, []messages.Event{asking(host(running, kernel(newer)), false)}, ""},
		{"a newer scan says so", Settings{}, []messages.Event{host(running, kernel(newer)), asking(unchanged(1, "x"), false)}, ""},
		{"an older one said so", Settings{}, []messages.Event{asking(scan(-1), false), host(running, kernel(newer))}, newer},
		{"a run says so", Settings{}, []messages.Event{host(running, kernel(newer)), func() messages.Event { r := run(1); r.RebootRequired = new(false); return r }()}, newer},
		{"the host booted since", Settings{}, []messages.Event{booted(host(running, kernel(newer)), at(-1), "A"), booted(failedScan(1), at(0.5), "B")}, ""},
		{"pending_reboot=runs", Settings{PendingReboot: "runs"}, []messages.Event{host(running, kernel(newer))}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, at(1), row.events...)
			var waiting []string
			for _, i := range r.Patches {
				if i.State == pending {
					waiting = append(waiting, i.Patch)
					if i.Reason.Code != messages.BecauseKernelWaits || i.Reason.Reboot == nil || i.Reason.Reboot.Event != "scan-at-0" {
						t.Errorf("reason %+v", i.Reason)
					}
				}
			}
			if row.want == "" {
				if wantTexts(t, waiting); slices.Contains(r.Codes(), RebootRequired) {
					t.Error("the host needs a reboot")
				}
				return
			}
			wantTexts(t, waiting, "linux-image-"+row.want+".amd64")
			wantConditions(t, r, RebootRequired)
			if got := detail(r, RebootRequired); got != "linux-image-"+row.want {
				t.Errorf("detail %q", got)
			}
		})
	}
	t.Run("the host needs the boot also where its item is not in order", func(t *testing.T) {
		r := judged(t, securityOnly(), host(running, pkg("linux-image-"+newer, "1", "2 security")))
		wantItem(t, r, "linux-image-"+newer+".amd64", "MISSING 2 UNSPECIFIED Security")
		wantStatus(t, r, messages.NonCompliant, RebootRequired)
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

func TestCondition_run_failed(t *testing.T) {
	with := func(r *messages.Run, change func(*messages.Run)) *messages.Run {
		change(r)
		return r
	}
	code := func(n int) func(*messages.Run) { return func(r *messages.Run) { r.ExitCode = &n } }
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   string
	}{
		{"a failed outcome", []messages.Event{run(1, "p 1.1 installed", "q 1.1 failed unpack no space", "r 1 failed")}, "q.amd64 failed at unpack: no space (and 1 more)"},
		{"one of a version that nobody can order", []messages.Event{run(1, "q 1.0é failed")}, "q.amd64 failed"},
		{"an installed one with an error", []messages.Event{run(1, "q 1.1 installed post exit status 1")}, "q.amd64 was installed, with an error at post: exit status 1"},
		{"an error of its own", []messages.Event{with(run(1), func(r *messages.Run) { r.Error = "no network" })}, "no network"},
		{"succeeded is false", []messages.Event{with(run(1), func(r *messages.Run) { r.Succeeded = new(false) })}, "the runner says that it did not succeed"},
		{"an exit code", []messages.Event{with(run(1), code(100))}, "exit code 100"},
		{"an exit code, and yet it succeeded", []messages.Event{with(with(run(1), code(102)), func(r *messages.Run) { r.Succeeded = new(true) })}, ""},
		{"exit code 0", []messages.Event{with(run(1), code(0))}, ""},
		{"skipped and not attempted are no failures", []messages.Event{run(1, "p 1.1 skipped plan held", "q - not_attempted")}, ""},
		{"a later install went well", []messages.Event{run(1, "q 1.1 failed"), run(2)}, ""},
		{"a later run that only scanned takes nothing back", []messages.Event{run(1, "q 1.1 failed"), with(run(2), func(r *messages.Run) { r.Operation = messages.OperationScan })}, "q.amd64 failed"},
		{"a run that only scanned is none", []messages.Event{with(run(1), func(r *messages.Run) { r.Operation, r.Error = messages.OperationScan, "no" })}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), row.events...)
			got := detail(r, RunFailed)
			if row.want == "" {
				row.want = "(it does not stand)"
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if slices.Contains(r.Reasons, RunFailed) {
				t.Error("it makes the host UNKNOWN")
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

// A condition that comes or goes is a change, a new detail alone is none, and since is when it came.
func TestDiff_of_conditions(t *testing.T) {
	report := func(conditions ...messages.Condition) *Report { return &Report{Conditions: conditions} }
	old, failing := messages.Condition{Code: ScanOld, Since: t0, Detail: "a"}, messages.Condition{Code: ScanFailing, Since: at(-3)}
	for _, row := range []struct {
		name          string
		before, after *Report
		changed       bool
		since         string
	}{
		{"one comes", report(old), report(messages.Condition{Code: ScanOld}, messages.Condition{Code: ScanFailing}), true, "0 9"},
		{"one goes", report(old, failing), report(messages.Condition{Code: ScanFailing}), true, "-3"},
		{"a detail alone", report(old), report(messages.Condition{Code: ScanOld, Detail: "b"}), false, "0"},
		{"it was gone", report(), report(messages.Condition{Code: ScanOld}), true, "9"},
		{"the first report", nil, report(messages.Condition{Code: ScanOld}), true, "9"},
		{"of one that stood before there were conditions nobody knows since when", report(messages.Condition{Code: ScanOld}), report(messages.Condition{Code: ScanOld}), false, "9"},
	} {
		t.Run(row.name, func(t *testing.T) {
			transitions := Diff(row.before, row.after, at(9))
			if got := Changed(row.before, row.after, transitions); got != row.changed {
				t.Errorf("changed: %v", got)
			}
			var since []string
			for _, c := range row.after.Conditions {
				since = append(since, fmt.Sprint(c.Since.Sub(t0).Hours()))
			}
			if got := strings.Join(since, " "); got != row.since {
				t.Errorf("since %s, want %s", got, row.since)
			}
		})
	}
}

// Of a package in order a transition says no more than by what it is so.
func TestTransition_to_what_is_in_order_is_small(t *testing.T) {
	var packages []messages.Package
	for i := range 700 {
		packages = append(packages, pkg(fmt.Sprintf("libexample%d-dev", i), "1.2.3-4ubuntu5 security"), pkg(fmt.Sprintf("libother%d", i), "1.2.3-4ubuntu5 release", "1.2.3-4ubuntu6 updates"))
	}
	b := securityOnly(rules(filtered(messages.High, filter1("PRODUCT", "Ubuntu22.04"), filter1("PRIORITY", "Required", "Important", "Standard", "Optional", "Extra"))))
	r := judged(t, b, scan(0, packages...), override(1, "libother0.amd64", messages.Installed))
	for _, transition := range Diff(nil, r, at(1)) {
		reason := transition.Reason
		if transition.State != messages.Installed && transition.State != messages.InstalledOther {
			t.Fatalf("%+v", transition)
		}
		if reason.Code == "" || reason.Event != "" || reason.Compared != nil || reason.Stopped != nil || (reason.Override != nil) != (transition.Patch == "libother0.amd64") {
			t.Errorf("%s: %+v", transition.Patch, reason)
		}
		if (reason.Matched == nil) != (reason.Code == messages.BecauseNotApproved) {
			t.Errorf("%s: %+v", transition.Patch, reason)
		}
	}
	if r.Patches[0].Reason.Event == "" {
		t.Error("the report itself has lost its reasons")
	}
}
