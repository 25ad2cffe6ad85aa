package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/deadletters"
)

func (a *app) deadLettersCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "dead-letters",
		Short: "Look at events that could not be read or applied, and put them back",
		Long: `An event that can never be applied as it is goes to the dead letters at once, with a reason that names the field.
It is kept for 30 days. What was mended since, such as a limit of the server, can be put back: an event that was applied
after all changes nothing.`,
		Example: "  patchstream dead-letters list\n  patchstream dead-letters show 17\n  patchstream dead-letters replay 17",
	}, a.deadListCommand(), a.deadShowCommand(), a.deadReplayCommand(), a.deadPurgeCommand())
}

func (a *app) deadListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list [HOST]",
		Short:   "List the dead letters of all hosts or one, oldest first",
		Example: "  patchstream dead-letters list\n  patchstream dead-letters list web-17.example.org -o json",
		Args:    takes(0, 1),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		host, err := hostArgument(args)
		if err != nil {
			return err
		}
		client, err := e.client()
		if err != nil {
			return err
		}
		if client != nil {
			list, err := client.DeadLetters(cmd.Context(), host)
			if err != nil {
				return err
			}
			return a.Show(out.value, list, func() { a.DeadLetters(list) })
		}
		list := []*deadletters.Letter{}
		err = a.withDeadLetters(cmd.Context(), e.connection, func(ctx context.Context, s *deadletters.Store) error {
			return s.Each(ctx, host, func(l *deadletters.Letter) error {
				l.Headers, l.Payload = nil, nil
				list = append(list, l)
				return nil
			})
		})
		if err != nil {
			return err
		}
		return a.Show(out.value, list, func() { a.DeadLetters(list) })
	}
	return cmd
}

func hostArgument(args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	if err := messages.ValidHost(args[0]); err != nil {
		return "", usagef("host %w", err)
	}
	return args[0], nil
}

func (a *app) withDeadLetters(ctx context.Context, c *dial.Target, do func(context.Context, *deadletters.Store) error) error {
	return c.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		s, err := deadletters.Open(ctx, js)
		if err != nil {
			return err
		}
		err = do(ctx, s)
		if errors.Is(err, deadletters.ErrNoLetter) {
			err = fmt.Errorf("%w: \"patchstream dead-letters list\" shows those there are", err)
		}
		return err
	})
}

func (a *app) deadShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show LETTER",
		Short:   "Show a dead letter: its reason, its headers, and what it says",
		Example: "  patchstream dead-letters show 17\n  patchstream dead-letters show 17 -o json | jq -r .payload | base64 -d > event",
		Args:    takes(1, 1),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		sequences, err := letterNumbers(args)
		if err != nil {
			return err
		}
		client, err := e.client()
		if err != nil {
			return err
		}
		if client != nil {
			l, err := client.DeadLetter(cmd.Context(), sequences[0])
			if err != nil {
				return err
			}
			return a.Show(out.value, l, func() { a.DeadLetter(l) })
		}
		return a.withDeadLetters(cmd.Context(), e.connection, func(ctx context.Context, s *deadletters.Store) error {
			l, err := s.Get(ctx, sequences[0])
			if err != nil {
				return err
			}
			return a.Show(out.value, l, func() { a.DeadLetter(l) })
		})
	}
	return cmd
}

func (a *app) deadReplayCommand() *cobra.Command {
	var patience time.Duration
	back := make(map[uint64]bool)
	cmd := a.deadAction(&deadAction{
		name: "replay", short: "Put dead letters back into the queue", done: "put back",
		long: `Each goes back without its message id, and its letter is removed. What is still wrong comes back as a new letter. With --all
it waits for the workers and says what became of them.`,
		do: func(ctx context.Context, s *deadletters.Store, l *deadletters.Letter) error {
			event, err := s.PutBack(ctx, l)
			if event > 0 {
				back[event] = true
			}
			return err
		},
		after: func(ctx context.Context, s *deadletters.Store) error { return a.tellFate(ctx, s, back, patience) },
	})
	cmd.Flags().DurationVar(&patience, "wait", 10*time.Second, "with --all: how long to wait for the workers")
	return cmd
}

// tellFate says what became of events that were put back.
func (a *app) tellFate(ctx context.Context, s *deadletters.Store, back map[uint64]bool, patience time.Duration) error {
	if len(back) == 0 {
		return nil
	}
	progress := a.Progress("waiting for the workers", 0)
	fate, err := s.Fate(ctx, back, patience)
	progress.Stop()
	if err != nil {
		return err
	}
	a.Printf("of these %d: %d applied, %d dead letters again, %d still waiting for a worker\n", len(back), fate.Applied, len(fate.Again), fate.Waiting)
	a.DeadLettersAgain(fate.Again)
	return nil
}

func (a *app) deadPurgeCommand() *cobra.Command {
	var yes bool
	cmd := a.deadAction(&deadAction{
		name: "purge", short: "Remove dead letters for ever", done: "removed",
		long: `What is removed cannot be put back. With --all it asks; where standard input is no terminal, as in a script, only --yes removes
all.`,
		do: func(ctx context.Context, s *deadletters.Store, l *deadletters.Letter) error {
			return s.Remove(ctx, l.Sequence)
		},
		before: func(ctx context.Context, n int) error {
			if yes || n == 0 {
				return nil
			}
			a.Printf("Remove %s for ever? [y/N] ", print.Count(n, "dead letter"))
			sure, err := a.confirmed(ctx)
			if err == nil && !sure {
				err = errors.New("you did not say yes")
			}
			if err != nil {
				return fmt.Errorf("nothing was removed: %w", err)
			}
			return nil
		},
		mayAll: func() error {
			if yes || print.IsTerminal(a.stdin) {
				return nil
			}
			return usagef("nothing was removed: standard input is no terminal to ask on, so give --yes")
		},
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "with --all: do not ask")
	return cmd
}

// deadAction is a command that does something with letters by their numbers, or with all, of one host or of all.
type deadAction struct {
	name, short, long, done string

	do     func(context.Context, *deadletters.Store, *deadletters.Letter) error
	mayAll func() error                                    // before a server is asked, with --all; nil: it may
	before func(ctx context.Context, n int) error          // before any of all is dealt with; nil: nothing
	after  func(context.Context, *deadletters.Store) error // all were; nil: nothing
}

func (a *app) deadAction(d *deadAction) *cobra.Command {
	var all bool
	var host string
	cmd := &cobra.Command{
		Use:     d.name + " LETTER… | --all [--host HOST]",
		Short:   d.short,
		Long:    d.long,
		Example: fmt.Sprintf("  patchstream dead-letters %[1]s 17 18\n  patchstream dead-letters %[1]s --all --host web-17.example.org", d.name),
		Args:    takes(0, -1),
	}
	cmd.Flags().BoolVar(&all, "all", false, "all letters")
	cmd.Flags().StringVar(&host, "host", "", "with --all: only those of this `HOST`")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		sequences, err := letterNumbers(args)
		switch {
		case err != nil:
			return err
		case all == (len(sequences) > 0) || host != "" && !all:
			return usagef("name the letters, or give --all, with --host for one host's")
		}
		if host != "" {
			if err := messages.ValidHost(host); err != nil {
				return usagef("--host %w", err)
			}
		}
		if all && d.mayAll != nil {
			if err := d.mayAll(); err != nil {
				return err
			}
		}
		return a.withDeadLetters(cmd.Context(), c, func(ctx context.Context, s *deadletters.Store) error {
			if !all {
				return a.doLetters(ctx, s, sequences, d.done, d.do)
			}
			return a.doAllLetters(ctx, s, host, d)
		})
	}
	return cmd
}

func (a *app) doAllLetters(ctx context.Context, s *deadletters.Store, host string, d *deadAction) error {
	var sequences []uint64
	err := s.Each(ctx, host, func(l *deadletters.Letter) error {
		sequences = append(sequences, l.Sequence)
		return nil
	})
	if err == nil && d.before != nil {
		err = d.before(ctx, len(sequences))
	}
	if err != nil {
		return err
	}
	err = a.doLetters(ctx, s, sequences, d.done, d.do)
	if d.after != nil {
		err = errors.Join(err, d.after(ctx, s))
	}
	return err
}

// doLetters goes on after a letter that cannot be dealt with, and says so at the end.
func (a *app) doLetters(ctx context.Context, s *deadletters.Store, sequences []uint64, done string, do func(context.Context, *deadletters.Store, *deadletters.Letter) error) error {
	var failed []error
	n := 0
	for _, sequence := range sequences {
		l, err := s.Get(ctx, sequence)
		if err == nil {
			err = do(ctx, s, l)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		n++
	}
	a.Printf("%s %s\n", print.Count(n, "dead letter"), done)
	return errors.Join(failed...)
}

func letterNumbers(args []string) ([]uint64, error) {
	var numbers []uint64
	for _, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 64)
		if err != nil || n == 0 {
			return nil, usagef("%q is no dead letter: \"patchstream dead-letters list\" shows their numbers", arg)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
