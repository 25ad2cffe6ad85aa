package worker

import (
	"time"

	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/schedule"
)

// action is what there is to do for an event whose facts were merged into its host's record.
type action int

const (
	acknowledge action = iota // nothing: the record says all that the event says
	commit                    // classify the host, and write its record
)

// reason is why there is something to do for an event, or nothing. The log, the metric and the tests share it.
type reason string

const (
	newFacts       reason = "new_facts"       // commit: the event says what the record did not know
	bucketAnew     reason = "bucket_anew"     // commit: the report was made by a bucket of baselines that is gone
	otherBaseline  reason = "other_baseline"  // commit: another baseline, revision, group or setting applies by now
	scanGone       reason = "scan_gone"       // commit: the full scan on which the report rests is lost
	fellDue        reason = "fell_due"        // commit: an override expired or the scan became too old
	rescheduled    reason = "rescheduled"     // commit: a schedule fired, and the record must name the next one
	heardAgain     reason = "heard_again"     // commit: the host has spoken, and the record names a time long before that
	nothingKnown   reason = "nothing_known"   // acknowledge: the host has no report, and the event has no facts for one
	nothingChanged reason = "nothing_changed" // acknowledge: the report stands as it was made
)

// reasons are all of them, in the order in which they are tried.
func reasons() []reason {
	return []reason{newFacts, nothingKnown, scanGone, bucketAnew, otherBaseline, fellDue, rescheduled, heardAgain, nothingChanged}
}

// merged is what the merge of an event did to the facts of a record.
type merged int

const (
	knownBefore merged = iota
	changedFacts
	firedSchedule // there are no facts in it
)

// heardWithin is how much older the time may be at which a record says that its host was heard: what says nothing new, as from
// a host whose clock is set back, must not cost a write each.
const heardWithin = time.Hour

// decide says what there is to do for an event, and why: m is what its merge did to the facts of the record, basis what
// a report would be made by now, heard when it was stored, if it is the host's own. It changes nothing.
func decide(r *record.Record, m merged, basis record.Basis, heard, now time.Time) (action, reason) {
	switch {
	case m == changedFacts:
		return commit, newFacts
	// As of a recheck of a host that nobody knows: nothing is written for it.
	case r.Report == nil:
		return acknowledge, nothingKnown
	case r.Scanned && r.Facts.Full == nil:
		return commit, scanGone
	// Its sequences begin at 1 again, so the record's says nothing any more about how far it was read.
	case !r.Basis.BaselinesCreated.Equal(basis.BaselinesCreated):
		return commit, bucketAnew
	case r.Basis.By != basis.By:
		return commit, otherBaseline
	case !r.Report.Due.IsZero() && !now.Before(r.Report.Due):
		return commit, fellDue
	case m == firedSchedule && !schedule.Next(r.Report.Due, r.Later, now).Equal(r.Later):
		return commit, rescheduled
	case heard.Sub(r.Heard) > heardWithin:
		return commit, heardAgain
	}
	return acknowledge, nothingChanged
}
