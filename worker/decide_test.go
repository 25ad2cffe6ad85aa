package worker

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/record"
)

func TestDecidesForEachReason(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	basis := record.Basis{BaselinesCreated: at, BaselinesSeq: 7, By: `"pb" 3`}
	reported := func(due time.Time) *record.Record {
		return &record.Record{Report: &classify.Report{Due: due}, Basis: basis}
	}
	later := func(due, later time.Time) *record.Record {
		r := reported(due)
		r.Later = later
		return r
	}
	const hour = time.Hour
	heardAt := func(heard time.Time) *record.Record {
		r := reported(time.Time{})
		r.Heard = heard
		return r
	}
	gone := func() *record.Record {
		r := reported(time.Time{})
		r.Scanned = true
		return r
	}
	tried := make(map[reason]bool)
	for name, c := range map[string]struct {
		record *record.Record
		merged merged
		basis  record.Basis
		do     action
		why    reason
	}{
		"the first event of a host":        {new(record.Record), changedFacts, basis, commit, newFacts},
		"an event that says something new": {reported(time.Time{}), changedFacts, basis, commit, newFacts},
		"an event that comes twice":        {reported(time.Time{}), knownBefore, basis, acknowledge, nothingChanged},
		"a recheck of an unknown host":     {new(record.Record), knownBefore, basis, acknowledge, nothingKnown},
		"a bucket that was made anew": {
			reported(time.Time{}), knownBefore, record.Basis{BaselinesCreated: at.Add(1), BaselinesSeq: 7, By: basis.By}, commit, bucketAnew,
		},
		"the same bucket, in another zone": {
			reported(time.Time{}), knownBefore, record.Basis{BaselinesCreated: at.In(time.FixedZone("east", 7200)), BaselinesSeq: 7, By: basis.By}, acknowledge, nothingChanged,
		},
		"another revision of the baseline": {
			reported(time.Time{}), knownBefore, record.Basis{BaselinesCreated: at, BaselinesSeq: 8, By: `"pb" 8`}, commit, otherBaseline,
		},
		"a baseline that is not the host's": {
			reported(time.Time{}), knownBefore, record.Basis{BaselinesCreated: at, BaselinesSeq: 8, By: basis.By}, acknowledge, nothingChanged,
		},
		"what falls due now":                                   {reported(at), knownBefore, basis, commit, fellDue},
		"what falls due later":                                 {reported(at.Add(1)), knownBefore, basis, acknowledge, nothingChanged},
		"a schedule that fired when something fell due":        {reported(at), firedSchedule, basis, commit, fellDue},
		"a schedule that fired before the report is due":       {later(at.Add(hour), at), firedSchedule, basis, commit, rescheduled},
		"a schedule that fired, and another one stands":        {later(at.Add(hour), at.Add(hour)), firedSchedule, basis, acknowledge, nothingChanged},
		"a schedule that fired, and one before that stands":    {later(at.Add(hour), at.Add(1)), firedSchedule, basis, acknowledge, nothingChanged},
		"a schedule that fired, and the next stands too late":  {later(at.Add(hour), at.Add(2*hour)), firedSchedule, basis, commit, rescheduled},
		"a schedule that fired when nothing will fall due":     {reported(time.Time{}), firedSchedule, basis, acknowledge, nothingChanged},
		"an event after a schedule that fired":                 {later(at.Add(hour), at), knownBefore, basis, acknowledge, nothingChanged},
		"a host that says nothing new within the hour":         {heardAt(at.Add(-hour)), knownBefore, basis, acknowledge, nothingChanged},
		"a host that says nothing new after more than an hour": {heardAt(at.Add(-hour - 1)), knownBefore, basis, commit, heardAgain},
		"an event that was stored before the last":             {heardAt(at.Add(2 * hour)), knownBefore, basis, acknowledge, nothingChanged},
		"what says nothing new of a host whose scan is gone":   {gone(), knownBefore, basis, commit, scanGone},
		"a recheck of a host that was never scanned":           {reported(time.Time{}), knownBefore, basis, acknowledge, nothingChanged},
		"a schedule of an unknown host":                        {new(record.Record), firedSchedule, basis, acknowledge, nothingKnown},
	} {
		heard := time.Time{}
		if !c.record.Heard.IsZero() {
			heard = at
		}
		do, why := decide(c.record, c.merged, c.basis, heard, at)
		if do != c.do || why != c.why {
			t.Errorf("%s: %d %s, want %d %s", name, do, why, c.do, c.why)
		}
		tried[c.why] = true
	}
	for _, r := range reasons() {
		if !tried[r] {
			t.Errorf("no case of %s", r)
		}
	}
	if len(tried) != len(reasons()) {
		t.Errorf("%d reasons, and reasons() has %d", len(tried), len(reasons()))
	}
}
