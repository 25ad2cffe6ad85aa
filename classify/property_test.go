package classify

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

func drawn(t *rapid.T) pick {
	return func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") }
}

func inJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// The report depends on the set of a host's events: not on their order, nor on how often each came.
func TestReport_is_the_same_in_whatever_order_events_come_and_however_often(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choices := randomHost(p)
		choice, settings, now := choices(), randomSettings(p), randomNow(p)
		mustBeValid(events)
		again := append(slices.Clone(events), events[:p(len(events)+1)]...)
		again = rapid.Permutation(again).Draw(t, "order")
		f, g := merged(events), merged(again)
		first, second := Classify("web-1", f, choice, settings, now), Classify("web-1", g, choice, settings, now)
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("first  %s\nsecond %s", inJSON(first), inJSON(second))
		}
		if f.NeedsFullScan() != g.NeedsFullScan() {
			t.Fatal("only one of them needs a full scan")
		}
	})
}

// Facts that were judged in between give the same report as facts that were not.
func TestClassify_changes_no_facts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choices := randomHost(p)
		choice := choices()
		want := Classify("web-1", merged(events), choice, Settings{}, t0)
		f := new(Facts)
		for _, e := range events {
			f.Add(e, messages.ContentSum(e))
			Classify("web-1", f, choice, Settings{}, t0)
		}
		if got := Classify("web-1", f, choice, Settings{}, t0); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %s\nwant %s", inJSON(got), inJSON(want))
		}
	})
}

// Due is the first time at which a report may change without an event: until then it does not.
func TestDue_is_when_a_report_changes_by_time_alone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choices := randomHost(p)
		f, choice, settings, now := merged(events), choices(), randomSettings(p), randomNow(p)
		if now.IsZero() {
			return
		}
		before := Classify("web-1", f, choice, settings, now)
		until := before.Due.Add(-1)
		if before.Due.IsZero() {
			until = now.Add(1000 * 24 * time.Hour)
		} else if !before.Due.After(now) {
			t.Fatalf("due %s, not after %s", before.Due, now)
		}
		after := Classify("web-1", f, choice, settings, until)
		if after.Frame != nil {
			after.Frame.At = now // as of when it was made
		}
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("at  %s %s\nand %s %s", now, inJSON(before), until, inJSON(after))
		}
	})
}

func TestDiff_of_a_report_with_itself_is_empty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choices := randomHost(p)
		choice := choices()
		before, after := Classify("web-1", merged(events), choice, Settings{}, t0), Classify("web-1", merged(events), choice, Settings{}, t0)
		Diff(nil, before, t0)
		turns := Diff(before, after, at(9))
		if len(turns) > 0 || Changed(before, after, turns) {
			t.Fatalf("got %s", inJSON(turns))
		}
		if inJSON(before.Patches) != inJSON(after.Patches) {
			t.Fatal("the time of the look changed an item")
		}
	})
}

// Whoever follows a host by its changes holds what the report says, but for reasons that changed alone.
func TestApply_of_a_Diff_gives_the_items_after(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		var report *Report
		var held []Item
		events, choices := randomHost(p)
		mustBeValid(events)
		f := new(Facts)
		for i, e := range events {
			f.Add(e, messages.ContentSum(e))
			next := Classify("web-1", f, choices(), randomSettings(p), randomNow(p))
			held = Apply(held, Diff(report, next, at(float64(i))))
			report = next
			if len(held) != len(next.Patches) {
				t.Fatalf("%d items, want %d", len(held), len(next.Patches))
			}
			for j, want := range next.Patches {
				got := held[j]
				if got.Reason.Override == nil != (want.Reason.Override == nil) {
					t.Fatalf("%s: override %+v, want %+v", want.Patch, got.Reason.Override, want.Reason.Override)
				}
				got.Reason, want.Reason = messages.Reason{}, messages.Reason{}
				got.Name, got.Arch = want.Name, want.Arch // of one patch they only differ while it is an entry that fits nothing
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("got  %+v\nwant %+v", got, want)
				}
			}
		}
	})
}
