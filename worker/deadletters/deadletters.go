package deadletters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/pull"
)

// The errors of a [Store].
var (
	ErrNoStream  = errors.New("no stream PATCH_DEAD here: start a worker (`patchstream serve` or `patchstream worker`), which creates it")
	ErrNoLetter  = errors.New("no such dead letter")
	ErrTruncated = errors.New("the event was too large to be kept whole")
)

// Letter is a dead letter.
type Letter struct {
	Sequence   uint64        `json:"sequence"` // in PATCH_DEAD: its name in all commands
	Kind       messages.Kind `json:"kind"`     // empty: it cannot be told
	Host       string        `json:"host"`     // empty: it cannot be told
	At         time.Time     `json:"at"`
	Reason     string        `json:"reason"`
	Subject    string        `json:"subject"` // on which the event came
	Deliveries uint64        `json:"deliveries"`
	Bytes      int           `json:"bytes"`               // of the payload that is kept
	Truncated  int           `json:"truncated,omitempty"` // bytes it had, where it was cut
	Event      uint64        `json:"event,omitempty"`     // the event's sequence in PATCH_EVENTS

	Headers nats.Header `json:"headers,omitempty"` // as stored
	Payload []byte      `json:"payload,omitempty"`
}

// Store reads dead letters. It is safe for concurrent use.
type Store struct {
	js     jetstream.JetStream
	stream jetstream.Stream
}

// Open returns the dead letters of a server. [ErrNoStream]: no worker ever ran there.
func Open(ctx context.Context, js jetstream.JetStream) (*Store, error) {
	stream, err := js.Stream(ctx, messages.StreamDead)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, ErrNoStream
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", messages.StreamDead, err)
	}
	return &Store{js, stream}, nil
}

// Each calls visit for every letter of a host, or of all hosts where it is empty, oldest first, with headers and
// payload. It stops at the first error of visit and returns it.
func (s *Store) Each(ctx context.Context, host string, visit func(*Letter) error) error {
	config := jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: forgotten}
	if host != "" {
		config.FilterSubjects = []string{messages.DeadSubjects(host)}
	}
	consumer, err := s.js.CreateConsumer(ctx, messages.StreamDead, config)
	if err != nil {
		return fmt.Errorf("read the dead letters: %w", err)
	}
	info := consumer.CachedInfo()
	defer func() { _ = s.js.DeleteConsumer(context.WithoutCancel(ctx), messages.StreamDead, info.Name) }() // else it is forgotten
	return s.read(ctx, info, visit)
}

// forgotten is how long the server keeps a consumer of a reader that went away.
const forgotten = time.Minute

// read reads as many letters as there are now. What a host wrote may stand in their headers: so they are pulled by a loop that
// takes no header for the server's word.
func (s *Store) read(ctx context.Context, info *jetstream.ConsumerInfo, visit func(*Letter) error) error {
	left := info.NumPending
	if left == 0 {
		return nil
	}
	reading, enough := context.WithCancel(ctx)
	defer enough()
	var failed error
	err := pull.Run(reading, pull.Config{Conn: s.js.Conn(), Stream: info.Stream, Consumer: info.Name}, func(m *pull.Msg) {
		if left == 0 || failed != nil {
			return
		}
		if failed = visit(letter(m.Sequence, m.Header, m.Data)); failed != nil {
			enough()
			return
		}
		if left--; left == 0 {
			enough()
		}
	})
	if err = cmp.Or(err, ctx.Err()); err != nil && failed == nil {
		return fmt.Errorf("read the dead letters: %w", err)
	}
	return failed
}

// Get returns one letter, or [ErrNoLetter].
func (s *Store) Get(ctx context.Context, sequence uint64) (*Letter, error) {
	raw, err := s.stream.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, fmt.Errorf("%d: %w", sequence, ErrNoLetter)
	}
	if err != nil {
		return nil, fmt.Errorf("read dead letter %d: %w", sequence, err)
	}
	return letter(raw.Sequence, raw.Header, raw.Data), nil
}

func letter(sequence uint64, headers nats.Header, payload []byte) *Letter {
	l := &Letter{
		Sequence: sequence, Headers: headers, Payload: payload, Bytes: len(payload),
		Reason: headers.Get(messages.HeaderDeadReason), Subject: headers.Get(messages.HeaderDeadSubject),
	}
	l.Kind, l.Host, _ = messages.ParseSubject(l.Subject)
	l.At, _ = time.Parse(time.RFC3339Nano, headers.Get(messages.HeaderDeadAt))
	l.Deliveries, _ = strconv.ParseUint(headers.Get(messages.HeaderDeadDeliveries), 10, 64)
	l.Event, _ = strconv.ParseUint(headers.Get(messages.HeaderDeadSequence), 10, 64)
	l.Truncated, _ = strconv.Atoi(headers.Get(messages.HeaderDeadTruncated))
	return l
}

// Replay puts the event of a letter back into the queue, without its Nats-Msg-Id, and removes the letter. A
// crash in between leaves both; an event that is applied twice changes nothing. [ErrTruncated]: it is not whole.
func (s *Store) Replay(ctx context.Context, l *Letter) error {
	_, err := s.PutBack(ctx, l)
	return err
}

// PutBack is Replay, and returns the sequence that the event has in the queue.
func (s *Store) PutBack(ctx context.Context, l *Letter) (uint64, error) {
	if l.Truncated > 0 {
		return 0, fmt.Errorf("dead letter %d: %w: %d of %d bytes are left", l.Sequence, ErrTruncated, l.Bytes, l.Truncated)
	}
	kind, host, err := messages.ParseSubject(l.Subject)
	if err != nil {
		return 0, fmt.Errorf("dead letter %d cannot be put back: %w", l.Sequence, err)
	}
	if kind == messages.KindDue { // only workers may publish there
		kind = messages.KindRecheck
	}
	msg := nats.NewMsg(kind.Subject(host))
	msg.Data = l.Payload
	for name, values := range l.Headers {
		if kept(name) {
			msg.Header[name] = values
		}
	}
	ack, err := s.js.PublishMsg(ctx, msg, jetstream.WithExpectStream(messages.StreamEvents))
	if err != nil {
		return 0, fmt.Errorf("put back dead letter %d: %w", l.Sequence, err)
	}
	return ack.Sequence, s.Remove(ctx, l.Sequence)
}

// kept reports whether a header of a letter is one that the host sent and the queue may have.
func kept(name string) bool {
	for _, prefix := range []string{messages.HeaderNATSPrefix, messages.HeaderDeadPrefix, messages.HeaderOriginalPrefix} {
		if messages.HeaderHasPrefix(name, prefix) {
			return false
		}
	}
	return true
}

// Remove removes one letter for ever. [ErrNoLetter]: it is gone already.
func (s *Store) Remove(ctx context.Context, sequence uint64) error {
	err := s.stream.DeleteMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("%d: %w", sequence, ErrNoLetter)
	}
	if err != nil {
		return fmt.Errorf("remove dead letter %d: %w", sequence, err)
	}
	return nil
}
