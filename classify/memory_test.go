package classify

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

// zero reports whether nothing is in a list, nor behind it.
func zero[T any](list []T) bool {
	return !slices.ContainsFunc(list[:cap(list)], func(v T) bool { return !reflect.ValueOf(&v).Elem().IsZero() })
}

// Nobody can tell by a report in whose memory it was made.
func TestJudging_in_the_memory_of_another_host_gives_what_judging_in_ones_own_gives(t *testing.T) {
	m, again := new(memory), 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choices := randomHost(p)
		f, choice, settings := new(Facts), choices(), randomSettings(p)
		for _, e := range events {
			f.Add(e, messages.ContentSum(e))
		}
		want := Classify("web-1", f, choice, settings, t0)
		wantMoved := Diff(nil, want, t0)
		if cap(m.items) > 0 && len(want.Patches) > 0 {
			again++
		}
		j := begin("web-1", f, choice, settings, t0, nil)
		j.memory = m
		got := j.Report()
		if moved := j.Diff(nil, got, t0); !cmp.Equal(moved, wantMoved, cmpopts.EquateEmpty()) || !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %s\nwant %s", inJSON(got), inJSON(want))
		}
		if j.Release(); !zero(m.items) || !zero(m.transitions) || !zero(m.stops.piece) || !zero(m.pairs.piece) {
			t.Fatalf("it keeps something of the host: %+v", m)
		}
	})
	if again < 20 {
		t.Errorf("only %d reports were made in memory of before", again)
	}
}

func TestTheMemoryOfALargeHostIsNotKept(t *testing.T) {
	m := new(memory)
	items := append(m.takeItems(0), make([]Item, mostKept+1)...)
	m.stops.take(2*mostKept + 1)
	m.takeBack(items, make([]messages.Transition, mostKept+1))
	if cap(m.items)+cap(m.transitions)+cap(m.stops.piece) > 0 {
		t.Errorf("%d items, %d transitions and %d reasons are kept", cap(m.items), cap(m.transitions), cap(m.stops.piece))
	}
}
