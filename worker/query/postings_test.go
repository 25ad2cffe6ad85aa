package query

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPositionsAreReadAsTheyWereWritten(t *testing.T) {
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
		if got := slices.Collect(each(positions(want).Value())); !slices.Equal(got, want) {
			r.Fatalf("%v, want %v", got, want)
		}
	})
	if all := positions([]uint32{0, 1, 2, 3, 4, 5, 6, 7}).Value(); len(all) != 2 {
		t.Errorf("%q", all)
	}
}
