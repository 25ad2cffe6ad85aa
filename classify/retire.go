package classify

import (
	"maps"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// RetireFact is the newest retirement of a host. Nothing dated at or before it is a fact.
type RetireFact struct {
	Stamp
	By     string
	Reason string
}

// Retirement is what a report says of a host that is retired.
type Retirement struct {
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// addRetire keeps the newest retirement, and forgets what it put an end to.
func (f *Facts) addRetire(r *messages.Retire, stamp Stamp) bool {
	if f.Retired != nil && stamp.compare(f.Retired.Stamp) <= 0 {
		return false
	}
	f.Retired = &RetireFact{stamp, r.By, r.Reason}
	f.forget()
	return true
}

// over reports whether what happened at a time is no fact any more.
func (f *Facts) over(at time.Time) bool {
	return f.Retired != nil && !at.After(f.Retired.At)
}

// dayOver reports whether machines do not count that spoke on a day: up to the day of the retirement, it may be the old
// machine that did, on its last one.
func (f *Facts) dayOver(d Day) bool { return f.Retired != nil && d <= dayOf(f.Retired.At) }

// retired reports whether the host is: no full scan says that it is back.
func (f *Facts) retired() bool { return f.Retired != nil && f.Full == nil }

// forget drops all that is over. A boot counts by its own time, whichever event told of it: one before the retirement
// proves nothing of what came after.
func (f *Facts) forget() {
	drop(&f.Full, f.over)
	drop(&f.Unchanged, f.over)
	drop(&f.Incomplete, f.over)
	drop(&f.LastRun, f.over)
	drop(&f.LastInstall, f.over)
	drop(&f.ScanStatement, f.over)
	drop(&f.RunStatement, f.over)
	drop(&f.Boot, f.over)
	if f.over(f.BootedAt) {
		f.BootedAt = time.Time{}
	}
	f.dropOutcomes(func(o *OutcomeFact) bool { return f.over(o.At) })
	if len(f.Overrides) > 0 {
		f.ownOverrides()
		maps.DeleteFunc(f.Overrides, func(_ string, o OverrideFact) bool { return f.over(o.At) })
	}
	if len(f.Machines) > 0 {
		f.ownMachines()
		maps.DeleteFunc(f.Machines, func(day Day, _ []string) bool { return f.dayOver(day) })
	}
	if len(f.Machines) == 0 {
		f.Machines = nil
	}
}

// drop forgets a fact that is over.
func drop[F interface {
	comparable
	occurred() time.Time
}](kept *F, over func(time.Time) bool) {
	if none := *new(F); *kept != none && over((*kept).occurred()) {
		*kept = none
	}
}

// retiredReport is the report on a host that is retired: no patches, and nothing that counts.
func retiredReport(host string, f *Facts) *Report {
	gone := Retirement{f.Retired.At, f.Retired.By, f.Retired.Reason}
	return &Report{
		Host: host, Status: messages.Retired, Reasons: []string{}, Counts: noCounts(), Patches: []Item{}, Conditions: []messages.Condition{},
		About: About{Retired: &gone, HeardAt: f.heardAt()},
	}
}
