package classify

import (
	"time"

	"github.com/patchstream/patchstream/messages"
)

// outcomeMaxAge is how long before the newest full scan an outcome may have finished to be kept.
const outcomeMaxAge = 180 * 24 * time.Hour

// Facts is what is known of one host: of all its events the newest of each sort, and no more
// (classification.md, section 6). The zero value knows nothing. The maps and the events in it must not be
// changed from outside. It is not safe for concurrent use.
type Facts struct {
	Full       *ScanFact // newest complete scan that lists the packages
	Unchanged  *ScanFact // newest scan that says they are as they were
	Incomplete *ScanFact // newest scan that failed, without its packages
	LastRun    *RunFact
	Outcomes   map[PackageKey]Outcomes
	Overrides  map[string]OverrideFact // by patch; withdrawals included
	Boot       *BootFact               // newest event that has a boot id
	BootedAt   time.Time               // the latest of any event
}

// ScanFact is a scan that counts, and its place in the order.
type ScanFact struct {
	Stamp
	Scan *messages.Scan
}

// RunFact is the newest run, as far as it concerns the host and no package.
type RunFact struct {
	Stamp
	RunID     string `msgpack:"run_id"`
	Operation string `msgpack:"operation"`
	ExitCode  *int   `msgpack:"exit_code,omitempty"`
	Error     string `msgpack:"error,omitempty"`
	Outcomes  int    `msgpack:"outcomes"`

	// Ignored names the first few outcomes whose version nothing can be compared with.
	Ignored []string `msgpack:"ignored,omitempty"`
}

// PackageKey identifies a package of a host.
type PackageKey struct{ Name, Arch string }

// Outcomes holds the newest success and the newest failure of one package.
type Outcomes struct {
	Installed *OutcomeFact `msgpack:"installed,omitempty"`
	Failed    *OutcomeFact `msgpack:"failed,omitempty"`
}

// OutcomeFact is what a run did to a package. Its time is the run's FinishedAt.
type OutcomeFact struct {
	Stamp
	Position int    `msgpack:"pos"` // in the run's list
	To       string `msgpack:"to"`
	RunID    string `msgpack:"run_id"`
	Stage    string `msgpack:"stage,omitempty"`
	Error    string `msgpack:"error,omitempty"`
	Reboot   bool   `msgpack:"reboot,omitempty"` // the run asked for a boot because of this package
	BootID   string `msgpack:"boot_id,omitempty"`
}

// OverrideFact is an override and its place in the order.
type OverrideFact struct {
	Stamp
	Override messages.Override `msgpack:"override"`
}

// BootFact is the newest event that has a boot id.
type BootFact struct {
	Stamp
	BootID string `msgpack:"boot_id"`
}

func (o *OutcomeFact) newerThan(p *OutcomeFact) bool {
	switch {
	case o == nil:
		return false
	case p == nil:
		return true
	}
	return o.compare(p) > 0
}

// newest returns the newer of the newest success and the newest failure.
func (o Outcomes) newest() *OutcomeFact {
	if o.Installed.newerThan(o.Failed) {
		return o.Installed
	}
	return o.Failed
}

// scan returns the newest complete scan: the newest full one, or, where an unchanged scan confirms it, the
// same with the unchanged scan's time, boot and reboot facts, and dates. Nil: there was never one.
func (f *Facts) scan() *ScanFact {
	if f.Full == nil || !f.confirmed() {
		return f.Full
	}
	later := f.Unchanged.Scan
	scan := *f.Full.Scan
	scan.ID, scan.TakenAt, scan.IndexAt = later.ID, later.TakenAt, later.IndexAt
	scan.BootedAt, scan.BootID = later.BootedAt, later.BootID
	scan.RebootRequired, scan.RebootPackages = later.RebootRequired, later.RebootPackages
	scan.Origins = withDates(scan.Origins, later.Origins)
	return &ScanFact{f.Unchanged.Stamp, &scan}
}

// confirmed reports whether the newest unchanged scan says that the newest full scan still holds.
func (f *Facts) confirmed() bool {
	return f.Full != nil && f.Unchanged != nil && f.Unchanged.compare(f.Full.Stamp) > 0 &&
		f.Unchanged.Scan.Hash != "" && f.Unchanged.Scan.Hash == f.Full.Scan.Hash
}

// NeedsFullScan reports whether an unchanged scan came that is newer than the newest full scan and does not
// confirm it: then a full scan must be asked for.
func (f *Facts) NeedsFullScan() bool {
	return f.Unchanged != nil && !f.confirmed() && (f.Full == nil || f.Unchanged.compare(f.Full.Stamp) > 0)
}

// withDates returns origins with the dates of later, by position, where later gives any.
func withDates(origins, later []messages.Origin) []messages.Origin {
	dated := make([]messages.Origin, len(origins))
	copy(dated, origins)
	for i := range min(len(dated), len(later)) {
		if !later[i].Date.IsZero() {
			dated[i].Date = later[i].Date
		}
		if !later[i].ValidUntil.IsZero() {
			dated[i].ValidUntil = later[i].ValidUntil
		}
	}
	return dated
}
