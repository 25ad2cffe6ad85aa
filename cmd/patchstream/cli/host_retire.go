package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/query"
)

// retireOptions are the flags of host retire.
type retireOptions struct {
	reason, by, silentFor string
	byGiven, yes          bool
	output                *oneOf[print.Format]
	connection            *dial.Target
}

func (a *app) hostRetireCommand() *cobra.Command {
	o := &retireOptions{}
	cmd := &cobra.Command{
		Use:   "retire HOST… | - | --silent-for AGE",
		Short: "Take hosts that are gone out of the fleet",
		Long: `What is known of a retired host is over: it has no patches, counts nowhere, and "host list" alone still has it. Should it
send a full scan again, it is back, with that scan and what comes after it.

With - the names are read from standard input, one in a line. With --silent-for those hosts are retired of which no
scan and no run came for so long, by the server's clock; they are shown, and retired after a yes. Where standard input is no terminal, as in a script, only --yes retires them.`,
		Example: `  patchstream host retire web-17.example.org --reason "replaced by web-18, CHG-1201"
  patchstream host retire --silent-for 30d
  patchstream host list -o json | jq -r '.[] | select(.group == "old") | .host' | patchstream host retire -`,
		Args: takes(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.byGiven = cmd.Flags().Changed("by")
			return a.retire(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.reason, "reason", "", "why, for those who read it later")
	f.StringVar(&o.by, "by", whoAmI(), "who says so")
	f.StringVar(&o.silentFor, "silent-for", "", "retire hosts of which nothing came for this `AGE`, such as 30d")
	f.BoolVar(&o.yes, "yes", false, "with --silent-for: do not ask")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	return cmd
}

func (a *app) retire(ctx context.Context, o *retireOptions, args []string) error {
	switch {
	case (len(args) == 0) == (o.silentFor == ""):
		return usagef("name hosts, or give --silent-for")
	case o.yes && o.silentFor == "":
		return usagef("--yes goes with --silent-for: hosts that are named are not asked about")
	case o.silentFor != "":
		age, err := classify.ParseAge(o.silentFor)
		if err != nil {
			return usagef("--silent-for: %w", err)
		}
		switch {
		case o.yes:
		case o.output.value == print.JSON:
			return usagef("with -o json, which nobody is asked in, give --yes")
		case !print.IsTerminal(a.stdin):
			return usagef("nothing was retired: standard input is no terminal to ask on, so give --yes")
		}
		return a.ask(ctx, o.connection, func(ctx context.Context, q *asker) error { return a.retireSilent(ctx, q, o, age) })
	}
	names, err := a.hostNames(ctx, args, "")
	if err != nil {
		return err
	}
	return a.ask(ctx, o.connection, func(ctx context.Context, q *asker) error {
		hosts, err := a.toRetire(ctx, q, names)
		if err != nil {
			return err
		}
		return a.retireAll(ctx, q, o, hosts)
	})
}

// toRetire returns those of the hosts that are not retired yet. All are looked at before any is retired.
func (a *app) toRetire(ctx context.Context, q *asker, names []string) ([]query.HostView, error) {
	var hosts []query.HostView
	var unknown []error
	for _, name := range names {
		h, err := q.host(ctx, name)
		switch {
		case errors.Is(err, query.ErrUnknownHost):
			unknown = append(unknown, err)
		case err != nil:
			return nil, err
		case h.Report.Status == messages.Retired:
			a.Warn("%s is retired already", name)
		default:
			hosts = append(hosts, h.HostView())
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("nothing was retired: %w", errors.Join(unknown...))
	}
	return hosts, nil
}

// retireSilent shows whom it is about, and asks. A host that speaks meanwhile stays: what it says is later than the look.
func (a *app) retireSilent(ctx context.Context, q *asker, o *retireOptions, age classify.Age) error {
	since := q.Now().Add(-time.Duration(age))
	silent, err := a.hosts(ctx, q, func(v *query.HostView) bool { return v.SilentSince(since) })
	if err != nil {
		return err
	}
	if len(silent) == 0 {
		return a.Show(o.output.value, []receipt{}, func() { a.Printf("no host is silent for %s\n", age) })
	}
	if !o.yes {
		a.Hosts(silent, q.Now())
		a.Printf("\nRetire %s? [y/N] ", print.Count(len(silent), "host"))
		yes, err := a.confirmed(ctx)
		if err != nil {
			return fmt.Errorf("nothing was retired: %w", err)
		}
		if !yes {
			a.Printf("nothing was retired\n")
			return nil
		}
	}
	return a.retireAll(ctx, q, o, silent)
}

// errNoAnswer says that the terminal was closed where an answer was to be.
var errNoAnswer = errors.New("there was no answer: give --yes where nobody is asked")

// confirmed reads an answer; an empty line is no.
func (a *app) confirmed(ctx context.Context) (bool, error) {
	line, err := untilDone(ctx, func() ([]byte, error) {
		line, err := bufio.NewReader(a.stdin).ReadBytes('\n')
		if err != nil && len(line) == 0 {
			return nil, errNoAnswer
		}
		return line, nil
	})
	answer := strings.ToLower(string(bytes.TrimSpace(line)))
	return answer == "y" || answer == "yes", err
}

// retireAll retires hosts as of the time at which they were looked at, or of their last word where their clock is ahead of ours.
func (a *app) retireAll(ctx context.Context, q *asker, o *retireOptions, hosts []query.HostView) error {
	who := by(ctx, o.connection, q.js.Conn(), o.by, o.byGiven)
	receipts := make([]receipt, 0, len(hosts))
	progress := a.Progress("retiring", len(hosts))
	var err error
	for _, host := range hosts {
		e := &messages.Retire{Host: host.Host, At: q.Now().UTC(), By: who, Reason: o.reason}
		if host.EventAt != nil && host.EventAt.After(e.At) {
			e.At = *host.EventAt
		}
		if err = send(ctx, q.js, publisher.Config{}, e); err != nil {
			break
		}
		receipts = append(receipts, receiptOf(e))
		progress.Done()
	}
	progress.Stop()
	if err != nil && len(receipts) > 0 {
		err = fmt.Errorf("after %d of %d: %w", len(receipts), len(hosts), err)
	}
	return errors.Join(err, a.Show(o.output.value, receipts, func() {
		for _, r := range receipts {
			a.Printf("retired %s\n", print.Plain(r.Host))
		}
	}))
}
