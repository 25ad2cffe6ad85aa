package classify

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

// Whatever is forgotten at a bound, what is kept is the newest of all that came: not of the order, nor of how often.
func TestKept_facts_at_their_bounds_are_the_newest_in_whatever_order_events_come(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		var events []messages.Event
		for range 1 + p(4) {
			events = append(events, p.Host()...)
		}
		mustBeValid(events)
		keep := keeps{outcomes: 1 + p(6), overrides: 1 + p(3)}
		again := append(slices.Clone(events), events[:p(len(events)+1)]...)
		again = rapid.Permutation(again).Draw(t, "order")
		f, g := mergedWithin(keep, events), mergedWithin(keep, again)
		if want := newestOf(events, keep); inText(f) != want || inText(g) != want {
			t.Fatalf("kept %s\nand  %s\nwant %s", inText(f), inText(g), want)
		}
		f.Outcomes, f.Overrides, g.Outcomes, g.Overrides = nil, nil, nil, nil
		if !reflect.DeepEqual(f, g) {
			t.Fatalf("first  %s\nsecond %s", inJSON(f), inJSON(g))
		}
	})
}

// What says that the facts changed is true when, and only when, they did.
func TestKept_facts_at_their_bounds_say_when_they_changed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		keep := keeps{outcomes: 1 + p(6), overrides: 1 + p(3)}
		f := new(Facts)
		for range 1 + p(4) {
			for _, e := range p.Host() {
				before := *f
				outcomes, overrides := inText(f), len(f.Overrides)
				changed := f.add(e, messages.ContentSum(e), keep)
				differs := inText(f) != outcomes || len(f.Overrides) != overrides ||
					f.Full != before.Full || f.Unchanged != before.Unchanged || f.Incomplete != before.Incomplete ||
					f.LastRun != before.LastRun || f.Boot != before.Boot || f.Retired != before.Retired || !f.BootedAt.Equal(before.BootedAt)
				if differs && !changed {
					t.Fatalf("%s %s changed the facts and said it did not:\n%s\n%s", e.Kind(), e.EventID(), outcomes, inText(f))
				}
				if changed && f.add(e, messages.ContentSum(e), keep) {
					t.Fatalf("%s %s changed the facts twice", e.Kind(), e.EventID())
				}
			}
		}
	})
}

func mergedWithin(keep keeps, events []messages.Event) *Facts {
	f := new(Facts)
	for _, e := range events {
		f.add(e, messages.ContentSum(e), keep)
	}
	return f
}

// newestOf is what is to be kept, by the rule itself: all outcomes and overrides that ever were, the newest of each, the
// newest of those.
func newestOf(events []messages.Event, keep keeps) string {
	all := mergedWithin(keeps{1 << 20, 1 << 20}, events)
	type dated struct {
		key  PackageKey
		fact *OutcomeFact
		of   string
	}
	var outcomes []dated
	for key, o := range all.Outcomes {
		for of, fact := range map[string]*OutcomeFact{"installed": o.Installed, "failed": o.Failed} {
			if fact != nil {
				outcomes = append(outcomes, dated{key, fact, of})
			}
		}
	}
	slices.SortFunc(outcomes, func(a, b dated) int { return b.fact.compare(a.fact) })
	want := new(Facts)
	for _, o := range outcomes[:min(len(outcomes), keep.outcomes)] {
		if want.Outcomes == nil {
			want.Outcomes = make(map[PackageKey]Outcomes)
		}
		pair := want.Outcomes[o.key]
		if o.of == "installed" {
			pair.Installed = o.fact
		} else {
			pair.Failed = o.fact
		}
		want.Outcomes[o.key] = pair
	}
	patches := make([]string, 0, len(all.Overrides))
	for patch := range all.Overrides {
		patches = append(patches, patch)
	}
	slices.SortFunc(patches, func(a, b string) int { return all.Overrides[b].compare(all.Overrides[a].Stamp) })
	want.Overrides = make(map[string]OverrideFact)
	for _, patch := range patches[:min(len(patches), keep.overrides)] {
		want.Overrides[patch] = all.Overrides[patch]
	}
	return inText(want)
}

// inText is what is kept of outcomes and overrides, in an order.
func inText(f *Facts) string {
	var lines []string
	for key, o := range f.Outcomes {
		for of, fact := range map[string]*OutcomeFact{"installed": o.Installed, "failed": o.Failed} {
			if fact != nil {
				lines = append(lines, fmt.Sprintf("%s.%s %s %+v", key.Name, key.Arch, of, *fact))
			}
		}
	}
	for patch, o := range f.Overrides {
		lines = append(lines, fmt.Sprintf("%s %+v", patch, o))
	}
	slices.Sort(lines)
	return inJSON(lines)
}

// Runs that install ever new names: of each package one success and one failure is kept, of all the newest 50,000.
func TestFacts_of_a_host_do_not_pile_up(t *testing.T) {
	f := new(Facts)
	for n := range 3 {
		r := run(float64(n))
		r.ID = fmt.Sprint(n)
		for i := range messages.MaxOutcomes {
			o := messages.Outcome{Name: fmt.Sprintf("p%d-%d", n, i), Arch: "amd64", To: new("1.0"), Result: messages.ResultFailed}
			r.Outcomes = append(r.Outcomes, o)
		}
		if n == 2 {
			r.Outcomes = r.Outcomes[:10]
		}
		if !f.Add(r, messages.ContentSum(r)) {
			t.Fatalf("run %d changed nothing", n)
		}
	}
	if len(f.Outcomes) != MaxOutcomes || !f.AtBound() {
		t.Fatalf("%d outcomes are kept, at their bound %t", len(f.Outcomes), f.AtBound())
	}
	for _, name := range []string{"p2-0", "p2-9", "p1-10", "p1-49999"} {
		if _, ok := f.Outcomes[PackageKey{name, "amd64"}]; !ok {
			t.Errorf("%s is forgotten", name)
		}
	}
	for _, name := range []string{"p0-49999", "p1-9"} {
		if _, ok := f.Outcomes[PackageKey{name, "amd64"}]; ok {
			t.Errorf("%s is kept", name)
		}
	}
	old := run(0, "older 1.0 failed")
	old.ID = "0"
	old.BootID = ""
	if f.Add(old, messages.ContentSum(old)) {
		t.Error("an outcome that is older than all that are kept changed the facts")
	}
}

func TestFacts_keep_the_newest_overrides(t *testing.T) {
	f := new(Facts)
	for n := range MaxOverrides + 10 {
		o := &messages.Override{ID: fmt.Sprint(n), Host: "web-1", Patch: fmt.Sprintf("p%d", n), State: messages.Installed, Reason: "r", By: "ops", At: at(float64(n)), Withdraw: n%2 == 0}
		if !f.Add(o, messages.ContentSum(o)) {
			t.Fatalf("override %d changed nothing", n)
		}
		if got, want := f.AtBound(), n+1 >= MaxOverrides; got != want {
			t.Fatalf("after %d overrides: at the bound %t", n+1, got)
		}
	}
	_, oldest := f.Overrides["p9"]
	_, kept := f.Overrides["p10"]
	if oldest || !kept || len(f.Overrides) != MaxOverrides {
		t.Errorf("%d overrides are kept; the oldest %t, the first that should be %t", len(f.Overrides), oldest, kept)
	}
	for n := range 20 {
		f.Overrides[fmt.Sprintf("beyond%d", n)] = OverrideFact{}
	}
	if f.Trim(); len(f.Overrides) != MaxOverrides {
		t.Errorf("%d overrides are left of what an older worker kept", len(f.Overrides))
	}
}
