package query

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

// Whatever hosts of many groups had before, each is kept with the packages that it has.
func TestAHostHasItsOwnPackagesWhateverTheLastOneLikeItHad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPostings()
		groups := rapid.SampledFrom([]int{1, 3, mostTrails + 1}).Draw(t, "groups")
		for host := range groups + rapid.IntRange(1, 20).Draw(t, "hosts") {
			var has []messages.Installation
			var want []string
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 2*ahead), 0, 2*ahead, rapid.ID[int]).Draw(t, "packages") {
				name, version := "p"+strconv.Itoa(n), strconv.Itoa(rapid.IntRange(0, 2).Draw(t, "version"))
				has = append(has, messages.Installation{Patch: name + ".amd64", Name: name, Arch: "amd64", Version: version})
				want = append(want, name+" "+version)
			}
			kept := p.keep(likeness{group: strconv.Itoa(host % groups)}, has)
			var got []string
			for at := range kept.each {
				got = append(got, p.list[at].of.name+" "+p.list[at].version)
			}
			slices.Sort(got)
			if slices.Sort(want); !slices.Equal(got, want) {
				t.Fatalf("host %d has %v, and is kept with %v", host, want, got)
			}
			if len(p.trails) > mostTrails {
				t.Fatalf("%d trails", len(p.trails))
			}
		}
	})
}
