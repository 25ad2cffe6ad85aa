package query

import (
	"slices"
	"strings"
	"unique"

	"github.com/patchstream/patchstream/messages"
)

// postings is the inverted index: for each package, of each version, the hosts that have it installed.
type postings struct {
	named  map[string]*packageOf // by name of the package, in lower case: the first of those that are called so
	list   []posting             // by position
	free   []uint32              // positions that are none
	bases  bases
	trails trails
}

// packageOf is a package of one architecture.
type packageOf struct {
	patch, name, arch string
	versions          []uint32   // positions: there are seldom more than a few
	next              *packageOf // another one whose name is the same, as of another architecture; nil: there is none
}

// is reports whether a package is meant. One that no host has is none.
func (of *packageOf) is(i *messages.Installation) bool {
	return of != nil && len(of.versions) > 0 && of.patch == i.Patch && of.name == i.Name
}

type posting struct {
	of      *packageOf // nil: the position is free
	version string
	hosts   hostSet
}

func newPostings() *postings {
	return &postings{named: make(map[string]*packageOf), bases: make(bases), trails: make(trails)}
}

// of returns a package, and makes one where there is none.
func (p *postings) of(i *messages.Installation) *packageOf {
	key := strings.ToLower(i.Name)
	for of := p.named[key]; of != nil; of = of.next {
		if of.is(i) {
			return of
		}
	}
	of := &packageOf{patch: strings.Clone(i.Patch), arch: unique.Make(i.Arch).Value(), next: p.named[key]}
	if rest, is := strings.CutPrefix(of.patch, i.Name); is {
		of.name = of.patch[:len(of.patch)-len(rest)]
	} else {
		of.name = strings.Clone(i.Name)
	}
	if key == of.name { // no second copy
		key = of.name
	} else {
		key = strings.Clone(key)
	}
	p.named[key] = of
	return of
}

// at returns the position of a package in a version, and makes one where there is none.
func (p *postings) at(of *packageOf, version string) uint32 {
	for _, at := range of.versions {
		if p.list[at].version == version {
			return at
		}
	}
	var at uint32
	if n := len(p.free); n > 0 {
		at, p.free = p.free[n-1], p.free[:n-1]
	} else {
		at = uint32(len(p.list))
		p.list = append(p.list, posting{})
	}
	p.list[at] = posting{of: of, version: strings.Clone(version)}
	of.versions = append(of.versions, at)
	return at
}

// called are the packages that a name may mean: their own or their full one, in any case.
func (p *postings) called(name string) (all []*packageOf) {
	key := strings.ToLower(name)
	for _, key := range []string{key, key[:max(0, strings.LastIndexByte(key, '.'))]} {
		for of := p.named[key]; of != nil; of = of.next {
			if strings.EqualFold(of.name, name) || strings.EqualFold(of.patch, name) {
				all = append(all, of)
			}
		}
	}
	return all
}

// drop forgets a position that no host has.
func (p *postings) drop(at uint32) {
	of := p.list[at].of
	of.versions = slices.DeleteFunc(of.versions, func(other uint32) bool { return other == at })
	p.list[at] = posting{}
	p.free = append(p.free, at)
	if len(of.versions) > 0 {
		return
	}
	key := strings.ToLower(of.name)
	if p.named[key] == of {
		if p.named[key] = of.next; of.next == nil {
			delete(p.named, key)
		}
		return
	}
	for other := p.named[key]; other != nil; other = other.next {
		if other.next == of {
			other.next = of.next
			return
		}
	}
}

// keep returns what a host has installed as it is kept.
func (p *postings) keep(of likeness, has []messages.Installation) numbers {
	sorted := make([]uint32, 0, len(has))
	trail := p.trails.of(of)
	for i := range has {
		is := &has[i]
		if is.Version == "" {
			continue
		}
		at, found := trail.find(func(at uint32) bool { return p.list[at].of.is(is) })
		switch {
		case !found:
			at = p.at(p.of(is), is.Version)
		case p.list[at].version != is.Version:
			at = p.at(p.list[at].of, is.Version)
		}
		sorted = append(sorted, at)
	}
	trail.keep(sorted)
	slices.Sort(sorted)
	return p.bases.keep(of, slices.Compact(sorted))
}

// move notes what a host has installed in the place of what it had.
func (p *postings) move(host uint32, had, has *numbers) {
	if had.same(has) {
		return
	}
	after := slices.Collect(has.each)
	for at := range had.each {
		for len(after) > 0 && after[0] < at {
			p.list[after[0]].hosts.add(host)
			after = after[1:]
		}
		if len(after) > 0 && after[0] == at {
			after = after[1:]
			continue
		}
		if p.list[at].hosts.remove(host); p.list[at].hosts.empty() {
			p.drop(at)
		}
	}
	for _, at := range after {
		p.list[at].hosts.add(host)
	}
}
