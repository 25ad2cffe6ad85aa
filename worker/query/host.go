package query

import (
	"cmp"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// HostView is a host without its patches: who it is, and whether it still speaks.
type HostView struct {
	Host       string               `json:"host"`
	Status     messages.HostStatus  `json:"status"`
	Reasons    []string             `json:"reasons"`
	Conditions []messages.Condition `json:"conditions"`
	OS         OSView               `json:"os"`
	Group      string               `json:"group"`
	Baseline   messages.BaselineRef `json:"baseline"`
	HeardAt    *time.Time           `json:"heard_at,omitempty"` // when its newest event came, to within an hour; absent: none did
	EventAt    *time.Time           `json:"event_at,omitempty"` // the newest time of an event of its own, by its own clock; absent: none, or retired
	ScanAt     *time.Time           `json:"scan_at,omitempty"`  // its newest complete scan
	DueAt      *time.Time           `json:"due_at,omitempty"`   // when its report may change without an event; absent: never
	Retired    *classify.Retirement `json:"retired,omitempty"`  // absent: it is not
	Revision   uint64               `json:"revision"`           // of its last change
	ChangedAt  time.Time            `json:"committed_at"`       // when that was

	Level    messages.Level  `json:"level"` // highest non-compliant one; empty: none
	Counts   messages.Counts `json:"counts"`
	ListsAt  *time.Time      `json:"security_lists_at,omitempty"` // newest date of its security lists
	Searched *time.Time      `json:"searched_at,omitempty"`       // of Windows and macOS: when it last searched for updates
	LastRun  *RunView        `json:"last_run,omitempty"`
	Outdated bool            `json:"outdated"` // another baseline, revision or group applies by now: it is classified again at its next event
}

// HostView returns the view of the host without its patches.
func (h *Host) HostView() HostView {
	r := h.Report
	return HostView{
		Host: r.Host, Status: r.Status, Reasons: r.Reasons, Conditions: r.Conditions, OS: OSView(r.About.OS), Group: r.Group, Baseline: r.Baseline,
		HeardAt: timeOrNil(h.heardAt()), EventAt: timeOrNil(eventAt(&r.About)), ScanAt: timeOrNil(r.About.ScanAt), DueAt: timeOrNil(r.Due), Retired: r.About.Retired,
		Revision: h.Revision, ChangedAt: h.CommittedAt,
		Level: r.Level, Counts: r.Counts, ListsAt: timeOrNil(r.About.SecurityListsAt), Searched: searchedAt(&r.About), LastRun: runView(r.About.LastRun), Outdated: h.Outdated,
	}
}

// searchedAt is nil of hosts that have lists.
func searchedAt(a *classify.About) *time.Time {
	if !a.Searches() {
		return nil
	}
	return timeOrNil(a.IndexAt)
}

// heardAt is when the host spoke last, by the server's clock. Where an older worker has not noted that, it is by its own.
func (h *Host) heardAt() time.Time {
	if h.Heard.IsZero() {
		return eventAt(&h.Report.About)
	}
	return h.Heard
}

// eventAt is when a host spoke last by its own clock, also by a report that was made before that was kept.
func eventAt(a *classify.About) time.Time {
	newest := a.HeardAt
	for _, t := range []time.Time{a.ScanAt, a.ScanFailedAt} {
		if t.After(newest) {
			newest = t
		}
	}
	return newest
}

// SilentSince reports whether the host, which is not retired, has sent nothing since a time, whatever its own clock says. Of one that never spoke, and
// is only known by what operators said of it, it is not known.
func (v *HostView) SilentSince(t time.Time) bool {
	return v.Retired == nil && v.HeardAt != nil && v.HeardAt.Before(t)
}

// LongestSilent orders hosts: those that never spoke first, then by when they spoke last.
func LongestSilent(a, b HostView) int {
	var heardA, heardB time.Time
	if a.HeardAt != nil {
		heardA = *a.HeardAt
	}
	if b.HeardAt != nil {
		heardB = *b.HeardAt
	}
	return cmp.Or(heardA.Compare(heardB), cmp.Compare(a.Host, b.Host))
}
