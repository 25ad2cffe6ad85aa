package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
)

const (
	durableAckWait = 5 * time.Minute // that a change may wait for who takes it
	durablePending = 256
)

// The errors of durable consumers.
var (
	ErrNoConsumer     = errors.New("there is no such consumer")
	ErrOtherwiseThere = errors.New("there is a consumer of that name already, which was made otherwise")
)

// Make makes the durable consumer of a reader. One that is there stays as it is: [ErrOtherwiseThere] where it reads other
// changes. [ErrNoStream]: no worker ever ran there.
func Make(ctx context.Context, js jetstream.JetStream, name string, from From) error {
	policy, since := from.policy()
	_, err := js.CreateConsumer(ctx, messages.StreamChanges, jetstream.ConsumerConfig{
		Durable: name, FilterSubjects: from.Subjects(), DeliverPolicy: policy, OptStartTime: since,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: durableAckWait, MaxAckPending: durablePending,
	})
	if errors.Is(err, jetstream.ErrConsumerExists) {
		return ErrOtherwiseThere
	}
	if err != nil {
		return fmt.Errorf("make the consumer %s: %w", name, streamMissing(err))
	}
	return nil
}

// Resume begins to read where a durable consumer was, and acknowledges each change once it was taken. It needs no right
// but to use that consumer. [ErrNoConsumer]: nobody has made it.
func Resume(ctx context.Context, js jetstream.JetStream, name string, log zerolog.Logger) (*Feed, error) {
	consumer, err := js.Consumer(ctx, messages.StreamChanges, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, ErrNoConsumer
	}
	if err != nil {
		return nil, fmt.Errorf("follow the changes as %s: %w", name, streamMissing(err))
	}
	f := newFeed(ctx, log)
	f.consuming, err = consumer.Consume(func(m jetstream.Msg) {
		if !f.handOver(m) {
			return
		}
		if err := m.Ack(); err != nil {
			log.Warn().Err(err).Msg("a change may come again")
		}
	}, jetstream.PullMaxMessages(durablePending/2), f.interruptions(js))
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", err)
	}
	return f, nil
}

func streamMissing(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return ErrNoStream
	}
	return err
}
