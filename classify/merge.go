package classify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// Add merges an event into the facts and reports whether they changed. sum is the SHA-256 of the event's
// content ([messages.ContentSum]). Adding is idempotent, commutative and associative: events may be added
// twice, late and in any order. The event must be valid, and must not be changed afterwards. A recheck is no
// fact and changes nothing.
func (f *Facts) Add(e messages.Event, sum [32]byte) bool { return f.add(e, sum, kept) }

func (f *Facts) add(e messages.Event, sum [32]byte, keep keeps) bool {
	stamp := Stamp{At: e.Time(), ID: e.EventID(), Sum: sum}
	if f.over(stamp.At) && e.Kind() != messages.KindRetire {
		return false
	}
	switch e := e.(type) {
	case *messages.Scan:
		return f.addScan(e, stamp)
	case *messages.Run:
		return f.addRun(e, stamp, keep)
	case *messages.Override:
		return f.addOverride(e, stamp, keep)
	case *messages.Retire:
		return f.addRetire(e, stamp)
	}
	return false
}

func (f *Facts) addScan(s *messages.Scan, stamp Stamp) bool {
	changed := f.addBoot(stamp, s.BootID, s.BootedAt)
	changed = f.addMachine(s.TakenAt, s.Machine) || changed
	changed = f.addScanStatement(s, stamp) || changed
	fact := &ScanFact{stamp, s}
	switch {
	case !s.Complete:
		light := *s
		light.Packages, light.Origins, light.Advisories = nil, nil, nil
		fact.Scan = &light
		return newest(&f.Incomplete, fact) || changed
	case s.Unchanged:
		return newest(&f.Unchanged, fact) || changed
	}
	if !newest(&f.Full, fact) {
		return changed
	}
	f.dropOutcomes(f.tooOld)
	return true
}

func newest(kept **ScanFact, fact *ScanFact) bool {
	if *kept != nil && fact.compare((*kept).Stamp) <= 0 {
		return false
	}
	*kept = fact
	return true
}

func (f *Facts) addRun(r *messages.Run, stamp Stamp, keep keeps) bool {
	changed := f.addBoot(stamp, r.BootID, r.BootedAt)
	changed = f.addMachine(r.FinishedAt, r.Machine) || changed
	changed = newestStatement(&f.RunStatement, stamp, r.RebootRequired, r.RebootPackages, r.BootedAt, r.BootID) || changed
	run := &RunFact{Stamp: stamp, RunID: r.RunID, Operation: r.Operation, ExitCode: r.ExitCode, Error: r.Error, Outcomes: len(r.Outcomes)}
	if r.Operation == messages.OperationInstall {
		run.Problem = problemOfRun(r)
	}
	oldest := f.oldestOutcome(keep.outcomes)
	for i, o := range r.Outcomes {
		if o.To == nil || o.Result != messages.ResultInstalled && o.Result != messages.ResultFailed {
			continue
		}
		// A run does not say which system it was on. What rpm can order dpkg can, but for epochs that nobody uses, and one that is
		// absent as rpm prints it; macOS has versions with a blank.
		if err := version.OrderedDeb(strings.TrimPrefix(*o.To, "(none):")); err != nil && version.ValidDotted(*o.To) != nil {
			run.ignore(o, err)
			continue
		}
		changed = f.addOutcome(r, i, stamp, oldest) || changed
	}
	f.dropOutcomesBeyond(keep.outcomes)
	changed = newestRun(&f.LastRun, run) || changed
	if r.Operation == messages.OperationInstall {
		changed = newestRun(&f.LastInstall, run) || changed
	}
	return changed
}

func newestRun(kept **RunFact, run *RunFact) bool {
	if *kept != nil && run.compare((*kept).Stamp) <= 0 {
		return false
	}
	*kept = run
	return true
}

func (f *Facts) addScanStatement(s *messages.Scan, stamp Stamp) bool {
	return s.Complete && newestStatement(&f.ScanStatement, stamp, s.RebootRequired, s.RebootPackages, s.BootedAt, s.BootID)
}

// newestStatement keeps what an event says of a reboot, if it says anything: absent is not false.
func newestStatement(kept **StatementFact, stamp Stamp, required *bool, packages []string, bootedAt time.Time, bootID string) bool {
	if required == nil || *kept != nil && stamp.compare((*kept).Stamp) <= 0 {
		return false
	}
	*kept = &StatementFact{stamp, *required, packages, bootedAt, bootID}
	return true
}

// Of the machines that speak under one name the newest days are kept, and of each day the greatest ids: two are enough
// to tell that a name is shared, and no stream of made-up ids makes a record grow.
const (
	maxMachineDays = 16
	maxMachines    = 4 // of one day
)

func (f *Facts) addMachine(at time.Time, machine string) bool {
	day := dayOf(at)
	ids := f.Machines[day]
	place, known := slices.BinarySearch(ids, machine)
	if machine == "" || known || f.dayOver(day) || len(ids) == maxMachines && place == 0 {
		return false
	}
	if ids = slices.Insert(slices.Clone(ids), place, machine); len(ids) > maxMachines {
		ids = ids[1:]
	}
	f.ownMachines()
	f.Machines[day] = ids
	if len(f.Machines) <= maxMachineDays {
		return true
	}
	oldest := slices.Min(slices.Collect(maps.Keys(f.Machines)))
	delete(f.Machines, oldest)
	return oldest != day
}

// maxIgnored bounds how many ignored outcomes are named.
const maxIgnored = 10

func (r *RunFact) ignore(o messages.Outcome, why error) {
	if len(r.Ignored) < maxIgnored {
		r.Ignored = append(r.Ignored, fmt.Sprintf("%s.%s %q: %v", o.Name, o.Arch, *o.To, why))
	}
}

// addOutcome keeps an outcome, unless it is older than oldest, where that is given.
func (f *Facts) addOutcome(r *messages.Run, position int, stamp Stamp, oldest *OutcomeFact) bool {
	o := r.Outcomes[position]
	fact := &OutcomeFact{
		Stamp: stamp, Position: position, To: *o.To, RunID: shortRunID(r.RunID), Stage: o.Stage, Error: o.Error, BootID: r.BootID,
		Reboot: isTrue(r.RebootRequired) && (len(r.RebootPackages) == 0 || slices.Contains(r.RebootPackages, o.Name)),
	}
	if f.tooOld(fact) || oldest.newerThan(fact) {
		return false
	}
	key := PackageKey{o.Name, o.Arch}
	kept := f.Outcomes[key]
	place := &kept.Failed
	if o.Result == messages.ResultInstalled {
		place = &kept.Installed
	} else {
		fact.From = o.From
	}
	if !fact.newerThan(*place) {
		return false
	}
	*place = fact
	f.ownOutcomes()
	f.Outcomes[key] = kept
	return true
}

func (f *Facts) tooOld(o *OutcomeFact) bool {
	return f.Full != nil && o != nil && o.At.Before(f.Full.At.Add(-outcomeMaxAge))
}

func (f *Facts) addOverride(o *messages.Override, stamp Stamp, keep keeps) bool {
	if kept, ok := f.Overrides[o.Patch]; ok && stamp.compare(kept.Stamp) <= 0 {
		return false
	}
	f.ownOverrides()
	f.Overrides[o.Patch] = OverrideFact{stamp, *o}
	f.dropOverridesBeyond(keep.overrides)
	_, stays := f.Overrides[o.Patch]
	return stays
}

func (f *Facts) addBoot(stamp Stamp, bootID string, bootedAt time.Time) bool {
	changed := false
	if bootedAt.After(f.BootedAt) && !f.over(bootedAt) {
		f.BootedAt, changed = bootedAt, true
	}
	if bootID != "" && (f.Boot == nil || stamp.compare(f.Boot.Stamp) > 0) {
		f.Boot, changed = &BootFact{stamp, bootID}, true
	}
	return changed
}

func isTrue(b *bool) bool { return b != nil && *b }
