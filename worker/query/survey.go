package query

import (
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Survey gathers the answer of a fleet to a question, without keeping the reports.
type Survey struct {
	Question Question
	Hosts    int // of the whole fleet, but for those that are retired
	Retired  int
	Asked    int     // of the former, hosts on which a condition stands that is asked for
	Known    int     // of those, hosts that know the package
	Unknown  int     // of those that do not fit, hosts of which it may not be known
	Rows     []Row   // of the hosts that fit
	Matches  []Match // with Question.Missing: the patches that fit

	worst messages.HostStatus
}

// Match is a patch that fits, on one host.
type Match struct {
	Host string
	OS   messages.OS
	Item classify.Item
}

// Take adds a host, and narrows its report to the items that fit. It reports whether the host fits.
func (s *Survey) Take(h *Host) bool {
	if h.Report.Status == messages.Retired {
		s.Retired++
		return false
	}
	s.Hosts++
	if !s.Question.Stands(h.Report) {
		return false
	}
	s.Asked++
	if s.Question.Missing != "" && slices.ContainsFunc(h.Report.Patches, func(i classify.Item) bool { return named(&i, s.Question.Missing) }) {
		s.Known++
	}
	if s.Question.OfPatches() {
		h.Report = Narrowed(h.Report, s.Question.Fits)
		if len(h.Report.Patches) == 0 {
			if h.Report.Status == messages.Unknown {
				s.Unknown++
			}
			return false
		}
	}
	row := rowOf(h.Report)
	row.Outdated = h.Outdated
	s.Add(row)
	if s.Question.Missing != "" {
		for _, item := range h.Report.Patches {
			s.Matches = append(s.Matches, Match{h.Report.Host, h.Report.About.OS, item})
		}
	}
	return true
}

// Add adds a host that fits.
func (s *Survey) Add(row Row) {
	if statusRank(row.Status) < statusRank(s.worst) {
		s.worst = row.Status
	}
	s.Rows = append(s.Rows, row)
}

// Worst returns the worst status of the hosts that fit. Where there is no host at all, nobody knows.
func (s *Survey) Worst() messages.HostStatus {
	switch {
	case s.Hosts == 0:
		return messages.Unknown
	case s.worst == "":
		return messages.Compliant
	}
	return s.worst
}
