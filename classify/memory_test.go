package classify

import (
	"fmt"
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

// Nobody can tell by a report in whose memory it was made, nor whom its judge has judged before.
func TestJudging_in_the_memory_of_another_host_gives_what_judging_in_ones_own_gives(t *testing.T) {
	m, again, judges := new(memory), 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		_, choices := randomHost(p)
		choice, settings, now := choices(), randomSettings(p), t0
		for range 3 {
			events, _ := randomHost(p)
			f := new(Facts)
			product := []string{"Ubuntu22.04", "Ubuntu24.04"}[p(2)]
			for _, e := range events {
				if scan, ok := e.(*messages.Scan); ok {
					scan.OS.Product = product
				}
				f.Add(e, messages.ContentSum(e))
			}
			now = now.Add(randomStep(p))
			want := Classify("web-1", f, choice, settings, now)
			wantMoved := Diff(nil, want, now)
			if cap(m.items) > 0 && len(want.Patches) > 0 {
				again++
			}
			was := m.judge
			j := begin("web-1", f, choice, settings, now, nil)
			j.memory = m
			got := j.Report()
			if was != nil && m.judge == was && len(want.Patches) > 0 {
				judges++
			}
			if moved := j.Diff(nil, got, now); !cmp.Equal(moved, wantMoved, cmpopts.EquateEmpty()) || !reflect.DeepEqual(got, want) {
				t.Fatalf("got  %s\nwant %s", inJSON(got), inJSON(want))
			}
			if j.Release(); !zero(m.items) || !zero(m.transitions) || !zero(m.stops.piece) || !zero(m.pairs.piece) {
				t.Fatalf("it keeps something of the host: %+v", m)
			}
		}
	})
	if again < 20 || judges < 20 {
		t.Errorf("only %d reports were made in memory of before, and %d by a judge of before", again, judges)
	}
}

// What hosts make up is not kept for those that come after them, nor how long it took to match it with patterns.
func TestAJudgeKeepsLittleOfAHost(t *testing.T) {
	judged := func(m *memory, sections int) *judge {
		var packages []messages.Package
		for i := range sections {
			p := pkg(fmt.Sprintf("package-%d", i), "1.0", "1.1 security")
			p.Versions[0].Section = fmt.Sprint("section-", i)
			packages = append(packages, p)
		}
		f := new(Facts)
		f.Add(scan(0, packages...), [32]byte{1})
		j := begin("web-1", f, Choice{Baseline: securityOnly(approved("package-*"))}, Settings{}, t0, nil)
		j.memory = m
		j.items = j.Report().Patches
		is := m.judge
		j.Release()
		return is
	}
	m := new(memory)
	if is := judged(m, 3); m.judge != is || is.approvedEntries != nil {
		t.Errorf("%v is kept, with entries %v", m.judge, is.approvedEntries)
	}
	if judged(m, 2*maxKeptRulings); m.judge != nil {
		t.Errorf("%d rulings are kept", len(m.judge.rulings))
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
