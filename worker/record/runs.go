package record

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/patchstream/patchstream/classify"
)

// wireRun is a run of which outcomes are kept. What all of them share is stored once: a run's id may be longer than all else
// that is kept of an outcome, and there are 50,000.
type wireRun struct {
	classify.Stamp
	RunID    string        `msgpack:"run_id"`
	BootID   string        `msgpack:"boot_id,omitempty"`
	Outcomes []wireOutcome `msgpack:"outcomes"` // as they stood in the run
}

type wireOutcome struct {
	classify.PackageKey
	Installed bool   `msgpack:"ok,omitempty"` // else it failed
	Position  int    `msgpack:"pos"`
	From      string `msgpack:"from,omitempty"`
	To        string `msgpack:"to"`
	Stage     string `msgpack:"stage,omitempty"`
	Error     string `msgpack:"error,omitempty"`
	Reboot    bool   `msgpack:"reboot,omitempty"`
}

// packRuns sorts outcomes by the runs that they are of, oldest first.
func packRuns(outcomes map[classify.PackageKey]classify.Outcomes) []wireRun {
	runs := make(map[classify.Stamp]*wireRun)
	add := func(key classify.PackageKey, o *classify.OutcomeFact, installed bool) {
		if o == nil {
			return
		}
		run := runs[o.Stamp]
		if run == nil {
			run = &wireRun{Stamp: o.Stamp, RunID: o.RunID, BootID: o.BootID}
			runs[o.Stamp] = run
		}
		run.Outcomes = append(run.Outcomes, wireOutcome{key, installed, o.Position, o.From, o.To, o.Stage, o.Error, o.Reboot})
	}
	for key, o := range outcomes {
		add(key, o.Installed, true)
		add(key, o.Failed, false)
	}
	packed := make([]wireRun, 0, len(runs))
	for _, stamp := range slices.SortedFunc(maps.Keys(runs), compareStamps) {
		run := runs[stamp]
		slices.SortFunc(run.Outcomes, func(a, b wireOutcome) int { return cmp.Compare(a.Position, b.Position) })
		packed = append(packed, *run)
	}
	return packed
}

func compareStamps(a, b classify.Stamp) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), bytes.Compare(a.Sum[:], b.Sum[:]))
}

func unpackRuns(runs []wireRun) map[classify.PackageKey]classify.Outcomes {
	if len(runs) == 0 {
		return nil
	}
	outcomes := make(map[classify.PackageKey]classify.Outcomes)
	for _, run := range runs {
		for _, o := range run.Outcomes {
			fact := &classify.OutcomeFact{
				Stamp: run.Stamp, Position: o.Position, From: o.From, To: o.To, RunID: run.RunID, Stage: o.Stage, Error: o.Error,
				Reboot: o.Reboot, BootID: run.BootID,
			}
			kept := outcomes[o.PackageKey]
			if o.Installed {
				kept.Installed = fact
			} else {
				kept.Failed = fact
			}
			outcomes[o.PackageKey] = kept
		}
	}
	return outcomes
}
