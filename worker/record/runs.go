package record

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages/wire"
)

// keptRun is a run of which outcomes are kept. What all of them share is stored once: a run's id may be longer than all else
// that is kept of an outcome, and there are 50,000.
type keptRun struct {
	classify.Stamp
	runID, bootID string
	outcomes      []keptOutcome // as they stood in the run
}

type keptOutcome struct {
	classify.PackageKey
	classify.OutcomeFact      // without what the run says
	installed            bool // else it failed
}

var keptRunFields = stamped(func(r *keptRun) *classify.Stamp { return &r.Stamp },
	text("run_id", func(r *keptRun) *string { return &r.runID }),
	text("boot_id", func(r *keptRun) *string { return &r.bootID }),
	wire.Records("outcomes", 0, keptOutcomeFields, func(r *keptRun) *[]keptOutcome { return &r.outcomes }),
)

var keptOutcomeFields = wire.MapOf(slices.Concat(
	keyFields(func(o *keptOutcome) *classify.PackageKey { return &o.PackageKey }),
	[]wire.Field[keptOutcome]{wire.Flag("ok", func(o *keptOutcome) *bool { return &o.installed })},
	outcomeFields(func(o *keptOutcome) *classify.OutcomeFact { return &o.OutcomeFact }),
)...)

// outcomeFields are those of an outcome without what its run says.
func outcomeFields[T any](outcome func(*T) *classify.OutcomeFact) []wire.Field[T] {
	return []wire.Field[T]{
		wire.Int("pos", func(o *T) *int { return &outcome(o).Position }),
		text("from", func(o *T) *string { return &outcome(o).From }),
		text("to", func(o *T) *string { return &outcome(o).To }),
		text("stage", func(o *T) *string { return &outcome(o).Stage }),
		text("error", func(o *T) *string { return &outcome(o).Error }),
		wire.Flag("reboot", func(o *T) *bool { return &outcome(o).Reboot }),
	}
}

// outcomes are those of a package as version 2 has them, each with all that its run says.
type outcomes struct {
	classify.PackageKey
	classify.Outcomes
}

var outcomesFields = wire.MapOf(append(keyFields(func(o *outcomes) *classify.PackageKey { return &o.PackageKey }),
	wire.NestedOrNil("installed", wholeOutcomeFields, func(o *outcomes) **classify.OutcomeFact { return &o.Installed }),
	wire.NestedOrNil("failed", wholeOutcomeFields, func(o *outcomes) **classify.OutcomeFact { return &o.Failed }),
)...)

var wholeOutcomeFields = stamped(func(o *classify.OutcomeFact) *classify.Stamp { return &o.Stamp }, append(
	outcomeFields(func(o *classify.OutcomeFact) *classify.OutcomeFact { return o }),
	text("run_id", func(o *classify.OutcomeFact) *string { return &o.RunID }),
	text("boot_id", func(o *classify.OutcomeFact) *string { return &o.BootID }),
)...)

// packRuns sorts outcomes by the runs that they are of, oldest first.
func packRuns(outcomes map[classify.PackageKey]classify.Outcomes) []keptRun {
	if len(outcomes) == 0 {
		return nil
	}
	runs := make(map[classify.Stamp]*keptRun)
	add := func(key classify.PackageKey, o *classify.OutcomeFact, installed bool) {
		if o == nil {
			return
		}
		run := runs[o.Stamp]
		if run == nil {
			run = &keptRun{Stamp: o.Stamp, runID: o.RunID, bootID: o.BootID}
			runs[o.Stamp] = run
		}
		run.outcomes = append(run.outcomes, keptOutcome{key, *o, installed})
	}
	for key, o := range outcomes {
		add(key, o.Installed, true)
		add(key, o.Failed, false)
	}
	packed := make([]keptRun, 0, len(runs))
	for _, stamp := range slices.SortedFunc(maps.Keys(runs), compareStamps) {
		run := runs[stamp]
		slices.SortFunc(run.outcomes, func(a, b keptOutcome) int { return cmp.Compare(a.Position, b.Position) })
		packed = append(packed, *run)
	}
	return packed
}

func compareStamps(a, b classify.Stamp) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), bytes.Compare(a.Sum[:], b.Sum[:]))
}

func unpackRuns(runs []keptRun) map[classify.PackageKey]classify.Outcomes {
	if len(runs) == 0 {
		return nil
	}
	outcomes := make(map[classify.PackageKey]classify.Outcomes)
	for _, run := range runs {
		for _, o := range run.outcomes {
			fact := o.OutcomeFact
			fact.Stamp, fact.RunID, fact.BootID = run.Stamp, run.runID, run.bootID
			kept := outcomes[o.PackageKey]
			if o.installed {
				kept.Installed = &fact
			} else {
				kept.Failed = &fact
			}
			outcomes[o.PackageKey] = kept
		}
	}
	return outcomes
}
