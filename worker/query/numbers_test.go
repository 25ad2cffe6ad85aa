package query

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var want []uint32
		at := uint32(0)
		for range rapid.IntRange(0, 40).Draw(r, "pieces") {
			at += rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32Range(0, 1<<20)).Draw(r, "gap")
			for range rapid.IntRange(1, 20).Draw(r, "run") {
				want = append(want, at)
				at++
			}
		}
		if got := slices.Collect((&numbers{diff: written(want)}).each); !slices.Equal(got, want) {
			r.Fatalf("%v, want %v", got, want)
		}
	})
	if all := written([]uint32{0, 1, 2, 3, 4, 5, 6, 7}); len(all) != 2 {
		t.Errorf("%q", all)
	}
}

// Whatever came before, and whatever it is kept against, a set is read as it was kept.
func TestASetIsKeptAgainstOneThatIsAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b, last := make(bases), make(map[uint32]bool)
		for range rapid.IntRange(1, 40).Draw(r, "sets") {
			if rapid.IntRange(0, 3).Draw(r, "anew") == 0 {
				clear(last)
				for _, n := range rapid.SliceOf(rapid.Uint32Range(0, 300)).Draw(r, "numbers") {
					last[n] = true
				}
			}
			for _, n := range rapid.SliceOfN(rapid.Uint32Range(0, 300), 0, 5).Draw(r, "others") {
				if last[n] = !last[n]; !last[n] {
					delete(last, n)
				}
			}
			sorted := slices.Sorted(maps.Keys(last))
			kept := b.keep(likeness{}, sorted)
			if got := slices.Collect(kept.each); !slices.Equal(got, sorted) {
				r.Fatalf("%v, want %v", got, sorted)
			}
			if again := b.keep(likeness{}, sorted); !again.same(&kept) {
				r.Fatal("the same is kept otherwise")
			}
		}
	})
	many := make([]uint32, 200)
	for i := range many {
		many[i] = uint32(3 * i)
	}
	b := make(bases)
	b.keep(likeness{}, many)
	if kept := b.keep(likeness{}, many[1:]); kept.base == nil || len(kept.diff) != 1 {
		t.Errorf("one number less takes %d bytes", len(kept.diff))
	}
}
