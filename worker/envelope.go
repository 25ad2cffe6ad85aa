package worker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/pull"
)

// envelope is a delivery, taken apart once, at the door: all that is known of an event before its payload is read.
type envelope struct {
	msg     *pull.Msg
	kind    messages.Kind // empty: the subject names none
	host    string        // as the subject has it, legal or not
	illegal error         // what is wrong with the subject; nil: nothing

	stream     string
	sequence   uint64 // in the stream
	deliveries uint64
	stored     time.Time // when JetStream stored it

	encoding messages.Encoding

	plainBytes   int   // of the payload, decompressed
	waitingBytes int64 // what it counts for while it waits
}

// minWaitingBytes is what the smallest event counts for while it waits. It keeps a worker from taking thousands of
// small ones that others could handle.
const minWaitingBytes = 64 << 10

// newEnvelope takes a delivery apart.
func newEnvelope(msg *pull.Msg) *envelope {
	e := &envelope{
		msg: msg, stream: msg.Stream, sequence: msg.Sequence, deliveries: msg.Deliveries, stored: msg.Stored.UTC(),
		encoding: messages.EncodingOf(msg.Header),
	}
	e.kind, e.host, e.illegal = parseSubject(msg.Subject)
	e.waitingBytes = int64(max(payloadAndHeaderBytes(msg), minWaitingBytes))
	e.plainBytes = e.encoding.PlainBytes(msg.Data)
	return e
}

func payloadAndHeaderBytes(msg *pull.Msg) int {
	n := len(msg.Data)
	for _, values := range msg.Header {
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// parseSubject is [messages.ParseSubject], except that the host is the end of the subject even where it is no legal one.
func parseSubject(subject string) (kind messages.Kind, host string, illegal error) {
	kind, _, illegal = messages.ParseSubject(subject)
	parts := strings.SplitN(subject, ".", 3)
	return kind, parts[len(parts)-1], illegal
}

// event is an envelope that was opened.
type event struct {
	*envelope
	content messages.Event
	sum     [32]byte             // of the content, as it was written
	opened  *messages.OpenedScan // of a scan: what is not read of it yet; see [messages.OpenedScan.Kept]
}

// release gives back the memory of the payload.
func (e *event) release() {
	if e.opened != nil {
		e.opened.Release()
	}
}

// check reads all of a scan that is not known to keep the contract. Its error is a refusal.
func (e *event) check() error {
	if e.opened == nil || e.opened.Kept() {
		return nil
	}
	if err := e.opened.Packages(); err != nil {
		return refuse(groundDecode, err)
	}
	return nil
}

// open reads the payload and checks what the contract asks of an event: everything, but of the packages of a full scan, which are read
// when it is known which of them changed. Its errors are refusals. Whoever opened an event releases it.
func (e *envelope) open() (*event, error) {
	if e.illegal != nil {
		return nil, refuse(groundSubject, e.illegal)
	}
	if err := e.checkHeaders(); err != nil {
		return nil, refuse(groundHeader, err)
	}
	if e.kind == messages.KindDue {
		return e.due(), nil
	}
	if n := len(e.msg.Data); n > messages.MaxPayloadBytes {
		return nil, refuse(groundDecode, &messages.FieldError{Field: "payload", Problem: fmt.Sprintf("%d bytes, the bound is %d", n, messages.MaxPayloadBytes)})
	}
	opened, err := e.decode()
	if err != nil {
		return nil, refuse(groundDecode, err)
	}
	if err := opened.checkSender(); err != nil {
		if refused := opened.check(); refused != nil { // what is wrong with the payload itself is said first
			err = refused
		}
		opened.release()
		return nil, err
	}
	return opened, nil
}

// decode reads the payload; that of a scan perhaps in part.
func (e *envelope) decode() (opened *event, err error) {
	opened = &event{envelope: e}
	if e.kind != messages.KindScan {
		opened.content, opened.sum, err = messages.DecodeSummed(e.kind, e.msg.Data, e.encoding)
		return opened, err
	}
	if opened.opened, err = messages.OpenScan(e.msg.Data, e.encoding); err != nil {
		return nil, err
	}
	opened.content, opened.sum = opened.opened.Scan, opened.opened.Sum()
	return opened, nil
}

// checkSender refuses what another host says of itself, and what a host says whose clock is wrong.
func (e *event) checkSender() error {
	if host := e.content.HostName(); host != e.host {
		return refuse(groundDecode, &messages.FieldError{Field: "host", Problem: fmt.Sprintf("is %q, but the subject speaks for %q", host, e.host)})
	}
	if err := e.content.CheckClock(e.stored); err != nil {
		return refuse(groundClock, err)
	}
	return nil
}

// due is the recheck that a host is due for. What the message says beside its subject is not asked.
func (e *envelope) due() *event {
	content := &messages.Recheck{ID: fmt.Sprintf("due/%d", e.sequence), Host: e.host}
	return &event{envelope: e, content: content, sum: messages.ContentSum(content)}
}

// asOf is the time as of which events are handled: no earlier than any was stored. A clock that is behind must not take what
// fell due for what is to come, since then it would never come again, nor show an override that has ended once more.
func asOf(events []*event, clock time.Time) time.Time {
	now := clock.UTC()
	for _, e := range events {
		if e.stored.After(now) {
			now = e.stored
		}
	}
	return now
}

// heard is when the newest of the events that the host itself sent was stored; zero: none of them is.
func heard(events []*event) (at time.Time) {
	for _, e := range events {
		if (e.kind == messages.KindScan || e.kind == messages.KindRun) && e.stored.After(at) {
			at = e.stored
		}
	}
	return at
}

// checkHeaders refuses message schedules on the events: with them, whoever may publish on one subject could
// have the server publish on another. It refuses what looks like the server's word to ordinary clients, too.
func (e *envelope) checkHeaders() error {
	if e.kind == messages.KindDue {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(e.msg.Header)) {
		switch {
		case messages.HeaderHasPrefix(name, messages.HeaderSchedulePrefix):
			return &messages.FieldError{Field: name, Problem: "message schedules are not allowed here"}
		case messages.HeaderOfServer(name):
			return &messages.FieldError{Field: name, Problem: "only a server may say this"}
		}
	}
	return nil
}

// restsOnTheRecord reports whether the record decides alone if there is anything to do for the event: a look at what is known,
// and a retirement, which needs something to retire. Nothing may be written then, so no conflict would tell that another worker
// has written the record since: it must be the newest.
func (e *event) restsOnTheRecord() bool {
	switch e.content.(type) {
	case *messages.Recheck, *messages.Retire:
		return true
	}
	return false
}

// cause is what a change caused by the event says of it.
func (e *event) cause() messages.Cause {
	at := e.content.Time()
	if at.IsZero() {
		at = e.stored
	}
	return messages.Cause{Kind: e.kind, ID: e.content.EventID(), OccurredAt: at.UTC(), By: saidBy(e.content)}
}

// saidBy is who is behind an event of an operator, as it says; empty where it does not.
func saidBy(e messages.Event) string {
	switch e := e.(type) {
	case *messages.Override:
		return e.By
	case *messages.Retire:
		return e.By
	}
	return ""
}

// run is what a change caused by the event says of the run that it is; nil: it is none.
func (e *event) run() *messages.RunSummary {
	if r, ok := e.content.(*messages.Run); ok {
		return r.Summary()
	}
	return nil
}

// oldestSince is how long before JetStream stored an event what it brings may be said to stand: else a wrong clock, or an
// event kept for a year, would make a patch look overdue for as long.
const oldestSince = 30 * 24 * time.Hour

// since is the time from which what the event brings counts: the event's own, within bounds.
func (e *event) since() time.Time {
	at := e.cause().OccurredAt
	if oldest := e.stored.Add(-oldestSince); at.Before(oldest) {
		return oldest
	}
	return at
}
