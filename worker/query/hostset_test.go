package query

import (
	"maps"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"
)

func TestAHostSetIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		want, got := make(map[uint32]bool), hostSet{}
		for range rapid.IntRange(0, 200).Draw(r, "steps") {
			host := rapid.Uint32Range(0, 40).Draw(r, "host")
			if rapid.Bool().Draw(r, "add") {
				want[host] = true
				got.add(host)
			} else {
				delete(want, host)
				got.remove(host)
			}
		}
		var each []uint32
		got.each(func(host uint32) { each = append(each, host) })
		all := roaring.New()
		got.into(all)
		if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(each, sorted) || !slices.Equal(all.ToArray(), each) && len(each) > 0 || got.empty() != (len(want) == 0) {
			r.Fatalf("%v, want %v", each, sorted)
		}
	})
}
