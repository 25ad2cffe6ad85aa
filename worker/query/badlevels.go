package query

import (
	"iter"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Levels is how many patches there are of each level.
type Levels map[messages.Level]int

// NonCompliant returns what says of a state whether patches in it make the host of a report NON_COMPLIANT. What
// AVAILABLE_SECURITY_UPDATE does the baseline said by which the report was made, and the counts show.
func NonCompliant(r *classify.Report) func(messages.State) bool {
	var bad badCounts
	for i := range r.Patches {
		if p := &r.Patches[i]; p.State.NonCompliant() {
			bad.add(p.Level, p.Classification)
		}
	}
	available := bad != badCounts{r.Counts[messages.CriticalNonCompliant], r.Counts[messages.SecurityNonCompliant], r.Counts[messages.OtherNonCompliant]}
	return func(s messages.State) bool {
		return s.NonCompliant() || available && s == messages.AvailableSecurityUpdate
	}
}

// badCounts counts patches as reports count those that are non-compliant. Each counts somewhere.
type badCounts struct{ critical, security, other int }

func (b *badCounts) add(level messages.Level, classification string) {
	critical, security := level == messages.Critical, classification == classify.Security
	if critical {
		b.critical++
	}
	if security {
		b.security++
	}
	if !critical && !security {
		b.other++
	}
}

// badLevels is how many patches of each level make a host non-compliant.
func (t *table) badLevels(e *entry) Levels {
	var bad badCounts
	levels, available := make(Levels), make(Levels)
	for number := range e.items.list.each {
		switch i := &t.items.list[number].item; {
		case i.state.NonCompliant():
			bad.add(i.level, i.classification)
			levels[i.level]++
		case i.state == messages.AvailableSecurityUpdate:
			available[i.level]++
		}
	}
	if counted := (badCounts{int(e.count(messages.CriticalNonCompliant)), int(e.count(messages.SecurityNonCompliant)), int(e.count(messages.OtherNonCompliant))}); bad != counted {
		for level, n := range available {
			levels[level] += n
		}
	}
	return levels
}

// Each gives the hosts of the page, each with how many patches of each level make it non-compliant: of a question that asks for Levels.
func (p *HostsPage) Each() iter.Seq2[HostView, Levels] {
	return func(yield func(HostView, Levels) bool) {
		for i := range p.found {
			if !yield(p.s.view(&p.found[i].asOf), p.found[i].bad) {
				return
			}
		}
	}
}
