package classify_test

import (
	"bytes"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Facts over time (classification.md, section 6), read as they stand: all events are kept in a list, and whatever is
// asked is looked for in the whole list.

// reading is one host at one time: its events, what judges it, and the scan that counts.
type reading struct {
	events   []messages.Event // those that are facts
	baseline *readBaseline    // nil: missing says why
	missing  string
	settings readSettings
	now      time.Time

	full, unchanged, incomplete *messages.Scan
	confirmed                   bool
	scan                        *messages.Scan // "the scan": the full one, or it with what an unchanged one gives
	retiredAt                   time.Time      // the newest retirement; no event up to it is a fact
}

// precedes is the order of events: the own time, the id, the SHA-256 of the content.
func precedes(a, b messages.Event) bool {
	if !a.Time().Equal(b.Time()) {
		return a.Time().Before(b.Time())
	}
	if a.EventID() != b.EventID() {
		return a.EventID() < b.EventID()
	}
	sumA, sumB := messages.ContentSum(a), messages.ContentSum(b)
	return bytes.Compare(sumA[:], sumB[:]) < 0
}

// newest returns the newest of those events of one type that fit.
func newest[E messages.Event](events []messages.Event, fits func(E) bool) (found E, ok bool) {
	for _, e := range events {
		if e, is := e.(E); is && fits(e) && (!ok || precedes(found, e)) {
			found, ok = e, true
		}
	}
	return found, ok
}

func read(events []messages.Event, now time.Time) *reading {
	r := &reading{now: now}
	for _, e := range events {
		if retires(e) && e.Time().After(r.retiredAt) {
			r.retiredAt = e.Time()
		}
	}
	r.events = slices.DeleteFunc(slices.Clone(events), func(e messages.Event) bool {
		return retires(e) || !r.retiredAt.IsZero() && !e.Time().After(r.retiredAt)
	})
	r.full, _ = newest(r.events, func(s *messages.Scan) bool { return s.Complete && !s.Unchanged })
	r.unchanged, _ = newest(r.events, func(s *messages.Scan) bool { return s.Complete && s.Unchanged })
	r.incomplete, _ = newest(r.events, func(s *messages.Scan) bool { return !s.Complete })
	if r.full == nil {
		return r
	}
	r.scan = r.full
	if r.unchanged != nil && precedes(r.full, r.unchanged) && r.full.Hash == r.unchanged.Hash && r.full.Hash != "" {
		r.confirmed, r.scan = true, confirm(r.full, r.unchanged)
	}
	return r
}

// retired: from its retirement a host is so until a full scan later than that (a retirement takes back what is known).
func (r *reading) retired() bool { return !r.retiredAt.IsZero() && r.full == nil }

// confirm returns the full scan with the time, the boot and reboot facts and the dates of the unchanged one.
func confirm(full, unchanged *messages.Scan) *messages.Scan {
	s := *full
	s.ID, s.TakenAt = unchanged.ID, unchanged.TakenAt
	s.BootedAt, s.BootID = unchanged.BootedAt, unchanged.BootID
	s.RebootRequired, s.RebootPackages = unchanged.RebootRequired, unchanged.RebootPackages
	if !unchanged.IndexAt.IsZero() {
		s.IndexAt = unchanged.IndexAt
	}
	s.Origins = slices.Clone(full.Origins)
	for i := range s.Origins {
		if date, ok := dateFrom(unchanged, &s.Origins[i]); ok {
			s.Origins[i].Date = date
		}
	}
	return &s
}

// dateFrom returns the date that an unchanged scan gives to an origin of the full one.
func dateFrom(unchanged *messages.Scan, o *messages.Origin) (time.Time, bool) {
	var date time.Time
	for _, n := range unchanged.Origins {
		same := n.Archive == o.Archive && n.Site == o.Site && n.Component == o.Component &&
			n.Label == o.Label && n.Codename == o.Codename
		if same && n.Date.After(date) {
			date = n.Date
		}
	}
	return date, !date.IsZero()
}

// superseded: an unchanged scan is newer than the full one, and does not confirm it.
func (r *reading) superseded() bool {
	return r.unchanged != nil && r.full != nil && precedes(r.full, r.unchanged) && !r.confirmed
}

// newestScan returns the scan that gives "the scan" its time and place in the order.
func (r *reading) newestScan() *messages.Scan {
	if r.confirmed {
		return r.unchanged
	}
	return r.full
}

// attempt is an outcome, installed or failed, and the run that it is of.
type attempt struct {
	run      *messages.Run
	position int
	outcome  *messages.Outcome
	to       string
}

func (a *attempt) newerThan(b *attempt) bool {
	if b == nil {
		return a != nil
	}
	if a == nil {
		return false
	}
	if precedes(a.run, b.run) || precedes(b.run, a.run) {
		return precedes(b.run, a.run)
	}
	return a.position > b.position
}

// attempts returns the newest success and the newest failure of a package.
func (r *reading) attempts(name, arch string) (installed, failed *attempt) {
	for _, e := range r.events {
		run, ok := e.(*messages.Run)
		if !ok || r.full != nil && r.full.TakenAt.Sub(run.FinishedAt) > 180*24*time.Hour {
			continue
		}
		for i := range run.Outcomes {
			o := &run.Outcomes[i]
			if o.Name != name || r.patchOf("", o.Arch) != r.patchOf("", arch) || o.To == nil || !r.ordered(*o.To) {
				continue
			}
			a := &attempt{run, i, o, *o.To}
			if o.Result == messages.ResultInstalled && a.newerThan(installed) {
				installed = a
			}
			if o.Result == messages.ResultFailed && a.newerThan(failed) {
				failed = a
			}
		}
	}
	return installed, failed
}

// bootSince reports whether the host was booted since an event (of that time and boot id).
func (r *reading) bootSince(at time.Time, bootID string) bool {
	if bootID != "" {
		last, _ := newest(r.events, func(e messages.Event) bool { return bootIDOf(e) != "" })
		return bootIDOf(last) != bootID
	}
	for _, e := range r.events {
		if bootedAtOf(e).After(at) {
			return true
		}
	}
	return false
}

func bootIDOf(e messages.Event) string {
	switch e := e.(type) {
	case *messages.Scan:
		return e.BootID
	case *messages.Run:
		return e.BootID
	}
	return ""
}

func bootedAtOf(e messages.Event) time.Time {
	switch e := e.(type) {
	case *messages.Scan:
		return e.BootedAt
	case *messages.Run:
		return e.BootedAt
	}
	return time.Time{}
}

// scanStatement returns the newest scan that says whether a boot is required.
func (r *reading) scanStatement() *messages.Scan {
	s, _ := newest(r.events, func(s *messages.Scan) bool { return s.Complete && s.RebootRequired != nil })
	return s
}

func runStatement(r *reading) *messages.Run {
	s, _ := newest(r.events, func(s *messages.Run) bool { return s.RebootRequired != nil })
	return s
}

func says(b *bool, want bool) bool { return b != nil && *b == want }
