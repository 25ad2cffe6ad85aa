package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
)

// watchOptions are the flags of watch.
type watchOptions struct {
	host, since string
	durable     string // "": by a consumer of its own that ends with it
	states      *[]string
	all, create bool
	until       string
	noFollow    bool // end with what is there
	list        bool
	remove      bool
	exec        string
	retries     int
	output      *oneOf[print.Format]
	endpoint    *endpoint
	connection  *dial.Target // of the endpoint
}

func (a *app) watchCommand() *cobra.Command {
	o := &watchOptions{}
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Follow changes as they are published",
		Long: `Prints a line for each transition of a patch, and one for the host where its status changes, or a condition comes
(+run_failed) or goes (-run_failed), from now on: or from --since, or from the beginning of what is kept. In JSON it prints each message in one line. It outlives the server, and ends
with SIGINT.

Of a host's first scan and of a recheck, what is in order is one line with a number; --state shows it. --state shows only
transitions into one of these states; in JSON, the messages that have such a transition. --no-follow ends with what is there,
--until with what was published by a time.

With --durable it goes on where it was ended, by a consumer of that name; a change that was printed but not yet
acknowledged comes again. --create makes the consumer and ends, --remove removes it, --list lists all. To make one is an
operator's right, to use the one of its name a reader's.

With --exec each change is given to a command, as JSON on its standard input, and acknowledged only when that ends with 0. It is
tried again, --retries times, a little later each time; then watch ends with an error, and the change comes again.`,
		Example: `  patchstream watch
  patchstream watch --host web-17.example.org --since 24h
  patchstream watch --since 24h --no-follow
  patchstream watch --durable siem --nkey reader-siem.nk
  patchstream watch --durable tickets --exec ./open-ticket
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
	f.StringVar(&o.until, "until", "", "end with what was published by this `TIME`: an age as 2h, or 2026-11-20T10:00:00Z")
	f.BoolVar(&o.noFollow, "no-follow", false, "end with what is there; needs --since or --all")
	f.BoolVar(&o.list, "list", false, "list the durable consumers, and end")
	f.BoolVar(&o.remove, "remove", false, "remove the consumer --durable, and end")
	f.StringVar(&o.exec, "exec", "", "with --durable: run this `COMMAND` with sh for each change")
	f.IntVar(&o.retries, "retries", 3, "with --exec: try so many times again")
	o.output = addOutput(cmd)
	o.endpoint = addEndpoint(cmd)
	o.connection = o.endpoint.connection
	return cmd
}

func (a *app) watch(ctx context.Context, o *watchOptions) error {
	states, err := parseStates(*o.states)
	if err != nil {
		return err
	}
	from, err := a.watchFrom(o)
	if err != nil {
		return err
	}
	switch {
	case o.create:
		return a.makeDurable(ctx, o, from)
	case o.list:
		return a.listDurables(ctx, o)
	case o.remove:
		return a.removeDurable(ctx, o)
	}
	until, err := a.watchUntil(o)
	if err != nil {
		return err
	}
	if o.durable == "" {
		client, err := o.endpoint.client()
		if err != nil {
			return err
		}
		if client != nil {
			return a.watchAPI(ctx, client, o, from, until, states)
		}
	}
	if o.noFollow || !until.IsZero() {
		return a.readChanges(ctx, o, from, until, states)
	}
	log := a.Logger()
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	nc, err := o.connection.Open(append(dial.Steady(log, fail), o.connection.OnDenied(fail))...)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	js = asWeMay(running, o.connection, js)
	feed, err := o.follow(running, js, from, log)
	switch cause := context.Cause(running); {
	case ctx.Err() != nil:
		return nil
	case err != nil && cause != nil:
		return o.refused(cause)
	case err != nil:
		return o.refused(o.connection.Explain(running, err))
	}
	defer feed.Close()
	if o.host != "" {
		a.warnOfUnknownHost(running, js, o.host)
	}
	log.Info().Strs("subjects", from.Subjects()).Msg("watching")
	take := func(m *messages.Changed) error { return a.Change(o.output.value, m, states) }
	if o.exec != "" {
		take = func(m *messages.Changed) error { return a.handTo(running, o, m, states) }
	}
	if err := feed.Each(take); err != nil {
		return err
	}
	return stopped(ctx, running, zerolog.Nop(), nil)
}

func (o *watchOptions) follow(ctx context.Context, js jetstream.JetStream, from history.From, log zerolog.Logger) (*history.Feed, error) {
	if o.durable == "" {
		return history.Follow(ctx, js, from, log)
	}
	feed, err := history.Resume(ctx, js, o.durable, log)
	if errors.Is(err, history.ErrNoConsumer) {
		err = fmt.Errorf("there is no consumer %[1]s: an operator makes it with \"patchstream watch --durable %[1]s --create\"", o.durable)
	}
	return feed, err
}

func (a *app) watchFrom(o *watchOptions) (from history.From, err error) {
	from.Host = o.host
	if o.host != "" {
		if err := messages.ValidHost(o.host); err != nil {
			return from, usagef("--host %w", err)
		}
	}
	switch {
	case strings.ContainsAny(o.durable, " \t\r\n.*>/\\"):
		return from, usagef("--durable %q: the name of a consumer has no space and none of . * > / \\", o.durable)
	case (o.create || o.remove) && o.durable == "":
		return from, usagef("--create and --remove need the name of a consumer: --durable NAME")
	case o.create && o.remove, o.list && (o.create || o.remove || o.durable != ""):
		return from, usagef("give one of --create, --remove and --list")
	case (o.durable != "" || o.list) && o.connection.Given("api"):
		return from, usagef("--durable and --list are of consumers on NATS: leave out --api")
	case o.exec != "" && o.durable == "":
		return from, usagef("--exec needs --durable NAME: without a consumer nothing remembers which changes the command has taken")
	case o.retries < 0 || o.retries > mostRetries:
		return from, usagef("--retries must be 0 to %d", mostRetries)
	case (o.noFollow || o.until != "") && o.durable != "":
		return from, usagef("--no-follow and --until read what is kept, from --since or --all: a consumer goes on where it was")
	case o.noFollow && o.since == "" && !o.all:
		return from, usagef("--no-follow needs --since or --all: from now on there is nothing yet")
	case o.durable != "" && !o.create && (o.host != "" || o.since != "" || o.all):
		return from, usagef("--host, --since and --all are said once, with --create: a consumer goes on where it was")
	case o.all && o.since != "":
		return from, usagef("--since and --all exclude each other")
	case o.all:
		from.Oldest = true
	case o.since != "":
		from.Since, err = instantOrAge(o.since, func(d time.Duration) time.Time { return a.now().Add(-d) })
		if err != nil {
			return from, usagef("--since: %w", err)
		}
		if from.Since.After(a.now()) {
			return from, usagef("--since %s is still to come", o.since)
		}
	}
	return from, nil
}

// makeDurable makes the consumer of a reader. One that is there stays as it is.
func (a *app) makeDurable(ctx context.Context, o *watchOptions, from history.From) error {
	return o.connection.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		err := history.Make(ctx, js, o.durable, from)
		if errors.Is(err, history.ErrOtherwiseThere) {
			return fmt.Errorf("there is a consumer %s already, which was made otherwise: follow it with --durable alone", o.durable)
		}
		if err != nil {
			return err
		}
		a.Printf("consumer %[1]s is there: patchstream watch --durable %[1]s\n", o.durable)
		return nil
	})
}

// refused says what a reader does who may not make a consumer.
func (o *watchOptions) refused(err error) error {
	if errors.Is(err, nats.ErrPermissionViolation) && o.durable == "" {
		return fmt.Errorf("%w; a reader follows with \"patchstream watch --durable NAME\"", err)
	}
	return err
}
