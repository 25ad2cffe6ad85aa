package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// ErrNoStream says that no worker ever ran on a server.
var ErrNoStream = errors.New("no stream " + messages.StreamChanges + " here: start a worker (\"patchstream serve\" or \"patchstream worker\"), which creates it")

// Feed is changes as they come. Close it.
type Feed struct {
	running   context.Context
	log       zerolog.Logger
	changes   chan Entry
	taken     chan struct{}
	consuming interface{ Stop() }
}

func newFeed(ctx context.Context, log zerolog.Logger) *Feed {
	return &Feed{running: ctx, log: log, changes: make(chan Entry), taken: make(chan struct{})}
}

// Follow begins to read changes, none twice, until ctx ends. [ErrNoStream]: no worker ever ran there.
func Follow(ctx context.Context, js jetstream.JetStream, from From, log zerolog.Logger) (*Feed, error) {
	if r := streams.ReaderOf(js); r != nil {
		return followOneByOne(ctx, r, from, log)
	}
	stream, err := js.Stream(ctx, messages.StreamChanges)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, ErrNoStream
	}
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", err)
	}
	config := from.ordered()
	if config.DeliverPolicy == jetstream.DeliverNewPolicy {
		// Published "new", a consumer that is made again before its first message would begin anew, and leave out what
		// came in between.
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, stream.CachedInfo().State.LastSeq+1
	}
	consumer, err := stream.OrderedConsumer(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", err)
	}
	f := newFeed(ctx, log)
	f.consuming, err = consumer.Consume(func(m jetstream.Msg) { f.handOver(m) }, f.interruptions(js))
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", err)
	}
	return f, nil
}

// Each gives every change to take, one at a time, until the context of the feed ends, which it answers with nil, or take
// fails, with whose error it ends.
func (f *Feed) Each(take func(*messages.Changed) error) error {
	return f.Entries(func(e Entry) error { return take(e.Changed) })
}

// Entries is Each with where the changes are in the stream.
func (f *Feed) Entries(take func(Entry) error) error {
	for {
		select {
		case m := <-f.changes:
			if err := take(m); err != nil {
				return err
			}
			select {
			case f.taken <- struct{}{}:
			case <-f.running.Done():
				return nil
			}
		case <-f.running.Done():
			return nil
		}
	}
}

// Close ends the reading.
func (f *Feed) Close() { f.consuming.Stop() }

// handOver reads a message, and reports whether it was taken. One that cannot be read is logged and passed over.
func (f *Feed) handOver(m jetstream.Msg) bool {
	e, err := entryOf(m)
	return f.pass(e, err, m.Subject())
}

// pass hands an entry over, where it could be read, and reports whether it was taken.
func (f *Feed) pass(e Entry, err error, subject string) bool {
	if err != nil {
		f.log.Error().Err(err).Str("subject", subject).Msg("a change cannot be read")
		return true
	}
	select {
	case f.changes <- e:
	case <-f.running.Done():
		return false
	}
	select {
	case <-f.taken:
		return true
	case <-f.running.Done():
		return false
	}
}

func (f *Feed) interruptions(js jetstream.JetStream) jetstream.PullConsumeOpt {
	return jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if f.running.Err() == nil && js.Conn().IsConnected() { // else the connection's own log says it
			f.log.Warn().Err(err).Msg("following the changes was interrupted; trying again")
		}
	})
}
