package classify

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func TestOverride(t *testing.T) {
	full := scan(0, pkg("p", "1.0", "1.1 security"))
	set := func(hours float64, state messages.State, change ...func(*messages.Override)) *messages.Override {
		o := override(hours, "p.amd64", state)
		for _, c := range change {
			c(o)
		}
		return o
	}
	withdraw := func(hours float64) *messages.Override {
		return &messages.Override{ID: "w", Host: "web-1", Patch: "p.amd64", At: at(hours), Withdraw: true}
	}
	until := func(hours float64) func(*messages.Override) {
		return func(o *messages.Override) { o.ExpiresAt = at(hours) }
	}
	level := func(l messages.Level) func(*messages.Override) { return func(o *messages.Override) { o.Level = l } }
	const computed = "MISSING 1.1 HIGH Security"
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   string
	}{
		{"its state stands in place of the computed one, the level stays", []messages.Event{set(0, messages.NotApplicable)}, "NOT_APPLICABLE 1.1 HIGH Security"},
		{"its level too, where it gives one", []messages.Event{set(0, messages.NotApplicable, level(messages.Low))}, "NOT_APPLICABLE 1.1 LOW Security"},
		{"only the newest counts", []messages.Event{set(1, messages.Failed), set(0, messages.NotApplicable)}, "FAILED 1.1 HIGH Security"},
		{"withdrawn: the computed state", []messages.Event{set(0, messages.NotApplicable), withdraw(1)}, computed},
		{"withdrawn: no older one returns", []messages.Event{set(-1, messages.Failed), set(0, messages.NotApplicable), withdraw(1)}, computed},
		{"set again after it was withdrawn", []messages.Event{withdraw(0), set(1, messages.NotApplicable)}, "NOT_APPLICABLE 1.1 HIGH Security"},
		{"not yet expired", []messages.Event{set(0, messages.NotApplicable, until(2.001))}, "NOT_APPLICABLE 1.1 HIGH Security"},
		{"expired at that very time", []messages.Event{set(0, messages.NotApplicable, until(2))}, computed},
		{"expired: no older one returns", []messages.Event{set(-1, messages.Failed), set(0, messages.NotApplicable, until(2))}, computed},
		{"for another patch", []messages.Event{override(0, "p.i386", messages.NotApplicable), override(0, "p", messages.NotApplicable)}, computed},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := securityOnly(rules(filtered(messages.High)))
			wantItem(t, judgedBy(t, b, Settings{}, at(2), append(row.events, full)...), "p.amd64", row.want)
		})
	}
	t.Run("each of the eight states", func(t *testing.T) {
		for _, s := range messages.States() {
			wantState(t, judged(t, securityOnly(), full, set(0, s)), "p.amd64", s)
		}
	})
	t.Run("state and level count", func(t *testing.T) {
		b := securityOnly(rules(filtered(messages.Low)))
		r := judged(t, b, full, set(0, messages.Failed, level(messages.Critical)))
		if r.Level != messages.Critical || r.Counts["FAILED"] != 1 || r.Counts["MISSING"] != 0 || r.Counts[messages.CriticalNonCompliant] != 1 {
			t.Errorf("level %s, counts %v", r.Level, r.Counts)
		}
		wantStatus(t, judged(t, b, full, set(0, messages.NotApplicable)), messages.Compliant)
	})
	t.Run("the item shows both", func(t *testing.T) {
		r := judged(t, securityOnly(rules(filtered(messages.Low))), full, set(0, messages.NotApplicable, level(messages.High), until(5)))
		got := item(r, "p.amd64").Reason
		wantJSON(t, got.Override, messages.OverrideReason{
			Event: "override-at-0", Reason: "CHG-1182", By: "ops", ExpiresAt: at(5), ComputedState: messages.Missing, ComputedLevel: messages.Low,
		})
		if got.Code != messages.BecauseNewerApproved {
			t.Errorf("the computed reason is %s", got.Code)
		}
	})
	t.Run("without a now nothing expires", func(t *testing.T) {
		r := judgedBy(t, securityOnly(), Settings{}, time.Time{}, full, set(0, messages.NotApplicable, until(0.5)))
		wantState(t, r, "p.amd64", messages.NotApplicable)
	})
	t.Run("it waits for an item that is not listed", func(t *testing.T) {
		wantItem(t, judged(t, securityOnly(), scan(0), set(0, messages.Failed)), "p.amd64", "")
		wantState(t, judged(t, securityOnly(), scan(0), set(0, messages.Failed), scan(1, pkg("p", "1.0"))), "p.amd64", messages.Failed)
	})
	t.Run("an entry that fits nothing is an item", func(t *testing.T) {
		r := judged(t, securityOnly(approved("Falcon")), scan(0), override(0, "Falcon", messages.Missing))
		wantState(t, r, "Falcon", messages.Missing)
	})
	t.Run("a pending reboot and a broken package are computed states", func(t *testing.T) {
		s := asking(scan(0, pkg("a", "1.0"), but(pkg("b", "1.0"), state("unpacked"))), true, "a")
		r := judged(t, securityOnly(), s, override(0, "a.amd64", messages.Installed), override(0, "b.amd64", messages.Installed))
		for patch, want := range map[string]messages.State{"a.amd64": pending, "b.amd64": messages.Failed} {
			if got := item(r, patch); got.State != messages.Installed || got.Reason.Override.ComputedState != want {
				t.Errorf("%s: %s, computed %s", patch, got.State, got.Reason.Override.ComputedState)
			}
		}
	})
}
