package query

import (
	"slices"
	"strings"
	"unique"
)

// postings is the inverted index: for each package, of each version, the hosts that have it installed.
type postings struct {
	named map[string]*packageOf // by name of the package, in lower case: the first of those that are called so
	list  []posting             // by position
	free  []uint32              // positions that are none
	bases bases
}

// packageOf is a package of one architecture.
type packageOf struct {
	patch, name, arch string
	versions          []uint32   // positions: there are seldom more than a few
	next              *packageOf // another one whose name is the same, as of another architecture; nil: there is none
}

type posting struct {
	of      *packageOf // nil: the position is free
	version string
	hosts   hostSet
	behind  uint32 // the position behind it on the host that was read last: on the next one it is likely the same
}

func (p *posting) is(i *installation) bool {
	return p.of != nil && p.version == i.version && p.of.patch == i.patch && p.of.name == i.name
}

func newPostings() *postings {
	return &postings{named: make(map[string]*packageOf), bases: make(bases)}
}

// at returns the position of a package in a version, and makes one where there is none.
func (p *postings) at(i *installation) uint32 {
	key := strings.ToLower(i.name)
	of := p.named[key]
	for of != nil && (of.patch != i.patch || of.name != i.name) {
		of = of.next
	}
	if of == nil {
		of = &packageOf{patch: strings.Clone(i.patch), arch: unique.Make(i.arch).Value(), next: p.named[key]}
		if rest, is := strings.CutPrefix(of.patch, i.name); is {
			of.name = of.patch[:len(of.patch)-len(rest)]
		} else {
			of.name = strings.Clone(i.name)
		}
		if key == of.name { // no second copy
			key = of.name
		} else {
			key = strings.Clone(key)
		}
		p.named[key] = of
	}
	for _, at := range of.versions {
		if p.list[at].version == i.version {
			return at
		}
	}
	var at uint32
	version := strings.Clone(i.version)
	if n := len(p.free); n > 0 {
		at, p.free = p.free[n-1], p.free[:n-1]
	} else {
		at = uint32(len(p.list))
		p.list = append(p.list, posting{})
	}
	p.list[at] = posting{of: of, version: version}
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
func (p *postings) keep(of likeness, has []installation) numbers {
	sorted := make([]uint32, 0, len(has))
	likely := uint32(0)
	for i := range has {
		at := likely
		if len(p.list) == 0 || !p.list[at].is(&has[i]) {
			if at = p.at(&has[i]); i > 0 {
				p.list[sorted[i-1]].behind = at
			}
		}
		sorted = append(sorted, at)
		likely = p.list[at].behind
	}
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
