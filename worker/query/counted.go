package query

import (
	"context"
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Counted bounds one of the counts of a host.
type Counted struct {
	Count string // a state, or one of what makes a host non-compliant, as in [messages.Counts]
	Is    Comparison
	Than  int
}

// Comparison is how a count stands to a number.
type Comparison string

// The comparisons.
const (
	Equal    Comparison = "="
	NotEqual Comparison = "!="
	Less     Comparison = "<"
	Greater  Comparison = ">"
)

// Fits reports whether a number is as it is asked for.
func (c Counted) Fits(n int) bool {
	switch c.Is {
	case Equal:
		return n == c.Than
	case NotEqual:
		return n != c.Than
	case Less:
		return n < c.Than
	case Greater:
		return n > c.Than
	}
	return false
}

func (f *Filter) countsFit(e *entry) bool {
	for _, c := range f.Counted {
		if at := slices.Index(countKeys[:], c.Count); at < 0 || !c.Fits(int(e.counts[at])) {
			return false
		}
	}
	return true
}

// Presence is whether a host is still there, by its newest complete scan.
type Presence string

// The presences.
const (
	Present Presence = "present" // its scan is no older than the settings allow
	Silent  Presence = "silent"  // it is older, or there is none
	Gone    Presence = "gone"    // the host is retired
)

func (a *asOf) presence() Presence {
	return presence(a.status == messages.Retired, a.scanAt == 0, a.has(classify.ScanOld))
}

// Presence returns whether the host is still there.
func (v *HostView) Presence() Presence {
	old := slices.ContainsFunc(v.Conditions, func(c messages.Condition) bool { return c.Code == classify.ScanOld })
	return presence(v.Status == messages.Retired, v.ScanAt == nil, old)
}

func presence(retired, unscanned, old bool) Presence {
	switch {
	case retired:
		return Gone
	case unscanned || old:
		return Silent
	}
	return Present
}

// Holders is on how many hosts there is some patch in each state, or that makes it non-compliant.
type Holders struct {
	Hosts int // of the filter
	With  messages.Counts
}

// Holders answers on how many hosts of a filter each count is not zero.
func (x *Index) Holders(ctx context.Context, f Filter) (*Holders, error) {
	answer := &Holders{With: make(messages.Counts, numCounts)}
	return answer, x.read(ctx, func(s *snapshot) error {
		s.matching(&f, func(a *asOf) {
			answer.Hosts++
			for i, n := range a.counts {
				if n > 0 {
					answer.With[countKeys[i]]++
				}
			}
		})
		return nil
	})
}
