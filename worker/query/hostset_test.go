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
				if rapid.IntRange(0, 9).Draw(r, "shrink") == 0 {
					got.shrink()
				}
			} else {
				delete(want, host)
				got.remove(host)
			}
		}
		var each []uint32
		got.each(func(host uint32) { each = append(each, host) })
		all := roaring.New()
		got.into(all)
		some := roaring.BitmapOf(3, 4, 5, 6, 20, 30)
		among := roaring.And(all, some)
		if first, has := got.first(some); has == among.IsEmpty() || has && first != among.Minimum() || got.count(some) != int(among.GetCardinality()) || got.len() != len(want) {
			r.Fatalf("%v: first %d, %v; %d of %d", each, first, has, got.count(some), got.len())
		}
		if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(each, sorted) || !slices.Equal(all.ToArray(), each) && len(each) > 0 || got.empty() != (len(want) == 0) {
			r.Fatalf("%v, want %v", each, sorted)
		}
		var of []uint32
		got.eachOf(some, func(host uint32) { of = append(of, host) })
		if !slices.Equal(of, among.ToArray()) && len(of)+int(among.GetCardinality()) > 0 {
			r.Fatalf("of %v there are %v", some, of)
		}
		behind := uint32(50)
		got.addAll(behind, behind)
		got.addAll(behind, behind+rapid.Uint32Range(1, 40).Draw(r, "run"))
		if n := got.len() - len(want); n < 1 || !got.bitmap().Contains(behind) || !got.bitmap().Contains(behind+uint32(n)-1) {
			r.Fatalf("a run is %d", n)
		}
	})
}
