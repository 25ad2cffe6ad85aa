package publisher

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// ErrSuperseded says that the stream holds the revision of a message under another commit, or a newer one: the
// record that the message comes from is stale, or was deleted or restored. Nothing was published.
var ErrSuperseded = errors.New("the stream holds this revision of another commit, or a newer one")

// Changes publishes the changes of hosts to PATCH_CHANGES. It is safe for concurrent use.
type Changes struct {
	js      jetstream.JetStream
	timeout time.Duration
}

// NewChanges returns a publisher of changes. timeout bounds each request to the server.
func NewChanges(js jetstream.JetStream, timeout time.Duration) *Changes {
	return &Changes{js, timeout}
}

// Message is one message of a host's outbox.
type Message struct {
	Msg      *nats.Msg
	Revision uint64
	Commit   string // random, one for each commit of the host's record
	After    uint64 // the fence: the last sequence of the subject as the record knows it; 0: none
	Changed  uint64 // of a status: the sequence of the change that was published before it; 0: of a change

	// Old says that the message may have been published so long ago that the stream has expired it. It is then
	// looked for before it is published, and counts as published where its subject is empty.
	Old bool
}

// Last is what is known of the last message of a subject. The zero value: the subject is empty.
type Last struct {
	Sequence uint64
	Revision uint64
	Commit   string
	Changed  uint64 // of a status: the sequence of the change that was published before it; 0: it does not say
}

// Publish makes sure that a message is in the stream, once, and returns the last sequence of its subject.
// It publishes under the message's fence; where the stream refuses, does not answer or calls it a duplicate,
// it looks at the last message of the subject and decides:
//
//   - the same revision and commit: it is published;
//   - an older revision, or none: it is published again, this once after what was seen;
//   - anything else: [ErrSuperseded].
//
// Any other error may pass, and leaves open whether the message is published; publish it again later.
func (c *Changes) Publish(ctx context.Context, m Message) (uint64, error) {
	if !m.Old {
		sequence, err := c.publishAfter(ctx, m, m.After)
		if err == nil || !isUnsettled(err) {
			return sequence, err
		}
	}
	last, err := c.Last(ctx, m.Msg.Subject)
	switch {
	case err != nil:
		return 0, err
	case last.Sequence == 0 && m.Old:
		return 0, nil
	case last.Sequence != 0 && last.Revision == m.Revision && last.Commit == m.Commit:
		return last.Sequence, nil
	case last.Sequence != 0 && last.Revision >= m.Revision:
		return 0, ErrSuperseded
	}
	return c.publishAfter(ctx, m, last.Sequence)
}

// Last returns the last message of a subject, as the stream's leader knows it.
func (c *Changes) Last(ctx context.Context, subject string) (Last, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	m, err := AskLeader(ctx, c.js, messages.StreamChanges, MsgGet{Last: subject})
	if err != nil || m == nil {
		return Last{}, err
	}
	header, err := m.Header()
	if err != nil {
		return Last{}, fmt.Errorf("look at %s: %w", subject, err)
	}
	revision, err := strconv.ParseUint(header.Get(messages.HeaderRevision), 10, 64)
	if err != nil {
		return Last{}, fmt.Errorf("look at %s: message %d has no %s: who publishes there?", subject, m.Sequence, messages.HeaderRevision)
	}
	last := Last{Sequence: m.Sequence, Revision: revision, Commit: header.Get(messages.HeaderCommit)}
	if text := header.Get(messages.HeaderChanged); text != "" {
		if last.Changed, err = strconv.ParseUint(text, 10, 64); err != nil {
			return Last{}, fmt.Errorf("look at %s: message %d has the %s %q: who publishes there?", subject, m.Sequence, messages.HeaderChanged, text)
		}
	}
	return last, nil
}

var errDuplicate = errors.New("acknowledged as a duplicate")

// publishAfter publishes once, without a retry: a retry that JetStream's client makes on its own is not fenced off from
// what happened in between.
func (c *Changes) publishAfter(ctx context.Context, m Message, after uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	m.Msg.Header.Set(messages.HeaderRevision, strconv.FormatUint(m.Revision, 10))
	m.Msg.Header.Set(messages.HeaderCommit, m.Commit)
	if m.Changed != 0 {
		m.Msg.Header.Set(messages.HeaderChanged, strconv.FormatUint(m.Changed, 10))
	}
	ack, err := c.js.PublishMsg(ctx, m.Msg, jetstream.WithExpectLastSequencePerSubject(after), jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, fmt.Errorf("publish %s after %d: %w", m.Msg.Subject, after, err)
	}
	if ack.Duplicate {
		return 0, errDuplicate
	}
	return ack.Sequence, nil
}

// isUnsettled reports whether it is open, after err, if the message is in the stream.
func isUnsettled(err error) bool {
	return IsWrongSequence(err) || errors.Is(err, errDuplicate) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// IsWrongSequence reports whether JetStream refused a message because the last sequence of its subject is not
// the expected one: code 10071, or 10164 where a replicated stream still has another write in hand.
func IsWrongSequence(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == wrongLastSequenceConstant)
}

const wrongLastSequenceConstant jetstream.ErrorCode = 10164
