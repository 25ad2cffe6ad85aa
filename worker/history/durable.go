package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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

// Durable is a durable consumer of changes.
type Durable struct {
	Name     string     `json:"name"`
	Subjects []string   `json:"subjects"`
	Waiting  uint64     `json:"waiting"` // changes that it has not read yet
	Unacked  int        `json:"unacked"` // read, and not acknowledged
	LastAck  *time.Time `json:"last_ack,omitempty"`
	MadeAt   time.Time  `json:"made_at"`
}

// Durables lists the durable consumers. [ErrNoStream]: no worker ever ran there.
func Durables(ctx context.Context, js jetstream.JetStream) ([]Durable, error) {
	stream, err := js.Stream(ctx, messages.StreamChanges)
	if err != nil {
		return nil, fmt.Errorf("list the consumers: %w", streamMissing(err))
	}
	list := []Durable{}
	consumers := stream.ListConsumers(ctx)
	for info := range consumers.Info() {
		if info.Config.Durable == "" {
			continue
		}
		subjects := info.Config.FilterSubjects
		if info.Config.FilterSubject != "" {
			subjects = append(subjects, info.Config.FilterSubject)
		}
		list = append(list, Durable{info.Name, subjects, info.NumPending, info.NumAckPending, info.AckFloor.Last, info.Created})
	}
	if err := consumers.Err(); err != nil {
		return nil, fmt.Errorf("list the consumers: %w", err)
	}
	slices.SortFunc(list, func(a, b Durable) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// Remove removes a durable consumer, and where it was. [ErrNoConsumer]: there is none.
func Remove(ctx context.Context, js jetstream.JetStream, name string) error {
	err := js.DeleteConsumer(ctx, messages.StreamChanges, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("%s: %w: \"patchstream watch --list\" lists them", name, ErrNoConsumer)
	}
	if err != nil {
		return fmt.Errorf("remove the consumer %s: %w", name, streamMissing(err))
	}
	return nil
}

func streamMissing(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return ErrNoStream
	}
	return err
}
