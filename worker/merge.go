package worker

import (
	"errors"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// merge adds events to the record's facts. The cause is the last one that says something new; if none does, the last that fell due; else
// the last.
//
// A scan that is not the newest full one afterwards will never be compared, and is read and checked here. The error is a refusal.
func (l *loaded) merge(events []*event) (m merged, cause *event, err error) {
	m, cause = knownBefore, events[len(events)-1]
	for _, e := range events {
		switch {
		case e.kind == messages.KindDue && m != changedFacts:
			m, cause = firedSchedule, e
		case e.kind == messages.KindRetire && l.version == 0 && m != changedFacts:
			// Nobody knows the host: there is nothing to retire.
		case l.record.Facts.Add(e.content, e.sum):
			m, cause = changedFacts, e
		}
		if e.opened != nil {
			if err := l.record.Sent(e.opened, e.msg.Data, e.encoding); err != nil {
				return m, cause, refusedByRecord(err)
			}
		}
	}
	for _, e := range events {
		if full := l.record.Facts.Full; full != nil && full.Sum == e.sum {
			continue
		}
		if err := e.check(); err != nil {
			return m, cause, err
		}
	}
	return m, cause, nil
}

// refusedByRecord makes a refusal of an error that says that an event breaks the contract.
func refusedByRecord(err error) error {
	if refused := (*record.RefusedError)(nil); errors.As(err, &refused) {
		return refuse(groundDecode, refused.Err)
	}
	return err
}
