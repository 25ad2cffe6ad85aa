package classify

import (
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Report is the verdict on a host: its status and every item with its state. Patches are sorted by Patch.
type Report struct {
	Host    string              `json:"host"`
	Status  messages.HostStatus `json:"status"`
	Reasons []string            `json:"reasons"` // the conditions that make a host UNKNOWN, whatever Status
	Level   messages.Level      `json:"level"`   // highest non-compliant one; empty: none
	Counts  messages.Counts     `json:"counts"`
	Patches []Item              `json:"patches"`

	// Conditions stand beside the status, in their order. Since is set by [Diff].
	Conditions []messages.Condition `json:"conditions"`

	Baseline messages.BaselineRef `json:"baseline"`
	Group    string               `json:"group,omitempty"` // the host's patch group
	About    About                `json:"about"`

	// Due is when the report may change by time alone: an override expires, a delay is over, the scan becomes old. Zero: never.
	Due time.Time `json:"due,omitzero"`

	// Refused is why the host could not be judged: then all else says nothing. Nil: it was.
	Refused error `json:"-"`
	// Kept says that the items are those of the report before, but for the events on which they rest, and that Patches has none
	// of them. See [Report.Join].
	Kept bool `json:"-"`
	// Rest stands for the items that are those of the report before, and that Patches has none of; nil: Patches has all.
	Rest *Rest `json:"-"`

	// Frame is what the next report needs to judge only what changed; nil: that will judge everything.
	Frame *Frame `json:"-"`

	// Waits is when the first of the delays that stop a version is over. Zero: none does.
	Waits time.Time `json:"waits,omitzero"`
}

// Codes returns the codes of the conditions that stand, in their order.
func (r *Report) Codes() []string {
	codes := make([]string, len(r.Conditions))
	for i, c := range r.Conditions {
		codes[i] = c.Code
	}
	return codes
}

// About tells how old the facts are that a report rests on, and what went wrong last. A zero time is unknown.
type About struct {
	OS              messages.OS `json:"os"`
	ScanAt          time.Time   `json:"scan_at,omitzero"`           // newest complete scan
	FullScanAt      time.Time   `json:"full_scan_at,omitzero"`      // newest one that lists the packages
	SecurityListsAt time.Time   `json:"security_lists_at,omitzero"` // newest date of the own security origins
	IndexAt         time.Time   `json:"index_at,omitzero"`          // package lists last asked for
	BootedAt        time.Time   `json:"booted_at,omitzero"`
	RebootRequired  bool        `json:"reboot_required,omitempty"`

	ScanFailedAt time.Time `json:"scan_failed_at,omitzero"` // a scan newer than ScanAt failed
	ScanError    string    `json:"scan_error,omitempty"`
	LastRun      *RunFact  `json:"-"`
	HeardAt      time.Time `json:"-"` // newest event of the host's own, whatever it says

	Retired *Retirement `json:"retired,omitempty"` // nil: the host is not

	// TagGroup is the patch group that the host's own tags propose, which counts where no operator set another.
	TagGroup string `json:"-"`
}

// ListsAt returns of when it is what the host knows of updates: of its security lists, or, of Windows and macOS, which have
// none, of its last search. Zero: not known.
func (a *About) ListsAt() time.Time {
	if a.Searches() {
		return a.IndexAt
	}
	return a.SecurityListsAt
}

// Searches reports whether the host has no lists of updates, and searches for them.
func (a *About) Searches() bool {
	return a.OS.System == messages.SystemWindows || a.OS.System == messages.SystemMacOS
}

// Item is one patch of a host and its state.
type Item = messages.Item

// Security is the classification of an item whose version is a security update.
const Security = "Security"

// The values of [Item.Blocked], in the order in which they are tried.
const (
	BlockedByHold      = "hold"      // held by name
	BlockedByPhasing   = "phased"    // offered to a part of all hosts, not yet to this one
	BlockedByExclusion = "excluded"  // the host's configuration keeps all that is newer out (rpm)
	BlockedByPin       = "pin"       // the package manager's own choice is older, or there is none
	BlockedKeptBack    = "kept_back" // an upgrade would leave it as it is
	BlockedByHiding    = "hidden"    // somebody hid it on the host (Windows); it alone is tried there
)

// summarise sets the counts, the level and the status from the items, of which these are the tallies, and the conditions.
func (r *Report) summarise(b *baseline.Baseline, tallies []Tally, waits bool) {
	r.Counts = noCounts()
	r.Level, r.Reasons = "", reasonsOf(r.Conditions, waits)
	bad := false
	for i := range tallies {
		t := &tallies[i]
		r.Counts[string(t.State)] += t.Number
		if b.NonCompliant(t.State) {
			bad = true
			r.countBad(t)
		}
	}
	r.Status = statusOf(bad, r.Reasons)
}

// statusOf is the status of a host, of which some item is bad or none.
func statusOf(bad bool, reasons []string) messages.HostStatus {
	switch {
	case bad:
		return messages.NonCompliant
	case len(reasons) > 0:
		return messages.Unknown
	}
	return messages.Compliant
}

// nonCompliant reports whether counts have an item that is bad: each is in one of these, at least.
func nonCompliant(counts messages.Counts) bool {
	return counts[messages.CriticalNonCompliant]+counts[messages.SecurityNonCompliant]+counts[messages.OtherNonCompliant] > 0
}

// noCounts are the counts of no items: all keys are always there.
func noCounts() messages.Counts {
	counts := messages.Counts{messages.CriticalNonCompliant: 0, messages.SecurityNonCompliant: 0, messages.OtherNonCompliant: 0}
	for _, s := range messages.States() {
		counts[string(s)] = 0
	}
	return counts
}

func (r *Report) countBad(t *Tally) {
	if t.Level == messages.Critical {
		r.Counts[messages.CriticalNonCompliant] += t.Number
	}
	if t.Security {
		r.Counts[messages.SecurityNonCompliant] += t.Number
	}
	if t.Level != messages.Critical && !t.Security {
		r.Counts[messages.OtherNonCompliant] += t.Number
	}
	if t.Level.Above(r.Level) {
		r.Level = t.Level
	}
}
