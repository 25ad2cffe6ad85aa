package classify

import (
	"cmp"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// outcomeMaxAge is how long before the newest full scan an outcome may have finished to be kept.
const outcomeMaxAge = 180 * 24 * time.Hour

// Facts is what is known of one host: of all its events the newest of each sort, and no more
// (classification.md, section 6). The zero value knows nothing. The maps and the events in it must not be
// changed from outside. It is not safe for concurrent use.
type Facts struct {
	Full        *ScanFact // newest complete scan that lists the packages
	Unchanged   *ScanFact // newest scan that says they are as they were
	Incomplete  *ScanFact // newest scan that failed, without its packages
	LastRun     *RunFact
	LastInstall *RunFact // newest run with operation install
	Outcomes    map[PackageKey]Outcomes
	Overrides   map[string]OverrideFact // by patch; withdrawals included
	Boot        *BootFact               // newest event that has a boot id
	BootedAt    time.Time               // the latest of any event

	ScanStatement *StatementFact // newest complete scan that says whether the host needs a reboot
	RunStatement  *StatementFact // newest run that says so

	Machines map[Day][]string // that spoke under the host's name: the newest days, each with the greatest ids, sorted

	Retired *RetireFact // newest retirement; all facts are later

	shared sharedMaps
}

// ScanFact is a scan that counts, and its place in the order. Of a full scan the packages and advisories may be left out
// until they are asked for ([Judging.Needs]).
type ScanFact struct {
	Stamp
	Scan *messages.Scan
}

// RunFact is the newest run, as far as it concerns the host and no package.
type RunFact struct {
	Stamp
	RunID     string
	Operation string
	ExitCode  *int
	Error     string
	Outcomes  int

	// Problem says what of an install went wrong, for people; empty: nothing did.
	Problem string

	// Ignored names the first few outcomes whose version nothing can be compared with.
	Ignored []string
}

// PackageKey identifies a package of a host.
type PackageKey struct{ Name, Arch string }

func (k PackageKey) compare(other PackageKey) int {
	return cmp.Or(cmp.Compare(k.Name, other.Name), cmp.Compare(k.Arch, other.Arch))
}

// Outcomes holds the newest success and the newest failure of one package.
type Outcomes struct {
	Installed *OutcomeFact
	Failed    *OutcomeFact
}

// OutcomeFact is what a run did to a package. Its time is the run's FinishedAt.
type OutcomeFact struct {
	Stamp
	Position int    // in the run's list
	From     string // of a failure: the version before; empty: it was not installed, or is not known
	To       string
	RunID    string
	Stage    string
	Error    string
	Reboot   bool // the run asked for a boot because of this package
	BootID   string
}

// OverrideFact is an override and its place in the order.
type OverrideFact struct {
	Stamp
	Override messages.Override
}

// StatementFact is an event that says whether its host needs a reboot (classification.md, section 1).
type StatementFact struct {
	Stamp
	Required bool
	Packages []string // for which it does; empty: not told
	BootedAt time.Time
	BootID   string
}

// Day is a day in UTC, such as 2026-11-28. Days are in the order of their texts.
type Day string

func dayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// ends returns when the day is over.
func (d Day) ends() time.Time {
	begins, _ := time.Parse(time.DateOnly, string(d)) // what dayOf made
	return begins.AddDate(0, 0, 1)
}

// BootFact is the newest event that has a boot id.
type BootFact struct {
	Stamp
	BootID string
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

// heardAt returns when the host spoke last, of what is known of it; zero: never.
func (f *Facts) heardAt() (newest time.Time) {
	for _, scan := range []*ScanFact{f.Full, f.Unchanged, f.Incomplete} {
		if scan != nil && scan.At.After(newest) {
			newest = scan.At
		}
	}
	if f.LastRun != nil && f.LastRun.At.After(newest) {
		newest = f.LastRun.At
	}
	return newest
}

// scan returns the newest complete scan: the newest full one, or, where an unchanged scan confirms it, the
// same with the unchanged scan's time, boot and reboot facts, and dates. Of when the lists were asked for it says
// nothing new where it leaves that out. Nil: there was never one.
func (f *Facts) scan() *ScanFact {
	if f.Full == nil || !f.confirmed() {
		return f.Full
	}
	later := f.Unchanged.Scan
	scan := *f.Full.Scan
	scan.ID, scan.TakenAt = later.ID, later.TakenAt
	if !later.IndexAt.IsZero() {
		scan.IndexAt = later.IndexAt
	}
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

// withDates returns origins with the dates that later gives to the same ones, whatever their positions. There are few.
func withDates(origins, later []messages.Origin) []messages.Origin {
	dated := slices.Clone(origins)
	for i := range dated {
		o := &dated[i]
		var given messages.Origin
		for j := range later {
			if l := &later[j]; sameOrigin(o, l) {
				given.Date, given.ValidUntil, given.CheckedAt = latest(given.Date, l.Date), latest(given.ValidUntil, l.ValidUntil), latest(given.CheckedAt, l.CheckedAt)
			}
		}
		o.Date, o.ValidUntil, o.CheckedAt = or(given.Date, o.Date), or(given.ValidUntil, o.ValidUntil), or(given.CheckedAt, o.CheckedAt)
	}
	return dated
}

// sameOrigin reports whether two scans have the same origin.
func sameOrigin(a, b *messages.Origin) bool {
	return a.Archive == b.Archive && a.Site == b.Site && a.Component == b.Component && a.Label == b.Label && a.Codename == b.Codename
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// or returns a time, or another where it is not known.
func or(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}
