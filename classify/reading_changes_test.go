package classify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// What changed from one event to the next (contract.md, "Changes out"), read from whole answers.

func TestTheCodeAndASecondReadingAgreeOnWhatChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { anyHistory.Draw(t, "history").follow(t) })
}

// follow judges the host after each of its events, and holds what is said to have changed to what did.
func (h *history) follow(t *rapid.T) {
	var (
		before     *classify.Report
		lastAnswer answer
		lastEvents []messages.Event
		held       []classify.Item
		came       = map[string]time.Time{} // since when an item is as it is
		stands     = map[string]time.Time{} // since when a condition does
	)
	for i, e := range h.events {
		so := &history{events: append(lastEvents, e), library: h.library}
		want, os := so.read(h.nows[0])
		lib, err := h.library.library(os)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := judge(lib, so.events, h.nows[0])
		when := readStart.Add(time.Duration(i) * time.Minute)
		transitions := classify.Diff(before, report, when)
		changed := classify.Changed(before, report, transitions)

		want.resend, lastAnswer.resend = false, false
		if diff := differ(asChanges(lastAnswer), asChanges(want)); diff != "" && !changed {
			t.Fatalf("after %s nothing is said to have changed, but did (+):\n%s\n%s", e.EventID(), diff, so)
		}
		if _, again := e.(*messages.Recheck); again && i > 0 && changed {
			t.Fatalf("a recheck that finds all as it was changes something: %v\n%s", transitions, so)
		}
		held = classify.Apply(held, transitions)
		if diff := cmp.Diff(shown(report.Patches), shown(held)); diff != "" {
			t.Fatalf("the items after %s are (-), those that follow from the transitions (+):\n%s\n%s", e.EventID(), diff, so)
		}
		came = itemsSince(came, lastAnswer.items, want.items, when)
		stands = conditionsSince(stands, want.conditions, when)
		if diff := cmp.Diff(came, sinceOf(report.Patches)); diff != "" {
			t.Fatalf("since, after %s (-the pages +the code):\n%s\n%s", e.EventID(), diff, so)
		}
		if diff := cmp.Diff(stands, conditionsSinceOf(report.Conditions)); diff != "" {
			t.Fatalf("conditions since, after %s (-the pages +the code):\n%s\n%s", e.EventID(), diff, so)
		}
		before, lastAnswer, lastEvents = report, want, so.events
	}
}

// asChanges leaves out what is no change: of a KB that only a run named, a scan may tell another architecture.
func asChanges(a answer) answer {
	a.items = slices.Clone(a.items)
	for i := range a.items {
		a.items[i].arch = ""
	}
	return a
}

// itemsSince: an item's time starts anew when its state does, save between MISSING and FAILED.
func itemsSince(came map[string]time.Time, before, after []verdict, when time.Time) map[string]time.Time {
	due := func(s messages.State) bool { return s == messages.Missing || s == messages.Failed }
	next := map[string]time.Time{}
	for _, v := range after {
		next[v.patch] = when
		i := slices.IndexFunc(before, func(w verdict) bool { return w.patch == v.patch })
		if i >= 0 && (before[i].state == v.state || due(before[i].state) && due(v.state)) {
			next[v.patch] = came[v.patch]
		}
	}
	return next
}

func conditionsSince(stood map[string]time.Time, codes []string, when time.Time) map[string]time.Time {
	next := map[string]time.Time{}
	for _, code := range codes {
		next[code] = when
		if since, ok := stood[code]; ok {
			next[code] = since
		}
	}
	return next
}

// shown leaves of items what counts as a change.
func shown(items []classify.Item) []classify.Item {
	out := slices.Clone(items)
	for i := range out {
		out[i].Name, out[i].Arch = "", "" // of one patch they only differ while it is an entry that fits nothing
		out[i].Reason, out[i].Since = messages.Reason{}, time.Time{}
	}
	return out
}

func conditionsSinceOf(conditions []messages.Condition) map[string]time.Time {
	since := map[string]time.Time{}
	for _, c := range conditions {
		since[c.Code] = c.Since
	}
	return since
}

func sinceOf(items []classify.Item) map[string]time.Time {
	since := map[string]time.Time{}
	for _, item := range items {
		since[item.Patch] = item.Since
	}
	return since
}
