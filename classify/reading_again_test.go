package classify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// The same histories, one event after the other, as a worker meets them: each report is made from the one before, of hosts
// of every family.
func TestJudging_what_changed_of_any_host_gives_what_judging_everything_gives(t *testing.T) {
	scope := make(map[string]map[classify.Needs]int)
	for range readRounds {
		rapid.Check(t, func(t *rapid.T) { anyHistory.Draw(t, "history").judgeAgain(t, scope) })
		if t.Failed() {
			return
		}
	}
	for system, needs := range scope {
		if needs[classify.Needs{}] < 20 || needs[classify.Needs{Items: true, Packages: true}] < 20 {
			t.Errorf("of %s only these were judged: %v", system, needs)
		}
	}
}

func (h *history) judgeAgain(t *rapid.T, scope map[string]map[classify.Needs]int) {
	_, os := h.read(time.Time{})
	library, err := h.library.library(os)
	if err != nil {
		t.Fatal(err)
	}
	nows := slices.SortedFunc(slices.Values(h.nows), time.Time.Compare)
	var facts classify.Facts
	var before *classify.Before
	for i, e := range h.events {
		facts.Add(e, messages.ContentSum(e))
		now := nows[i*len(nows)/len(h.events)]
		want := library.Judge(readHost, &facts, now)
		judging := library.Begin(readHost, &facts, now, before)
		if facts.Full != nil && before != nil {
			system := facts.Full.Scan.OS.System
			if scope[system] == nil {
				scope[system] = make(map[classify.Needs]int)
			}
			needs := judging.Needs()
			needs.Only, needs.Bare = nil, false
			scope[system][needs]++
		}
		var last *classify.Report
		var items []classify.Item
		if before != nil {
			last = before.Report
			items = last.Patches
		}
		classify.Diff(last, want, now)
		if last != nil {
			judging.Needs().Narrow(last, before.Facts)
		}
		got := judging.Report()
		if got == nil {
			judging.NeedsAll()
			last.Patches, last.Rest = items, nil
			got = judging.Report()
		}
		classify.Diff(last, got, now)
		if last != nil {
			last.Patches, last.Rest = items, nil
			got.Join(items)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("event %d at %s (-judging everything +judging what changed):\n%s\n%s", i, now.Format(time.RFC3339), diff, h)
		}
		before = &classify.Before{Facts: facts.Fork(), Report: got}
		if got.Refused != nil {
			before = nil
		}
	}
}
