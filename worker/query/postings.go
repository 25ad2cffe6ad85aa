package query

import (
	"encoding/binary"
	"slices"
	"strings"
	"unique"
)

// postings is the inverted index: for each package, of each version, the hosts that have it installed.
type postings struct {
	named map[string]*packageOf // by name of the package, in lower case: the first of those that are called so
	list  []posting             // by position
	free  []uint32              // positions that are none
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
}

func newPostings() *postings {
	return &postings{named: make(map[string]*packageOf)}
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

// put notes what a host has installed in the place of what it had, and returns that as it is kept.
func (p *postings) put(host uint32, had unique.Handle[string], has []installation) unique.Handle[string] {
	now := make([]uint32, 0, len(has))
	for i := range has {
		now = append(now, p.at(&has[i]))
	}
	slices.Sort(now)
	now = slices.Compact(now)
	kept := positions(now)
	if kept == had {
		return had
	}
	before := had.Value()
	for at := range each(before) {
		if _, still := slices.BinarySearch(now, at); still {
			continue
		}
		if p.list[at].hosts.remove(host); p.list[at].hosts.empty() {
			p.drop(at)
		}
	}
	for _, at := range now {
		p.list[at].hosts.add(host)
	}
	return kept
}

// shrink makes the bitmaps as small as they get. They stay right as they are changed.
func (p *postings) shrink() {
	for i := range p.list {
		if many := p.list[i].hosts.many; many != nil {
			many.RunOptimize()
		}
	}
}

// positions writes positions, in their order, as the differences between them, each as [binary.AppendUvarint] does; the first is counted from
// -1, so that no difference is 0. A 0 and a number stand for so many positions one after the other: packages that came together have such.
// Hosts with the same packages share one text.
func positions(sorted []uint32) unique.Handle[string] {
	text := make([]byte, 0, len(sorted))
	next := uint32(0) // the one behind the last
	for i := 0; i < len(sorted); {
		run := 0
		for i+run < len(sorted) && sorted[i+run] == next+uint32(run) {
			run++
		}
		if run > 2 {
			text = binary.AppendUvarint(append(text, 0), uint64(run))
			next += uint32(run)
			i += run
			continue
		}
		text = binary.AppendUvarint(text, uint64(sorted[i]-next+1))
		next = sorted[i] + 1
		i++
	}
	return unique.Make(string(text))
}

// nothingInstalled is positions of none.
var nothingInstalled = positions(nil)

// each reads what positions wrote.
func each(text string) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		next := uint32(0)
		for len(text) > 0 {
			run := uint32(1)
			var difference uint32
			if difference, text = uvarint(text); difference == 0 {
				run, text = uvarint(text)
				difference = 1
			}
			for next += difference - 1; run > 0; run-- {
				if !yield(next) {
					return
				}
				next++
			}
		}
	}
}

// uvarint is [binary.Uvarint] of a string.
func uvarint(text string) (n uint32, rest string) {
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		if n |= uint32(text[i]&0x7f) << shift; text[i] < 0x80 {
			return n, text[i+1:]
		}
	}
}
