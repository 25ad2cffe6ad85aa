package cli

import (
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// question is what is asked of the fleet.
type question struct {
	missing string
	states  stateSet
}

func (q question) asked() bool { return q.missing != "" || q.states != nil }

func (q question) fits(i *classify.Item) bool {
	return q.states.has(i.State) && (q.missing == "" || named(i, q.missing) && i.State.Outstanding())
}

// survey gathers the answer of a fleet, without holding the reports.
type survey struct {
	question question
	hosts    int // asked
	known    int // of those, hosts that know the package
	unknown  int // of those that do not fit, hosts of which it may not be known
	rows     []row
	matches  []match
	worst    messages.HostStatus
}

// match is a patch that fits, on one host.
type match struct {
	host string
	item classify.Item
}

func (s *survey) take(h *query.Host, show func(*query.Host) error) error {
	s.hosts++
	if s.question.missing != "" && slices.ContainsFunc(h.Report.Patches, func(i classify.Item) bool { return named(&i, s.question.missing) }) {
		s.known++
	}
	if s.question.asked() {
		h.Report = narrowed(h.Report, s.question.fits)
		if len(h.Report.Patches) == 0 {
			if h.Report.Status == messages.Unknown {
				s.unknown++
			}
			return nil
		}
	}
	if statusRank(h.Report.Status) < statusRank(s.worst) {
		s.worst = h.Report.Status
	}
	s.rows = append(s.rows, rowOf(h.Report))
	if s.question.missing != "" {
		for _, item := range h.Report.Patches {
			s.matches = append(s.matches, match{h.Report.Host, item})
		}
	}
	return show(h)
}
