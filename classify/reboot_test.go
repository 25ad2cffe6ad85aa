package classify

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// booted puts boot facts into an event. A zero time and an empty id say nothing.
func booted[E messages.Event](e E, bootedAt time.Time, id string) E {
	switch e := any(e).(type) {
	case *messages.Scan:
		e.BootedAt, e.BootID = bootedAt, id
	case *messages.Run:
		e.BootedAt, e.BootID = bootedAt, id
	}
	return e
}

// asking puts into a scan what it says of a reboot.
func asking(s *messages.Scan, required bool, packages ...string) *messages.Scan {
	s.RebootRequired, s.RebootPackages = &required, packages
	return s
}

func failedScan(hours float64) *messages.Scan {
	return &messages.Scan{ID: "failed", Host: "web-1", TakenAt: at(hours), OS: ubuntu, Error: "dpkg runs"}
}

const pending = messages.InstalledPendingReboot

func wantState(t *testing.T, r *Report, patch string, want messages.State) {
	t.Helper()
	if got := item(r, patch).State; got != want {
		t.Errorf("%s: got %s, want %s", patch, got, want)
	}
}

// R: the run that installed it asked for a boot.
func TestPending_reboot_after_a_run(t *testing.T) {
	p, never := pkg("p", "1.0", "1.1 security"), time.Time{}
	done := func(packages ...string) *messages.Run { return rebooting(run(1, "p 1.1 installed"), packages...) }
	quiet := run(1, "p 1.1 installed")
	said := false
	denied := run(1, "p 1.1 installed")
	denied.RebootRequired = &said
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   messages.State
	}{
		{"the run names no packages: all it installed", []messages.Event{scan(0, p), done()}, pending},
		{"the run names it", []messages.Event{scan(0, p), done("q", "p")}, pending},
		{"the run names others", []messages.Event{scan(0, p), done("q", "p.amd64")}, messages.Installed},
		{"the run does not say", []messages.Event{scan(0, p), quiet}, messages.Installed},
		{"the run says no", []messages.Event{scan(0, p), denied}, messages.Installed},
		{"the run failed", []messages.Event{scan(0, p), rebooting(run(1, "p 1.1 failed configure"))}, messages.Failed},
		{"only its newest success counts", []messages.Event{scan(0, p), done(), run(2, "p 1.1 installed")}, messages.Installed},
		{"a later run of other packages is no matter", []messages.Event{scan(0, p), done(), run(2, "q 1.1 installed")}, pending},
		{"a scan after the run that does not say", []messages.Event{done(), scan(2, pkg("p", "1.1 security"))}, pending},

		{"INSTALLED_OTHER is replaced", []messages.Event{scan(0, pkg("p", "1.0")), done()}, pending},
		{"MISSING is not", []messages.Event{scan(0, pkg("p", "1.0", "1.1 security", "1.2 security")), done()}, messages.Missing},

		{"it ends: another boot id", []messages.Event{scan(0, p), booted(done(), never, "A"), booted(failedScan(2), never, "B")}, messages.Installed},
		{"the same boot id does not end it, whatever the boot time", []messages.Event{scan(0, p), booted(done(), never, "A"), booted(failedScan(2), at(1.5), "A")}, pending},
		{"an older event's boot id does not", []messages.Event{booted(scan(0, p), never, "B"), booted(done(), never, "A")}, pending},
		{"the newest boot id counts, not one in between", []messages.Event{scan(0, p), booted(done(), never, "A"), booted(run(2), never, "B"), booted(failedScan(3), never, "A")}, pending},
		{"an event without an id does not hide the newest id", []messages.Event{scan(0, p), booted(done(), never, "A"), booted(run(2), never, "B"), failedScan(3)}, messages.Installed},
		{"with ids a boot time later than the run ends nothing", []messages.Event{scan(0, p), booted(done(), at(-1), "A"), booted(failedScan(2), at(1.5), "")}, pending},

		{"it ends without an id: a boot time later than the run", []messages.Event{scan(0, p), done(), booted(failedScan(2), at(1.5), "")}, messages.Installed},
		{"even where the later event has an id and the run has none", []messages.Event{scan(0, p), done(), booted(failedScan(2), at(1.5), "B")}, messages.Installed},
		{"an id where the run had none says nothing", []messages.Event{scan(0, p), done(), booted(failedScan(2), at(0.5), "B")}, pending},
		{"a boot time of the run's own end is not later", []messages.Event{scan(0, p), done(), booted(failedScan(2), at(1), "")}, pending},
		{"a boot before the run ended", []messages.Event{scan(0, p), booted(done(), at(0.5), ""), booted(failedScan(2), at(0.5), "")}, pending},
		{"the greatest boot time of any event counts", []messages.Event{scan(0, p), done(), booted(run(2), at(1.5), ""), booted(failedScan(3), at(0.5), "")}, messages.Installed},

		{"it ends: the newest complete scan after it says false", []messages.Event{done(), asking(scan(2, pkg("p", "1.1 security")), false)}, messages.Installed},
		{"a scan before it that says false does not", []messages.Event{asking(scan(0, p), false), done()}, pending},
		{"a scan of the same time does not", []messages.Event{asking(scan(1, pkg("p", "1.1 security")), false), done()}, pending},
		{"an incomplete scan that says false does not", []messages.Event{scan(0, p), done(), asking(failedScan(2), false)}, pending},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), row.events...)
			wantState(t, r, "p.amd64", row.want)
			if reason := item(r, "p.amd64").Reason; row.want == pending && (reason.Code != messages.BecauseRebootAfterRun ||
				reason.Reboot == nil || reason.Reboot.Event != "run-at-1" || !reason.Reboot.At.Equal(at(1)) || reason.Outcome == nil) {
				t.Errorf("reason %+v", reason)
			}
		})
	}
	t.Run("by name, whatever the architecture", func(t *testing.T) {
		r := judged(t, securityOnly(), scan(0, but(p, func(p *messages.Package) { p.Arch = "i386" })), but32(done("p")))
		wantState(t, r, "p.i386", pending)
	})
	t.Run("INSTALLED_REJECTED is replaced", func(t *testing.T) {
		wantState(t, judged(t, securityOnly(rejected("BLOCK", "p")), scan(0, p), done()), "p.amd64", pending)
	})
	t.Run("pending_reboot=runs leaves it in", func(t *testing.T) {
		wantState(t, judgedBy(t, securityOnly(), Settings{PendingReboot: "runs"}, at(1), scan(0, p), done()), "p.amd64", pending)
	})
	t.Run("an unchanged scan that says false ends it", func(t *testing.T) {
		full := scan(2, pkg("p", "1.1 security"))
		full.Hash = "h"
		r := judged(t, securityOnly(), done(), full, asking(unchanged(3, "h"), false))
		wantState(t, r, "p.amd64", messages.Installed)
	})
	t.Run("so does one that confirms nothing", func(t *testing.T) {
		r := judged(t, securityOnly(), done(), scan(2, pkg("p", "1.1 security")), asking(unchanged(3, "h"), false))
		wantState(t, r, "p.amd64", messages.Installed)
	})
	t.Run("a later scan that says nothing of it takes a false before it not back", func(t *testing.T) {
		r := judged(t, securityOnly(), done(), asking(scan(2, pkg("p", "1.1 security")), false), scan(3, pkg("p", "1.1 security")))
		wantState(t, r, "p.amd64", messages.Installed)
	})
}

// S: the newest scan that says so says that the host needs a boot.
func TestPending_reboot_of_the_host(t *testing.T) {
	never := time.Time{}
	p := but(pkg("p", "1.1 security"), func(p *messages.Package) { p.InstalledAt = at(-1) })
	full := func(id string, bootedAt time.Time, required bool, packages ...string) *messages.Scan {
		return booted(asking(scan(0, p), required, packages...), bootedAt, id)
	}
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   messages.State
	}{
		{"it names the package", []messages.Event{full("", never, true, "q", "p")}, pending},
		{"it names others, whenever it was installed", []messages.Event{full("", at(-2), true, "q")}, messages.Installed},
		{"it names none: installed after the boot", []messages.Event{full("", at(-2), true)}, pending},
		{"it names none: installed before the boot", []messages.Event{full("", at(-0.5), true)}, messages.Installed},
		{"it names none: installed at the boot", []messages.Event{full("", at(-1), true)}, messages.Installed},
		{"it names none: nobody knows when it booted", []messages.Event{full("", never, true)}, messages.Installed},
		{"it says no", []messages.Event{full("", at(-2), false, "p")}, messages.Installed},
		{"it does not say", []messages.Event{booted(scan(0, p), at(-2), "")}, messages.Installed},
		{"an incomplete scan says so", []messages.Event{scan(0, p), booted(asking(failedScan(1), true, "p"), at(-2), "")}, messages.Installed},
		{"an older scan said no", []messages.Event{asking(scan(-2, p), false), full("", never, true, "p")}, pending},
		{"a newer one says no", []messages.Event{full("", never, true, "p"), asking(scan(1, p), false)}, messages.Installed},
		{"a newer one does not say", []messages.Event{full("", never, true, "p"), scan(1, p)}, pending},
		{"an unchanged one that confirms nothing says no", []messages.Event{full("", never, true, "p"), asking(unchanged(1, "x"), false)}, messages.Installed},
		{"a run says no", []messages.Event{full("", never, true, "p"), rebooting(run(1), "p"), func() messages.Event { r := run(2); r.RebootRequired = new(false); return r }()}, pending},

		{"it ends: another boot id", []messages.Event{full("A", at(-2), true, "p"), booted(failedScan(1), at(-2), "B")}, messages.Installed},
		{"the same boot id does not end it, though a stepped clock moved the boot time", []messages.Event{full("A", at(-2), true, "p"), booted(failedScan(1), at(0.5), "A")}, pending},
		{"an older event's boot id does not", []messages.Event{booted(run(-1), never, "B"), full("A", at(-2), true, "p")}, pending},
		{"it ends without an id: a boot time later than the scan", []messages.Event{full("", at(-2), true, "p"), booted(failedScan(1), at(0.5), "")}, messages.Installed},
		{"a boot before the scan does not", []messages.Event{full("", at(-2), true, "p"), booted(failedScan(1), at(-0.5), "")}, pending},
		{"it ends with a run too", []messages.Event{full("A", at(-2), true, "p"), booted(run(1), never, "B")}, messages.Installed},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), row.events...)
			wantState(t, r, "p.amd64", row.want)
			if reason := item(r, "p.amd64").Reason; row.want == pending && (reason.Code != messages.BecauseRebootOfHost ||
				reason.Reboot == nil || reason.Reboot.Event != "scan-at-0" || !reason.Reboot.At.Equal(t0)) {
				t.Errorf("reason %+v", reason)
			}
		})
	}
	t.Run("pending_reboot=runs leaves it out", func(t *testing.T) {
		r := judgedBy(t, securityOnly(), Settings{PendingReboot: "runs"}, at(1), full("", never, true, "p"))
		wantState(t, r, "p.amd64", messages.Installed)
	})
	t.Run("pending_reboot=any is the default", func(t *testing.T) {
		r := judgedBy(t, securityOnly(), Settings{PendingReboot: "any"}, at(1), full("", never, true, "p"))
		wantState(t, r, "p.amd64", pending)
	})
	t.Run("INSTALLED_OTHER and INSTALLED_REJECTED are replaced, MISSING is not", func(t *testing.T) {
		s := asking(scan(0, pkg("a", "1.0"), pkg("b", "1.0"), pkg("c", "1.0", "1.1 security")), true, "a", "b", "c")
		r := judged(t, securityOnly(rejected("BLOCK", "b")), s)
		wantState(t, r, "a.amd64", pending)
		wantState(t, r, "b.amd64", pending)
		wantState(t, r, "c.amd64", messages.Missing)
	})
	t.Run("R and S are each reckoned from their own event", func(t *testing.T) {
		// The run asked before a boot that the scan's own boot id shows; the scan asks since.
		r := judged(t, securityOnly(), booted(rebooting(run(-1, "p 1.1 installed")), never, "A"), full("B", at(-0.5), true, "p"))
		wantState(t, r, "p.amd64", pending)
		if code := item(r, "p.amd64").Reason.Code; code != messages.BecauseRebootOfHost {
			t.Errorf("code %s", code)
		}
	})
	t.Run("the host shows it until it booted", func(t *testing.T) {
		if !judged(t, securityOnly(), full("A", at(-2), true)).About.RebootRequired {
			t.Error("not shown")
		}
		if judged(t, securityOnly(), full("A", at(-2), true), booted(failedScan(1), never, "B")).About.RebootRequired {
			t.Error("still shown after a boot")
		}
	})
}
