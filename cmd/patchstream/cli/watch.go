package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/messages"
)

// watchOptions are the flags of watch.
type watchOptions struct {
	host, since string
	durable     string // "": by a consumer of its own that ends with it
	states      *[]string
	all, create bool
	output      *oneOf
	connection  *connection
}

func (a *app) watchCommand() *cobra.Command {
	o := &watchOptions{}
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Follow changes as they are published",
		Long: `Prints a line for each transition of a patch, and one where a host's status changes, from now on: or from --since,
or from the beginning of what is kept. In JSON it prints each message in one line. It outlives the server, and ends
with SIGINT.

--state shows only transitions into one of these states; in JSON, the messages that have such a transition.

With --durable it goes on where it was ended, by a consumer of that name; a change that was printed but not yet
acknowledged comes again. --create makes the consumer and ends. To make one is an operator's right, to use the one of
its name a reader's.`,
		Example: `  patchstream watch
  patchstream watch --host web-17.example.org --since 24h
  patchstream watch --durable siem --nkey reader-siem.nk
  patchstream watch --all -o json | jq -c '.transitions[] | select(.to == "FAILED")'`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.watch(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.host, "host", "", "only this `HOST`")
	o.states = addStates(cmd, "only transitions into this `STATE`")
	f.StringVar(&o.since, "since", "", "begin at this `TIME`: an age as 2h or 7d, or 2026-11-20T10:00:00Z")
	f.BoolVar(&o.all, "all", false, "begin with the oldest change that is kept")
	f.StringVar(&o.durable, "durable", "", "go on where the consumer of this `NAME` was")
	f.BoolVar(&o.create, "create", false, "make the consumer --durable, from now on, or from --since or --all, and end")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	return cmd
}

func (a *app) watch(ctx context.Context, o *watchOptions) error {
	states, err := parseStates(*o.states)
	if err != nil {
		return err
	}
	config, err := a.watchConfig(o)
	if err != nil {
		return err
	}
	if o.create {
		return a.makeDurable(ctx, o, config)
	}
	log := a.logger()
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	nc, err := o.connection.open(append(steady(log, fail), o.connection.onDenied(fail))...)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	feed := &feed{running: running, changes: make(chan *messages.Changed), printed: make(chan struct{})}
	var consuming jetstream.ConsumeContext
	if o.durable != "" {
		consuming, err = a.followDurable(running, js, o.durable, log, fail, feed.take)
	} else {
		consuming, err = a.follow(running, js, config, log, fail, feed.take)
	}
	switch cause := context.Cause(running); {
	case ctx.Err() != nil:
		return nil
	case err != nil && cause != nil:
		return o.refused(cause)
	case err != nil:
		return o.refused(o.connection.judge(running, err))
	}
	defer consuming.Stop()
	log.Info().Strs("subjects", config.FilterSubjects).Msg("watching")
	if err := feed.print(func(m *messages.Changed) error { return a.change(m, states, o.output) }); err != nil {
		return err
	}
	return stopped(ctx, running, zerolog.Nop(), nil)
}

// feed hands changes from the consumer, which calls take, to whoever prints them.
type feed struct {
	running context.Context
	changes chan *messages.Changed
	printed chan struct{}
}

// take returns nil when the change is printed, and an error when nothing is printed any more.
func (f *feed) take(m *messages.Changed) error {
	select {
	case f.changes <- m:
	case <-f.running.Done():
		return f.running.Err()
	}
	select {
	case <-f.printed:
		return nil
	case <-f.running.Done():
		return f.running.Err()
	}
}

// print prints until running ends, which it answers with nil, or show fails.
func (f *feed) print(show func(*messages.Changed) error) error {
	for {
		select {
		case m := <-f.changes:
			if err := show(m); err != nil {
				return err
			}
			select {
			case f.printed <- struct{}{}:
			case <-f.running.Done():
				return nil
			}
		case <-f.running.Done():
			return nil
		}
	}
}

func (a *app) watchConfig(o *watchOptions) (jetstream.OrderedConsumerConfig, error) {
	config := jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{messages.ChangedSubject(">")}, DeliverPolicy: jetstream.DeliverNewPolicy,
	}
	if o.host != "" {
		if err := messages.ValidHost(o.host); err != nil {
			return config, usagef("--host %w", err)
		}
		config.FilterSubjects = []string{messages.ChangedSubject(o.host)}
	}
	switch {
	case strings.ContainsAny(o.durable, " \t\r\n.*>/\\"):
		return config, usagef("--durable %q: the name of a consumer has no space and none of . * > / \\", o.durable)
	case o.create && o.durable == "":
		return config, usagef("--create needs the name of a consumer: --durable NAME")
	case o.durable != "" && !o.create && (o.host != "" || o.since != "" || o.all):
		return config, usagef("--host, --since and --all are said once, with --create: a consumer goes on where it was")
	case o.all && o.since != "":
		return config, usagef("--since and --all exclude each other")
	case o.all:
		config.DeliverPolicy = jetstream.DeliverAllPolicy
	case o.since != "":
		from, err := instantOrAge(o.since, func(d time.Duration) time.Time { return a.now().Add(-d) })
		if err != nil {
			return config, usagef("--since: %w", err)
		}
		if from.After(a.now()) {
			return config, usagef("--since %s is still to come", o.since)
		}
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &from
	}
	return config, nil
}

var errNoChanges = errors.New("no stream " + messages.StreamChanges + " here: start a worker (\"patchstream serve\" or \"patchstream worker\"), which creates it")

// follow hands every change to take, in the order of the stream and none twice, until it is stopped. An error
// of take ends it.
func (a *app) follow(ctx context.Context, js jetstream.JetStream, config jetstream.OrderedConsumerConfig, log zerolog.Logger,
	fail func(error), take func(*messages.Changed) error,
) (jetstream.ConsumeContext, error) {
	stream, err := js.Stream(ctx, messages.StreamChanges)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, errNoChanges
	}
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", err)
	}
	if config.DeliverPolicy == jetstream.DeliverNewPolicy {
		// Told "new", a consumer that is made again before its first message would begin anew, and leave out what
		// came in between.
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, stream.CachedInfo().State.LastSeq+1
	}
	consumer, err := stream.OrderedConsumer(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", err)
	}
	return consumer.Consume(func(m jetstream.Msg) {
		handOver(m, log, fail, take)
	}, interruptions(ctx, js, log))
}

// handOver reads a message and has it taken. One that cannot be read is told of and passed over.
func handOver(m jetstream.Msg, log zerolog.Logger, fail func(error), take func(*messages.Changed) error) bool {
	h := m.Headers()
	changed, err := messages.DecodeChanged(m.Data(), messages.Encoding{
		ContentType: h.Get("Content-Type"), ContentEncoding: h.Get("Content-Encoding"),
	})
	if err != nil {
		log.Error().Err(err).Str("subject", m.Subject()).Msg("a change cannot be read")
		return true
	}
	if err := take(changed); err != nil {
		fail(err)
		return false
	}
	return true
}

func interruptions(ctx context.Context, js jetstream.JetStream, log zerolog.Logger) jetstream.PullConsumeOpt {
	return jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if ctx.Err() == nil && js.Conn().IsConnected() { // else the connection's own log says it
			log.Warn().Err(err).Msg("following the changes was interrupted; trying again")
		}
	})
}
