package classify

import (
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

func TestEffective_version(t *testing.T) {
	p := pkg("p", "1.0 release", "1.1 security", "1.2 security", "1.3 updates")
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   string
	}{
		{"the scan's, without a run", []messages.Event{scan(0, p)}, "MISSING 1.2 UNSPECIFIED Security"},
		{"the run's, where it finished after the scan", []messages.Event{scan(0, p), run(1, "p 1.2 installed")}, "INSTALLED 1.2 UNSPECIFIED Security"},
		{"the scan's, where the run finished before it", []messages.Event{scan(0, p), run(-1, "p 1.2 installed")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"the scan's, where both are of one time", []messages.Event{scan(0, p), run(0, "p 1.2 installed")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"the run's, and a newer one is still missing", []messages.Event{scan(0, p), run(1, "p 1.1 installed")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"the newest of several runs'", []messages.Event{scan(0, p), run(2, "p 1.2 installed"), run(1, "p 1.1 installed")}, "INSTALLED 1.2 UNSPECIFIED Security"},
		{"a newer one may be lower: a downgrade", []messages.Event{scan(0, p), run(2, "p 1.1 installed"), run(1, "p 1.2 installed")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"a target that is not approved", []messages.Event{scan(0, p), run(1, "p 1.3 installed")}, "INSTALLED_OTHER 1.3 UNSPECIFIED"},
		{"a target that the scan does not list has no origin", []messages.Event{scan(0, p), run(1, "p 1.2+local installed")}, "INSTALLED_OTHER 1.2+local UNSPECIFIED"},
		{"a target below the scan's version", []messages.Event{scan(0, p), run(1, "p 0.9 installed")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"listed versions below the scan's are ignored, also after a downgrade", []messages.Event{scan(0, pkg("p", "1.5 release", "1.4 security")), run(1, "p 1.3 installed")}, "INSTALLED_OTHER 1.3 UNSPECIFIED"},
		{"skipped is no fact about the package", []messages.Event{scan(0, p), run(1, "p 1.2 skipped")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"not_attempted is none either", []messages.Event{scan(0, p), run(1, "p 1.2 not_attempted fetch no network")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"nor without a target", []messages.Event{scan(0, p), run(1, "p - not_attempted")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"a target that is no version is ignored", []messages.Event{scan(0, p), run(1, "p 1.2- installed")}, "MISSING 1.2 UNSPECIFIED Security"},
		{"a run for another architecture", []messages.Event{scan(0, p), but32(run(1, "p 1.2 installed"))}, "MISSING 1.2 UNSPECIFIED Security"},
		{"a listed package that was not installed", []messages.Event{scan(0, pkg("p", "", "1.1 security")), run(1, "p 1.1 installed")}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"and is below what is approved", []messages.Event{scan(0, pkg("p", "", "1.0 release", "1.1 security")), run(1, "p 1.0 installed")}, "MISSING 1.1 UNSPECIFIED Security"},
		{"one of which the configuration was left", []messages.Event{scan(0, but(pkg("p", "0.5", "1.1 security"), state("config-files"))), run(1, "p 1.1 installed")}, "INSTALLED 1.1 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, securityOnly(), row.events...), "p.amd64", row.want)
		})
	}
	t.Run("without section and priority too", func(t *testing.T) {
		b := securityOnly(everything, func(b *baseline.Baseline) {
			b.ApprovalRules.PatchRules[0].PatchFilterGroup.PatchFilters = []baseline.Filter{filter1("SECTION", "utils")}
		})
		wantItem(t, judged(t, b, scan(0, p), run(1, "p 1.2+local installed")), "p.amd64", "MISSING 1.3 UNSPECIFIED")
		wantItem(t, judged(t, b, scan(0, p), run(1, "p 1.4 installed")), "p.amd64", "INSTALLED_OTHER 1.4 UNSPECIFIED")
	})
	t.Run("the item says which run it rests on", func(t *testing.T) {
		got := item(judged(t, securityOnly(), scan(0, p), run(1, "p 1.2 installed")), "p.amd64")
		if o := got.Reason.Outcome; got.Installed != "1.2" || o == nil || o.Event != "run-at-1" || o.Result != messages.ResultInstalled || o.Version != "1.2" || !o.FinishedAt.Equal(at(1)) {
			t.Errorf("installed %s, outcome %+v", got.Installed, o)
		}
	})
	t.Run("an ignored target is noted with the run", func(t *testing.T) {
		got := judged(t, securityOnly(), scan(0, p), run(1, "p 1.2- installed", "q é failed", "r 1.0 installed")).About.LastRun.Ignored
		wantTexts(t, got, `p.amd64 "1.2-": not a Debian version: the revision is empty`, `q.amd64 "é": not a Debian version: 'é' in the upstream version`)
	})
}

func but32(r *messages.Run) *messages.Run {
	r.Outcomes[0].Arch = "i386"
	return r
}

// Outcomes about a package that the scan does not list at all, such as a new kernel.
func TestOutcome_of_an_unlisted_package(t *testing.T) {
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   string
	}{
		{"a success after the scan: INSTALLED_OTHER", []messages.Event{scan(0), run(1, "new 2.0 installed")}, "INSTALLED_OTHER 2.0 UNSPECIFIED"},
		{"a failure after the scan: FAILED", []messages.Event{scan(0), run(1, "new 2.0 failed unpack")}, "FAILED 2.0 UNSPECIFIED"},
		{"at the time of the scan", []messages.Event{scan(0), run(0, "new 2.0 installed")}, "INSTALLED_OTHER 2.0 UNSPECIFIED"},
		{"a success before the scan: nothing", []messages.Event{scan(0), run(-1, "new 2.0 installed")}, ""},
		{"a failure before the scan: nothing", []messages.Event{scan(0), run(-1, "new 2.0 failed unpack")}, ""},
		{"the newer alone counts: the success", []messages.Event{scan(0), run(1, "new 2.0 failed unpack"), run(2, "new 2.0 installed")}, "INSTALLED_OTHER 2.0 UNSPECIFIED"},
		{"the newer alone counts: the failure", []messages.Event{scan(0), run(1, "new 2.0 installed"), run(2, "new 1.0 failed unpack")}, "FAILED 1.0 UNSPECIFIED"},
		{"the newer is before the scan: nothing", []messages.Event{scan(0), run(-2, "new 1.0 failed unpack"), run(-1, "new 2.0 installed")}, ""},
		{"in one run the later in the list", []messages.Event{scan(0), run(1, "new 2.0 installed", "new 2.1 failed unpack")}, "FAILED 2.1 UNSPECIFIED"},
		{"in one run the later in the list, the other way", []messages.Event{scan(0), run(1, "new 2.1 failed unpack", "new 2.0 installed")}, "INSTALLED_OTHER 2.0 UNSPECIFIED"},
		{"skipped is nothing", []messages.Event{scan(0), run(1, "new 2.0 skipped")}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, securityOnly(), row.events...), "new.amd64", row.want)
		})
	}
	t.Run("the baseline is not asked", func(t *testing.T) {
		b := securityOnly(approvedAll("new"), rejected("BLOCK", "new"))
		wantItem(t, judged(t, b, scan(0), run(1, "new 2.0 installed")), "new.amd64", "INSTALLED_OTHER 2.0 UNSPECIFIED")
		wantItem(t, judged(t, b, scan(0), run(1, "new 2.0 failed plan")), "new.amd64", "FAILED 2.0 UNSPECIFIED")
	})
	t.Run("nor is failed_until", func(t *testing.T) {
		r := judgedBy(t, securityOnly(), Settings{FailedUntil: "next-scan"}, at(1), scan(0), run(0, "new 2.0 failed plan"))
		wantItem(t, r, "new.amd64", "FAILED 2.0 UNSPECIFIED")
	})
	t.Run("an unchanged scan after it ends it", func(t *testing.T) {
		full := scan(0)
		full.Hash = "h"
		wantItem(t, judged(t, securityOnly(), full, run(1, "new 2.0 installed"), unchanged(2, "h")), "new.amd64", "")
	})
	t.Run("its run may wait for a boot", func(t *testing.T) {
		r := rebooting(run(1, "linux-image-6 6.1 installed"))
		wantItem(t, judged(t, securityOnly(), scan(0), r), "linux-image-6.amd64", "INSTALLED_PENDING_REBOOT 6.1 UNSPECIFIED")
	})
	t.Run("a failure does not wait for a boot", func(t *testing.T) {
		r := rebooting(run(1, "linux-image-6 6.1 failed configure"))
		wantItem(t, judged(t, securityOnly(), scan(0), r), "linux-image-6.amd64", "FAILED 6.1 UNSPECIFIED")
	})
	t.Run("an override applies to it", func(t *testing.T) {
		r := judged(t, securityOnly(), scan(0), run(1, "new 2.0 failed unpack"), override(1, "new.amd64", messages.NotApplicable))
		wantItem(t, r, "new.amd64", "NOT_APPLICABLE 2.0 UNSPECIFIED")
	})
	t.Run("installed is the target, or nothing", func(t *testing.T) {
		r := judged(t, securityOnly(), scan(0), run(1, "a 2.0 installed", "b 2.0 failed unpack"))
		if a, b := item(r, "a.amd64"), item(r, "b.amd64"); a.Installed != "2.0" || b.Installed != "" || a.Reason.Event != "run-at-1" || b.Reason.Event != "run-at-1" {
			t.Errorf("got %+v and %+v", a, b)
		}
	})
}

// unchanged returns a scan that says the packages are still those of that hash.
func unchanged(hours float64, hash string) *messages.Scan {
	s := scan(hours)
	s.Unchanged, s.Hash, s.Packages, s.Origins = true, hash, nil, nil
	return s
}

// rebooting returns the run as one that asks for a boot because of these packages.
func rebooting(r *messages.Run, packages ...string) *messages.Run {
	yes := true
	r.RebootRequired, r.RebootPackages = &yes, packages
	return r
}

func TestOutcomes_of_180_days_before_the_newest_full_scan_are_dropped(t *testing.T) {
	p := pkg("p", "1.0", "1.1 security")
	atLimit, before := run(0, "p 1.1 failed unpack"), run(-0.001, "p 1.1 failed unpack")
	late := scan(days(180), p)
	wantItem(t, judged(t, securityOnly(), late, atLimit), "p.amd64", "FAILED 1.1 UNSPECIFIED Security")
	wantItem(t, judged(t, securityOnly(), late, before), "p.amd64", "MISSING 1.1 UNSPECIFIED Security")
	wantItem(t, judged(t, securityOnly(), before, late), "p.amd64", "MISSING 1.1 UNSPECIFIED Security")
	t.Run("the newer sort stays", func(t *testing.T) {
		f := factsOf(t, before, run(1, "p 1.0 installed"), late)
		if held := f.Outcomes[PackageKey{"p", "amd64"}]; held.Failed != nil || held.Installed == nil {
			t.Errorf("got %+v", held)
		}
	})
	t.Run("before F, not before a scan that confirms it", func(t *testing.T) {
		full := scan(0, p)
		full.Hash = "h"
		r := judged(t, securityOnly(), full, run(-1, "p 1.1 failed unpack"), unchanged(days(181), "h"))
		wantItem(t, r, "p.amd64", "FAILED 1.1 UNSPECIFIED Security")
	})
}
