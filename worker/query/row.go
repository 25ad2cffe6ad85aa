package query

import (
	"cmp"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Row is what a list of the fleet keeps of a host.
type Row struct {
	Host                               string
	Status                             messages.HostStatus
	Conditions                         []string // codes of those that stand, in their order
	Level                              messages.Level
	Missing, Failed, Pending, Rejected int // patches
	Available                          int // those that are AVAILABLE_SECURITY_UPDATE, whatever they count as
	ScanAt, ListsAt                    time.Time
	Baseline                           messages.BaselineRef
	Outdated                           bool
}

func rowOf(r *classify.Report) Row {
	return Row{
		Host: r.Host, Status: r.Status, Conditions: r.Codes(), Level: r.Level,
		Missing: r.Counts[string(messages.Missing)], Failed: r.Counts[string(messages.Failed)],
		Pending: r.Counts[string(messages.InstalledPendingReboot)], Rejected: r.Counts[string(messages.InstalledRejected)],
		Available: r.Counts[string(messages.AvailableSecurityUpdate)],
		ScanAt:    r.About.ScanAt, ListsAt: r.About.ListsAt(), Baseline: r.Baseline,
	}
}

// RowOf returns the row of a host's view.
func RowOf(v *HostView) Row {
	row := Row{
		Host: v.Host, Status: v.Status, Level: v.Level, Missing: v.Counts[string(messages.Missing)], Failed: v.Counts[string(messages.Failed)],
		Pending: v.Counts[string(messages.InstalledPendingReboot)], Rejected: v.Counts[string(messages.InstalledRejected)], Baseline: v.Baseline, Outdated: v.Outdated,
	}
	for _, c := range v.Conditions {
		row.Conditions = append(row.Conditions, c.Code)
	}
	if v.ScanAt != nil {
		row.ScanAt = *v.ScanAt
	}
	row.Available = v.Counts[string(messages.AvailableSecurityUpdate)]
	for _, at := range []*time.Time{v.ListsAt, v.Searched} {
		if at != nil {
			row.ListsAt = *at
		}
	}
	return row
}

// WorstFirst orders hosts by what needs doing: non-compliant, unknown, compliant; among them by level, then by the number
// of patches that make them so.
func WorstFirst(a, b Row) int {
	level := 0
	if a.Level.Above(b.Level) {
		level = -1
	} else if b.Level.Above(a.Level) {
		level = 1
	}
	return cmp.Or(statusRank(a.Status)-statusRank(b.Status), level, b.nonCompliant()-a.nonCompliant(), cmp.Compare(a.Host, b.Host))
}

func (r Row) nonCompliant() int { return r.Missing + r.Failed + r.Pending + r.Rejected }

func statusRank(s messages.HostStatus) int {
	switch s {
	case messages.NonCompliant:
		return 0
	case messages.Unknown:
		return 1
	case messages.Retired:
		return 3
	}
	return 2
}
