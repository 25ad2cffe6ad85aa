package classify

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// The bounds of what is kept of a host, however many events it sends.
const (
	MaxOutcomes  = messages.MaxOutcomes // successes and failures together: as many as one run may have
	MaxOverrides = 4096                 // withdrawals included
)

// maxRunIDBytes bounds what is kept of a run's id with an outcome: a change may say it 50,000 times.
const maxRunIDBytes = 128

func shortRunID(runID string) string {
	if len(runID) <= maxRunIDBytes {
		return runID
	}
	return strings.ToValidUTF8(runID[:maxRunIDBytes], "")
}

// keeps are those bounds. Of what is beyond one the oldest goes. What is kept of a package or a patch is its newest, and what
// is too old is older than all else; so each bound cuts one order at one place, and it is the same in whatever order events
// come, and however often.
type keeps struct{ outcomes, overrides int }

var kept = keeps{MaxOutcomes, MaxOverrides}

// AtBound reports whether the outcomes or the overrides kept equal their bound: older ones may be forgotten.
func (f *Facts) AtBound() bool {
	return f.outcomes() >= MaxOutcomes || len(f.Overrides) >= MaxOverrides
}

// Trim drops what a worker that knew no bounds kept beyond them.
func (f *Facts) Trim() {
	f.dropOutcomesBeyond(MaxOutcomes)
	f.dropOverridesBeyond(MaxOverrides)
}

// outcomes returns how many outcomes are kept.
func (f *Facts) outcomes() (n int) {
	for _, o := range f.Outcomes {
		if o.Installed != nil {
			n++
		}
		if o.Failed != nil {
			n++
		}
	}
	return n
}

// oldestOutcome returns the oldest one that is kept where there are most of them: what is older is forgotten at once.
// Nil: there is room.
func (f *Facts) oldestOutcome(most int) (oldest *OutcomeFact) {
	if f.outcomes() < most {
		return nil
	}
	for _, o := range f.Outcomes {
		for _, fact := range []*OutcomeFact{o.Installed, o.Failed} {
			if fact != nil && (oldest == nil || oldest.newerThan(fact)) {
				oldest = fact
			}
		}
	}
	return oldest
}

// dropOutcomesBeyond drops the oldest outcomes until most are left.
func (f *Facts) dropOutcomesBeyond(most int) {
	over := f.outcomes() - most
	if over <= 0 {
		return
	}
	all := make([]*OutcomeFact, 0, over+most)
	for _, o := range f.Outcomes {
		for _, fact := range []*OutcomeFact{o.Installed, o.Failed} {
			if fact != nil {
				all = append(all, fact)
			}
		}
	}
	slices.SortFunc(all, (*OutcomeFact).compare)
	first := all[over]
	f.dropOutcomes(func(o *OutcomeFact) bool { return first.newerThan(o) })
}

// dropOutcomes drops those of the outcomes of which drop is true.
func (f *Facts) dropOutcomes(drop func(*OutcomeFact) bool) {
	for key, o := range f.Outcomes {
		was := o
		if o.Installed != nil && drop(o.Installed) {
			o.Installed = nil
		}
		if o.Failed != nil && drop(o.Failed) {
			o.Failed = nil
		}
		switch {
		case o == was:
			continue
		case f.shared.outcomes: // the loop goes on over the map as it was
			f.ownOutcomes()
		}
		if o == (Outcomes{}) {
			delete(f.Outcomes, key)
		} else {
			f.Outcomes[key] = o
		}
	}
}

// dropOverridesBeyond drops the oldest overrides until most are left.
func (f *Facts) dropOverridesBeyond(most int) {
	over := len(f.Overrides) - most
	if over <= 0 {
		return
	}
	f.ownOverrides()
	patches := slices.SortedFunc(maps.Keys(f.Overrides), func(a, b string) int {
		return f.Overrides[a].compare(f.Overrides[b].Stamp)
	})
	for _, patch := range patches[:over] {
		delete(f.Overrides, patch)
	}
}

// compare returns -1, 0 or 1 as o is older than, the same as or newer than p.
func (o *OutcomeFact) compare(p *OutcomeFact) int {
	return cmp.Or(o.Stamp.compare(p.Stamp), cmp.Compare(o.Position, p.Position))
}
