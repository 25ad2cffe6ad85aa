package classify

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

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
		events, choice, settings, now := p.randomHost(), p.choice(), p.settings(), p.now()
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
		events, choice := p.randomHost(), p.choice()
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

func TestDiff_of_a_report_with_itself_is_empty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choice := p.randomHost(), p.choice()
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
		events := p.randomHost()
		mustBeValid(events)
		f := new(Facts)
		for i, e := range events {
			f.Add(e, messages.ContentSum(e))
			next := Classify("web-1", f, p.choice(), p.settings(), p.now())
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
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("got  %+v\nwant %+v", got, want)
				}
			}
		}
	})
}

// versionText draws versions of the whole legal alphabet, with parts that meet.
func versionText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		epoch := rapid.SampledFrom([]string{"", "", "0:", "00:", "1:", "2147483647:"}).Draw(t, "epoch")
		upstream := rapid.StringMatching(`[a-z0-9A-Z.+~-]{1,3}[0-9]{0,2}[.+~:-]{0,2}[0-9a-zA-Z]{0,4}`).Draw(t, "upstream")
		revision := rapid.SampledFrom([]string{"", "-0", "-1", "-1~", "-1+b1", "-00", "-~"}).Draw(t, "revision")
		return epoch + upstream + revision
	}).Filter(func(v string) bool { return ValidVersion(v) == nil })
}

func TestCompareVersions_is_a_total_order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := versionText().Draw(t, "a"), versionText().Draw(t, "b"), versionText().Draw(t, "c")
		ab, ba, bc, ac := CompareVersions(a, b), CompareVersions(b, a), CompareVersions(b, c), CompareVersions(a, c)
		if CompareVersions(a, a) != 0 {
			t.Fatalf("%q is not equal to itself", a)
		}
		if ab != -ba || ab < -1 || ab > 1 {
			t.Fatalf("%q and %q: %d one way, %d the other", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 || ab == 0 && bc != ac {
			t.Fatalf("%q %q %q: %d, %d, yet %d", a, b, c, ab, bc, ac)
		}
	})
}
