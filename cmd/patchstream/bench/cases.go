package bench

import (
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/messages"
)

// kind is a case of the race: one event of each host, after the cases before it.
type kind struct {
	name    string
	what    string
	changes int   // that each event causes
	alone   steps // what JetStream alone does with it
	event   func(h *fleet.Host, at time.Time, round int, baselines uint64) messages.Event

	nextRound   bool // the packages are others than before
	newBaseline bool // another baseline applies than before
}

// The names of cases.
const (
	caseFirst     = "first"
	caseFull      = "full"
	caseUnchanged = "unchanged"
	caseRecheck   = "recheck"
	caseBaseline  = "baseline"
	caseRun       = "run"
)

const outcomes = 20 // of a run

// story returns the cases in the order in which each host meets them.
func story() []kind {
	return []kind{{
		name: caseFirst, what: "first scan of a new host", changes: 1, alone: steps{putScan: true, putRecord: true, publish: true}, event: scan,
	}, {
		name: caseFull, what: "full scan, 5 packages changed", changes: 1, alone: steps{putScan: true, putRecord: true, publish: true}, event: scan, nextRound: true,
	}, {
		name: caseUnchanged, what: "unchanged scan, by hash", alone: steps{putRecord: true},
		event: func(h *fleet.Host, at time.Time, round int, _ uint64) messages.Event { return h.Unchanged(at, round) },
	}, {
		name: caseRecheck, what: "recheck, nothing new", event: recheck,
	}, {
		name: caseBaseline, what: "recheck, another baseline", changes: 1, alone: steps{getScan: true, putRecord: true, publish: true}, event: recheck, newBaseline: true,
	}, {
		name: caseRun, what: "run of 20 outcomes", changes: 1, alone: steps{putRecord: true, publish: true},
		event: func(h *fleet.Host, at time.Time, round int, _ uint64) messages.Event {
			return h.Run(at, round, outcomes)
		},
	}}
}

func scan(h *fleet.Host, at time.Time, round int, _ uint64) messages.Event { return h.Scan(at, round) }

func recheck(h *fleet.Host, at time.Time, _ int, baselines uint64) messages.Event {
	return h.Recheck(at.Format("recheck-20060102T150405.000000000"), baselines)
}

// Cases returns the names of the cases, in their order.
func Cases() []string {
	var names []string
	for _, k := range story() {
		names = append(names, k.name)
	}
	return names
}
