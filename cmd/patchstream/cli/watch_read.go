package cli

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// watchUntil returns when to end; zero: never.
func (a *app) watchUntil(o *watchOptions) (time.Time, error) {
	if o.until == "" {
		return time.Time{}, nil
	}
	until, err := instantOrAge(o.until, func(d time.Duration) time.Time { return a.now().Add(-d) })
	switch {
	case err != nil:
		return until, usagef("--until: %w", err)
	case until.After(a.now()):
		return until, usagef("--until %s is still to come", o.until)
	case o.since == "" && !o.all:
		return until, usagef("--until needs --since or --all")
	}
	return until, nil
}

// readChanges prints what is kept, and ends.
func (a *app) readChanges(ctx context.Context, o *watchOptions, from history.From, until time.Time, states query.States) error {
	return questions(ctx, o.connection, func(ctx context.Context, js jetstream.JetStream) error {
		if o.host != "" {
			a.warnOfUnknownHost(ctx, js, o.host)
		}
		question := web.ChangesQuestion{Host: from.Host, Since: from.Since, Until: until}
		return readChanges(ctx, js, question, func(m *messages.Changed) error { return a.Change(o.output.value, m, states) })
	})
}

// warnOfUnknownHost says that nothing was ever heard of a host. Who may not know is told nothing.
func (a *app) warnOfUnknownHost(ctx context.Context, js jetstream.JetStream, host string) {
	fleet, err := query.Open(ctx, js, a.now())
	if err != nil {
		return
	}
	names, err := fleet.Names(ctx)
	if err != nil {
		return
	}
	for _, name := range names {
		if name == host {
			return
		}
	}
	a.warnOfAbsent("%s is not known: no event of it was ever taken%s", []string{host}, names)
}

// listDurables prints the durable consumers of the changes.
func (a *app) listDurables(ctx context.Context, o *watchOptions) error {
	return o.connection.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		list, err := history.Durables(ctx, js)
		if err != nil {
			return err
		}
		return a.Show(o.output.value, list, func() { a.Durables(list, a.now()) })
	})
}

func (a *app) removeDurable(ctx context.Context, o *watchOptions) error {
	return o.connection.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		if err := history.Remove(ctx, js, o.durable); err != nil {
			return err
		}
		a.Printf("removed consumer %s\n", print.Plain(o.durable))
		return nil
	})
}

// wanted reports whether a change has a transition that is asked for.
func wanted(m *messages.Changed, states query.States) bool {
	if states == nil {
		return true
	}
	for i := range m.Transitions {
		if states.Has(m.Transitions[i].State) {
			return true
		}
	}
	return false
}
