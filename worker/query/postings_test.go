package query

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

func TestPackagesOfOneNameAreForgottenOneByOne(t *testing.T) {
	t.Parallel()
	var all []messages.Installation
	for _, of := range [][3]string{{"Lib.amd64", "Lib", "amd64"}, {"lib.i386", "lib", "i386"}, {"lib.arm64", "lib", "arm64"}, {"python3.11", "python3.11", ""}} {
		all = append(all, messages.Installation{Patch: of[0], Name: of[1], Arch: of[2], Version: "1"})
	}
	names := func(p *postings, asked string) (got []string) {
		for _, of := range p.called(asked) {
			got = append(got, of.patch)
		}
		slices.Sort(got)
		return got
	}
	rapid.Check(t, func(r *rapid.T) {
		p, kept := newPostings(), numbers{}
		put := func(has []messages.Installation) {
			now := p.keep(likeness{}, has)
			p.move(7, &kept, &now)
			kept = now
		}
		put(all)
		for asked, want := range map[string][]string{
			"LIB": {"Lib.amd64", "lib.arm64", "lib.i386"}, "lib.I386": {"lib.i386"}, "lib.amd64": {"Lib.amd64"}, "python3.11": {"python3.11"}, "python3": nil, "": nil,
		} {
			if got := names(p, asked); !slices.Equal(got, want) {
				r.Fatalf("%q: %v, want %v", asked, got, want)
			}
		}
		left := rapid.Permutation(all).Draw(r, "order")
		for len(left) > 0 {
			left = left[1:]
			put(left)
			var want []string
			for _, i := range left {
				if i.Arch != "" {
					want = append(want, i.Patch)
				}
			}
			slices.Sort(want)
			if got := names(p, "lib"); !slices.Equal(got, want) {
				r.Fatalf("%v are left: %v", want, got)
			}
		}
		if len(p.named) != 0 || len(p.free) != len(p.list) {
			r.Fatalf("%d names, %d of %d places free", len(p.named), len(p.free), len(p.list))
		}
	})
}
