package classify

import (
	"slices"
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Each condition for FAILED on its own: with all of them it is FAILED, without one of them it is not.
func TestFAILED(t *testing.T) {
	p := pkg("p", "1.0 release", "1.1 security")
	failure := run(1, "p 1.1 failed configure exit status 1")
	const failed, missing = "FAILED 1.1 UNSPECIFIED Security", "MISSING 1.1 UNSPECIFIED Security"
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		events   []messages.Event
		want     string
	}{
		{"a run failed after the scan", securityOnly(), []messages.Event{scan(0, p), failure}, failed},
		{"a later scan alone does not clear it", securityOnly(), []messages.Event{scan(0, p), failure, scan(2, p)}, failed},
		{"nor does one before which it failed", securityOnly(), []messages.Event{failure, scan(2, p)}, failed},

		{"the newest failure is older than the newest success", securityOnly(), []messages.Event{scan(0, p), failure, run(2, "p 1.1 installed")}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"older than a success before the scan too", securityOnly(), []messages.Event{failure, run(2, "p 1.1 installed"), scan(3, p)}, missing},
		{"newer than a success", securityOnly(), []messages.Event{scan(0, p), run(0.5, "p 1.0 installed"), failure}, failed},
		{"later in the list of one run than the success", securityOnly(), []messages.Event{scan(0, p), run(1, "p 1.0 installed", "p 1.1 failed unpack")}, failed},
		{"earlier in the list of one run than the success", securityOnly(), []messages.Event{scan(0, p), run(1, "p 1.1 failed unpack", "p 1.0 installed")}, missing},

		{"the effective version is the tried one", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "1.1 security"))}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"the effective version is above the tried one", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "1.2 release", "1.1 security"))}, "INSTALLED_OTHER 1.2 UNSPECIFIED"},
		{"a downgrade that failed", securityOnly(), []messages.Event{scan(0, p), run(1, "p 0.9 failed unpack")}, missing},

		{"an approved version is newer than the tried one", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "1.0 release", "1.1 security", "1.2 security"))}, "MISSING 1.2 UNSPECIFIED Security"},
		{"a newer version that is not approved changes nothing", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "1.0 release", "1.1 security", "1.2 updates"))}, failed},

		{"the baseline rejects the tried version", securityOnly(rejected("", "p-1.1")), []messages.Event{scan(0, p), failure}, "INSTALLED_OTHER 1.0 UNSPECIFIED"},
		{"the baseline rejects the package", securityOnly(rejected("BLOCK", "p")), []messages.Event{scan(0, p), failure}, "INSTALLED_REJECTED 1.0 UNSPECIFIED"},
		{"the baseline rejects another version", securityOnly(rejected("BLOCK", "p-1.0")), []messages.Event{scan(0, p), failure}, failed},

		{"a later full scan lists the tried version in other words", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "1.0 release", "0:1.1 security"))}, failed},
		{"a later full scan no longer lists the tried version", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "1.0 release"))}, "INSTALLED_OTHER 1.0 UNSPECIFIED"},
		{"an earlier full scan did not list it yet", securityOnly(), []messages.Event{scan(0, pkg("p", "1.0 release")), failure}, "FAILED 1.1 UNSPECIFIED"},
		{"a full scan of the same time counts as earlier", securityOnly(), []messages.Event{scan(1, pkg("p", "1.0 release")), failure}, "FAILED 1.1 UNSPECIFIED"},

		{"whether the baseline approves the package is no matter", securityOnly(rules()), []messages.Event{scan(0, p), failure}, "FAILED 1.1 UNSPECIFIED"},
		{"nor whether the tried version is approved", securityOnly(), []messages.Event{scan(0, pkg("p", "1.0 security", "1.1 updates")), failure}, "FAILED 1.1 UNSPECIFIED Security"},

		{"no effective version is below every version", securityOnly(), []messages.Event{scan(0, pkg("p", "", "1.1 security")), failure}, "FAILED 1.1 UNSPECIFIED"},
		{"and then a newer approved one does not make it MISSING", securityOnly(), []messages.Event{failure, scan(2, pkg("p", "", "1.1 security", "1.2 security"))}, "FAILED 1.1 UNSPECIFIED"},
		{"NOT_APPLICABLE becomes FAILED, of level UNSPECIFIED", highList(), []messages.Event{scan(0, pkg("p", "", "1.1 security")), failure}, "FAILED 1.1 UNSPECIFIED"},
		{"not installed, rejected: not FAILED", securityOnly(rejected("", "p-1.1")), []messages.Event{scan(0, pkg("p", "", "1.1 security")), failure}, ""},
		{"not installed, no longer listed: not FAILED", securityOnly(approved("p")), []messages.Event{failure, scan(2, pkg("p", "", "1.2 security"))}, "NOT_APPLICABLE UNSPECIFIED"},

		{"an upgrade of what was removed then is over", securityOnly(), []messages.Event{upgrade(failure), scan(2, pkg("p", "", "1.1 security"))}, ""},
		{"removed, its configuration left behind", securityOnly(), []messages.Event{upgrade(failure), scan(2, but(pkg("p", "1.0", "1.1 security"), state("config-files")))}, ""},
		{"removed, and in ApprovedPatches, as after a purge", securityOnly(approved("p")), []messages.Event{upgrade(failure), scan(2, pkg("p", "", "1.1 security"))}, "NOT_APPLICABLE UNSPECIFIED"},
		{"of what a scan before it did not list as installed", securityOnly(), []messages.Event{upgrade(failure), scan(1, pkg("p", "", "1.1 security"))}, "FAILED 1.1 UNSPECIFIED"},
		{"an upgrade of what is still there stands", securityOnly(), []messages.Event{upgrade(failure), scan(2, p)}, failed},

		{"a version that compares with nothing cannot be below", securityOnly(), []messages.Event{scan(0, pkg("p", "1.0é", "1.1 security")), failure}, "MISSING 1.1 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, row.baseline, row.events...), "p.amd64", row.want)
		})
	}
	t.Run("the level is that which it would have without the failure", func(t *testing.T) {
		b := securityOnly(rules(filtered(messages.High)))
		wantItem(t, judged(t, b, scan(0, p), failure), "p.amd64", "FAILED 1.1 HIGH Security")
	})
	t.Run("the reason names the attempt, and what it was held against", func(t *testing.T) {
		got := item(judged(t, securityOnly(), scan(0, p), failure), "p.amd64")
		wantJSON(t, got.Reason.Outcome, messages.OutcomeReason{
			Event: "run-at-1", RunID: "nightly", Result: messages.ResultFailed, Version: "1.1", Stage: "configure", Error: "exit status 1", FinishedAt: at(1),
		})
		wantTexts(t, got.Reason.Compared, "1.0", "1.1")
		if got.Reason.Code != messages.BecauseFailedRun || got.Installed != "1.0" {
			t.Errorf("code %s, installed %s", got.Reason.Code, got.Installed)
		}
	})
	t.Run("what is not installed has its level from nothing", func(t *testing.T) {
		got := item(judged(t, highList(), scan(0, pkg("p", "", "1.1 security")), failure), "p.amd64")
		if got.Reason.Matched != nil || got.Reason.Compared != nil || got.Installed != "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("MISSING shows the attempt as history", func(t *testing.T) {
		got := item(judged(t, securityOnly(), failure, scan(2, pkg("p", "1.0 release", "1.1 security", "1.2 security"))), "p.amd64")
		if o := got.Reason.Outcome; got.Reason.Code != messages.BecauseNewerApproved || o == nil || o.Version != "1.1" || o.Result != messages.ResultFailed {
			t.Errorf("code %s, outcome %+v", got.Reason.Code, o)
		}
	})
	t.Run("MISSING shows the attempt rather than the success before it", func(t *testing.T) {
		three := pkg("p", "1.0 release", "1.1 security", "1.2 security", "1.3 security")
		got := item(judged(t, securityOnly(), scan(0, three), run(1, "p 1.1 installed"), run(2, "p 1.2 failed configure")), "p.amd64")
		if o := got.Reason.Outcome; got.State != messages.Missing || got.Installed != "1.1" || o == nil || o.Version != "1.2" || o.Result != messages.ResultFailed {
			t.Errorf("%s %s, outcome %+v", got.State, got.Installed, o)
		}
		got = item(judged(t, securityOnly(), scan(0, three), run(1, "p 1.2 installed"), run(2, "p 1.1 failed configure")), "p.amd64")
		if o := got.Reason.Outcome; got.State != messages.Missing || got.Installed != "1.2" || o == nil || o.Version != "1.2" || o.Result != messages.ResultInstalled {
			t.Errorf("%s %s, outcome %+v", got.State, got.Installed, o)
		}
	})
	t.Run("nothing blocks what was tried", func(t *testing.T) {
		held := but(p, func(p *messages.Package) { p.Hold = true })
		wantItem(t, judged(t, securityOnly(), scan(0, held), failure), "p.amd64", failed)
	})
}

// upgrade returns the run with a version before each outcome.
func upgrade(r *messages.Run) *messages.Run {
	after := *r
	after.Outcomes = slices.Clone(r.Outcomes)
	for i := range after.Outcomes {
		after.Outcomes[i].From = "1.0"
	}
	return &after
}

func highList() *baseline.Baseline {
	return securityOnly(approved("p"), func(b *baseline.Baseline) { b.ApprovedPatchesComplianceLevel = messages.High })
}

func TestFAILED_until_the_next_scan(t *testing.T) {
	p := pkg("p", "1.0 release", "1.1 security")
	full := scan(0, p)
	full.Hash = "h"
	for _, row := range []struct {
		name   string
		until  string
		events []messages.Event
		want   messages.State
	}{
		{"next-scan: newer than the full scan", "next-scan", []messages.Event{full, run(1, "p 1.1 failed unpack")}, messages.Failed},
		{"next-scan: of the same time is not newer", "next-scan", []messages.Event{full, run(0, "p 1.1 failed unpack")}, messages.Missing},
		{"next-scan: a full scan after it ends it", "next-scan", []messages.Event{run(-1, "p 1.1 failed unpack"), full}, messages.Missing},
		{"next-scan: an unchanged scan after it does not", "next-scan", []messages.Event{full, run(1, "p 1.1 failed unpack"), unchanged(2, "h")}, messages.Failed},
		{"resolved: a full scan after it does not", "resolved", []messages.Event{run(-1, "p 1.1 failed unpack"), full}, messages.Failed},
		{"the default is resolved", "", []messages.Event{run(-1, "p 1.1 failed unpack"), full}, messages.Failed},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := item(judgedBy(t, securityOnly(), Settings{FailedUntil: row.until}, at(1), row.events...), "p.amd64")
			if got.State != row.want {
				t.Errorf("got %s, want %s", got.State, row.want)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	half := func(installed string, available ...string) messages.Package {
		return but(pkg("p", installed, available...), state("half-configured"))
	}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		events   []messages.Event
		want     string
	}{
		{"unpacked", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("unpacked")))}, "FAILED 1.1 UNSPECIFIED Security"},
		{"half-configured", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("half-configured")))}, "FAILED 1.1 UNSPECIFIED Security"},
		{"half-installed", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("half-installed")))}, "FAILED 1.1 UNSPECIFIED Security"},
		{"reinstreq", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("reinstreq")))}, "FAILED 1.1 UNSPECIFIED Security"},
		{"installed", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("installed")))}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"no word is installed", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("")))}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"pending triggers are not broken", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("triggers-pending")))}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"nor are awaited ones", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.1 security"), state("triggers-awaited")))}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"config-files is not installed", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.0", "1.1 security"), state("config-files")))}, ""},
		{"config-files of an approved package", securityOnly(approved("p")), []messages.Event{scan(0, but(pkg("p", "1.0", "1.1 security"), state("config-files")))}, "NOT_APPLICABLE UNSPECIFIED"},
		{"not-installed is not", securityOnly(), []messages.Event{scan(0, but(pkg("p", "1.0", "1.1 security"), state("not-installed")))}, ""},
		{"broken without a version beside it is not installed", securityOnly(approved("p")), []messages.Event{scan(0, half("", "1.1 security"))}, "NOT_APPLICABLE UNSPECIFIED"},

		{"with the version that would be MISSING", securityOnly(rules(filtered(messages.High))), []messages.Event{scan(0, half("1.0", "1.1 security"))}, "FAILED 1.1 HIGH Security"},
		{"with the version that would be INSTALLED_OTHER", securityOnly(), []messages.Event{scan(0, half("1.0 release"))}, "FAILED 1.0 UNSPECIFIED"},
		{"with the version that would be INSTALLED_REJECTED", securityOnly(rejected("BLOCK", "p")), []messages.Event{scan(0, half("1.0 release"))}, "FAILED 1.0 UNSPECIFIED"},
		{"with a version that compares with nothing", securityOnly(), []messages.Event{scan(0, half("1.0é"))}, "FAILED 1.0é UNSPECIFIED"},

		{"a success after the scan ends it", securityOnly(), []messages.Event{scan(0, half("1.1 security")), run(1, "p 1.1 installed")}, "INSTALLED 1.1 UNSPECIFIED Security"},
		{"a success before the scan does not", securityOnly(), []messages.Event{scan(0, half("1.1 security")), run(-1, "p 1.1 installed")}, "FAILED 1.1 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, row.baseline, row.events...), "p.amd64", row.want)
		})
	}
	t.Run("it is not pending, whatever asks for a boot", func(t *testing.T) {
		s := scan(0, half("1.1 security"))
		s.RebootRequired, s.RebootPackages = new(true), []string{"p"}
		wantItem(t, judged(t, securityOnly(), s), "p.amd64", "FAILED 1.1 UNSPECIFIED Security")
	})
	t.Run("reason broken, with dpkg's word", func(t *testing.T) {
		got := item(judged(t, securityOnly(), scan(0, half("1.0", "1.1 security"))), "p.amd64")
		if got.Reason.Code != messages.BecauseBroken || got.Reason.Broken != "half-configured" || got.Reason.Outcome != nil || got.Installed != "1.0" {
			t.Errorf("got %+v", got)
		}
		wantTexts(t, got.Reason.Compared, "1.0", "1.1")
	})
}

// Where a failed run says so too, its tried version is shown, and the reason names both.
func TestBroken_and_failed(t *testing.T) {
	for _, row := range []struct {
		name string
		pkg  messages.Package
		want string
	}{
		{
			"the old version beside it, the tried one not approved",
			pkg("p", "1.0 security", "1.1 updates"), "FAILED 1.1 UNSPECIFIED Security",
		}, {
			"the tried version already beside it",
			pkg("p", "1.1 security"), "FAILED 1.1 UNSPECIFIED Security",
		}, {
			"an approved version newer than the tried one",
			pkg("p", "1.0", "1.1 security", "1.2 security"), "FAILED 1.2 UNSPECIFIED Security",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), run(-1, "p 1.1 failed configure"), scan(0, but(row.pkg, state("half-configured"))))
			wantItem(t, r, "p.amd64", row.want)
			reason := item(r, "p.amd64").Reason
			if reason.Code != messages.BecauseBroken || reason.Broken == "" || reason.Outcome == nil || reason.Outcome.Stage != "configure" {
				t.Errorf("reason %+v", reason)
			}
		})
	}
	t.Run("a failure before a success is not named", func(t *testing.T) {
		r := judged(t, securityOnly(), run(-2, "p 1.1 failed configure"), run(-1, "p 1.1 installed"), scan(0, but(pkg("p", "1.1 security"), state("unpacked"))))
		if reason := item(r, "p.amd64").Reason; reason.Outcome != nil {
			t.Errorf("outcome %+v", reason.Outcome)
		}
	})
}
