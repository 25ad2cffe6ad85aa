package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
)

const (
	durableAckWait = 5 * time.Minute // that a printed line may wait for who reads it
	durablePending = 256
)

// makeDurable makes the consumer of a reader. One that is there stays as it is.
func (a *app) makeDurable(ctx context.Context, o *watchOptions, config jetstream.OrderedConsumerConfig) error {
	return o.connection.jetstream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		_, err := js.CreateConsumer(ctx, messages.StreamChanges, jetstream.ConsumerConfig{
			Durable: o.durable, FilterSubjects: config.FilterSubjects, DeliverPolicy: config.DeliverPolicy, OptStartTime: config.OptStartTime,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: durableAckWait, MaxAckPending: durablePending,
		})
		if errors.Is(err, jetstream.ErrConsumerExists) {
			return fmt.Errorf("there is a consumer %s already, which was made otherwise: follow it with --durable alone", o.durable)
		}
		if err != nil {
			return fmt.Errorf("make the consumer %s: %w", o.durable, streamMissing(err))
		}
		a.printf("consumer %[1]s is there: patchstream watch --durable %[1]s\n", o.durable)
		return nil
	})
}

func streamMissing(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return errNoChanges
	}
	return err
}

// followDurable hands over each change from where the consumer was, and acknowledges it once it is taken. It needs
// no right but to use that consumer.
func (a *app) followDurable(ctx context.Context, js jetstream.JetStream, name string, log zerolog.Logger,
	fail func(error), take func(*messages.Changed) error,
) (jetstream.ConsumeContext, error) {
	consumer, err := js.Consumer(ctx, messages.StreamChanges, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, fmt.Errorf("there is no consumer %[1]s: an operator makes it with \"patchstream watch --durable %[1]s --create\"", name)
	}
	if err != nil {
		return nil, fmt.Errorf("follow the changes as %s: %w", name, streamMissing(err))
	}
	return consumer.Consume(func(m jetstream.Msg) {
		if !handOver(m, log, fail, take) {
			return
		}
		if err := m.Ack(); err != nil {
			log.Warn().Err(err).Msg("a change may come again")
		}
	}, jetstream.PullMaxMessages(durablePending/2), interruptions(ctx, js, log))
}

// refused says what a reader does who may not make a consumer.
func (o *watchOptions) refused(err error) error {
	if errors.Is(err, nats.ErrPermissionViolation) && o.durable == "" {
		return fmt.Errorf("%w; a reader follows with \"patchstream watch --durable NAME\", once an operator has made its consumer with \"patchstream watch --durable NAME --create\"", err)
	}
	return err
}
