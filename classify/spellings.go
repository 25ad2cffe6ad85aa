package classify

import (
	"slices"
	"strings"
)

// merge puts the versions in order, and makes those that are equal in it one: whatever a listed version has, it has in each of
// its spellings. The installed spelling comes first, and is shown.
func (p *effective) merge() {
	if len(p.known) == 1 {
		p.known[0].textOnly = false
		return
	}
	slices.SortFunc(p.known, p.compareKnown)
	for first := 0; first < len(p.known); {
		one := p.known[first:]
		for i := 1; i < len(one) && p.order(&one[0], &one[i]) == 0; i++ {
			one[i].same = true
			one[0].security = one[0].security || one[i].security
		}
		one = one[:spellings(one)]
		for i := range one {
			one[i].security = one[0].security
			one[i].textOnly = one[i].textOnly && len(one) > 1
		}
		first += len(one)
	}
}

// order compares two known versions. Mostly one is installed, and of the other it is known that it is above.
func (p *effective) order(a, b *knownVersion) int {
	if a.above != b.above {
		return boolRank(a.above) - boolRank(b.above)
	}
	return p.family.compare(a.text, b.text)
}

func (p *effective) compareKnown(a, b knownVersion) int {
	switch c := p.order(&a, &b); {
	case c != 0:
		return c
	case a.text == p.installed:
		return -1
	case b.text == p.installed:
		return 1
	}
	return strings.Compare(a.text, b.text)
}

// spelled returns a known version in all its spellings; nil: it is not known.
func (p *effective) spelled(text string) []knownVersion {
	if len(p.known) > 0 && p.known[0].text == text {
		return p.known[:spellings(p.known)]
	}
	if p.family.ordered(text) != nil {
		return nil
	}
	i := slices.IndexFunc(p.known, func(v knownVersion) bool { return v.text == text || p.family.same(v.text, text) })
	if i < 0 {
		return nil
	}
	return p.known[i:][:spellings(p.known[i:])]
}
