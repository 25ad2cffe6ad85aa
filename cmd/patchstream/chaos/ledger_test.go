package chaos

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// ledger is what JetStream answered to the publishers. It is safe for concurrent use.
type ledger struct {
	mu       sync.Mutex
	of       map[int]*entry // by the number of the event
	tally    tally
	replayed int            // dead letters that were put back
	read     uint64         // the last dead letter that was looked at
	refused  map[string]int // answers that say no, by their text
}

// entry is what is known of one event.
type entry struct {
	event    *event
	asked    int             // sends that were begun
	accepted int             // sends that were acknowledged
	stored   map[uint64]bool // the sequences that acknowledgements named, for what was stored then
	unknown  int             // attempts of which nobody knows whether they were stored
}

// tally counts what was sent.
type tally struct{ sends, attempts, lost, deduplicated, stored int }

func newLedger() *ledger { return &ledger{of: make(map[int]*entry), refused: make(map[string]int)} }

func (l *ledger) entry(e *event) *entry {
	if l.of[e.number] == nil {
		l.of[e.number] = &entry{event: e, stored: make(map[uint64]bool)}
	}
	return l.of[e.number]
}

// begun notes a send, ended how one attempt at it ended.
func (l *ledger) begun(e *event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entry(e).asked++
	l.tally.sends++
}

func (l *ledger) begunSends() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally.sends
}

func (l *ledger) ended(e *event, ack *jetstream.PubAck, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := l.entry(e)
	l.tally.attempts++
	var said *jetstream.APIError
	switch {
	case err == nil && ack.Duplicate:
		entry.accepted++
		l.tally.deduplicated++
	case err == nil:
		entry.accepted++
		entry.stored[ack.Sequence] = true
		l.tally.stored++
	case errors.As(err, &said), errors.Is(err, jetstream.ErrNoStreamResponse):
		l.refused[err.Error()]++
	default:
		entry.unknown++
		l.tally.lost++
	}
}

// failed returns how many attempts were refused or not answered.
func (l *ledger) failed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.tally.lost
	for _, times := range l.refused {
		n += times
	}
	return n
}

// awaitFailure returns when an attempt failed, or ctx ended.
func (l *ledger) awaitFailure(ctx context.Context) {
	for l.failed() == 0 && wait(ctx, 10*time.Millisecond) {
	}
}

// attemptTimeout is how long a publisher waits for an acknowledgement before it sends again.
const attemptTimeout = time.Second

// publish sends an event until it is acknowledged, or the context ends.
func (l *ledger) publish(ctx context.Context, js jetstream.JetStream, s send) {
	l.begun(s.event)
	for ctx.Err() == nil {
		msg := s.message()
		attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
		ack, err := js.PublishMsg(attempt, msg, jetstream.WithRetryAttempts(0))
		cancel()
		if l.ended(s.event, ack, err); err == nil {
			return
		}
		wait(ctx, 50*time.Millisecond)
	}
}

// replay puts back the dead letters of well-formed events, each once, as an operator does. It reports whether
// there were any.
func (l *ledger) replay(ctx context.Context, js jetstream.JetStream, h *history, seen *observed) bool {
	some := false
	for i := range seen.dead {
		letter := &seen.dead[i]
		number, err := strconv.Atoi(letter.header.Get(headerEvent))
		if err != nil || letter.sequence <= l.read || h.events[number].said == nil || !innocent(letter) {
			continue
		}
		l.publish(ctx, js, send{event: h.events[number]})
		l.replayed++
		some = true
	}
	if n := len(seen.dead); n > 0 {
		l.read = seen.dead[n-1].sequence
	}
	return some
}

func (s send) message() *nats.Msg {
	msg := &nats.Msg{Subject: s.subject, Data: s.payload, Header: nats.Header{}}
	for name, values := range s.header {
		msg.Header[name] = values
	}
	if s.named {
		msg.Header.Set(nats.MsgIdHdr, messages.MsgID(s.kind, s.host, s.id))
	}
	return msg
}

// wait returns true when d has passed, and false when the context ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
