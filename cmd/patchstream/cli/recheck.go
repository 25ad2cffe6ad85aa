package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/recheck"
	"github.com/patchstream/patchstream/worker/streams"
)

// acting is how a decision acts, and who decides.
type acting struct {
	noWait bool
	target *dial.Target
}

func addActing(cmd *cobra.Command, c *dial.Target) *acting {
	o := &acting{target: c}
	cmd.Flags().BoolVar(&o.noWait, "no-wait", false, "do not wait until all hosts that it concerns are classified again, and say nothing of what moved")
	return o
}

// concerned returns the hosts that a decision is about, once an index has read it.
type concerned func(context.Context, *query.Index) ([]string, error)

// outdatedHosts are those that are judged by another baseline than applies by now.
func outdatedHosts(ctx context.Context, x *query.Index) ([]string, error) {
	return x.Outdated(ctx, nil)
}

// allHosts are those that are not retired.
func allHosts(ctx context.Context, x *query.Index) ([]string, error) {
	return x.Living(ctx, query.Filter{})
}

// act has the hosts classified again that a decision concerns, and says what moved. It goes out in portions: scans that come
// meanwhile do not wait behind all of them.
func (a *app) act(ctx context.Context, js jetstream.JetStream, o *acting, cause string, hosts concerned) error {
	index, err := a.loadIndex(ctx, js, a.now())
	if err != nil {
		return err
	}
	names, err := hosts(ctx, index)
	if err != nil {
		return err
	}
	_, err = a.recheckHosts(ctx, js, o, cause, names)
	return err
}

// recheckHosts has hosts classified again.
func (a *app) recheckHosts(ctx context.Context, js jetstream.JetStream, o *acting, cause string, names []string) (*recheck.Outcome, error) {
	if len(names) == 0 {
		a.Printf("no host is concerned\n")
		return &recheck.Outcome{}, nil
	}
	slices.Sort(names)
	state, err := streams.NewBucket(js, messages.BucketBaselines).Look(ctx)
	if err != nil {
		return nil, err
	}
	order := recheck.Order{ID: recheck.NewID(), Cause: cause + ", by " + byMe(ctx, o.target, js), Hosts: names, Baselines: state.LastSeq}
	progress, done := a.Progress("classifying again", len(names)), 0
	defer progress.Stop()
	applied := func(n int) {
		for ; done < n; done++ {
			progress.Done()
		}
	}
	if o.noWait {
		if err := recheck.Send(ctx, js, order, applied); err != nil {
			return nil, unfinished(err, done, len(names))
		}
		progress.Stop()
		a.Printf("asked that %s classified again\n", print.Count(len(names), "host")+" be")
		return nil, nil
	}
	outcome, err := recheck.Run(ctx, js, order, applied)
	progress.Stop()
	if err != nil {
		return outcome, unfinished(err, done, len(names))
	}
	a.moved(outcome)
	return outcome, nil
}

func unfinished(err error, done, of int) error {
	return fmt.Errorf("%d of %d hosts were classified again: %w: \"patchstream recheck --outdated\" goes on; the others follow at their next events", done, of, err)
}

// moved says what a recheck changed.
func (a *app) moved(o *recheck.Outcome) {
	a.Printf("%s classified again, %d changed\n", print.Count(o.Hosts, "host"), o.Changed)
	a.Moves(o.Status, o.Transitions)
}

func (a *app) recheckCommand() *cobra.Command {
	var groups []string
	var all, outdated bool
	cmd := &cobra.Command{
		Use:   "recheck HOST… | --group GROUP | --outdated | --all",
		Short: "Have hosts classified again from what is known of them",
		Long: `Asks the workers to classify hosts again, by the baselines and settings that apply now, and says what moved. Decisions do so by
themselves ("baseline put", "bind", "set-default", "host group", "settings set"); this goes on where one was interrupted.

They go out in portions: a scan that comes meanwhile waits behind two hundred of them at most.`,
		Example: `  patchstream recheck web-17.example.org
  patchstream recheck --group web
  patchstream recheck --outdated`,
		Args: takes(0, -1),
	}
	f := cmd.Flags()
	f.StringArrayVar(&groups, "group", nil, "all hosts of this patch `GROUP`; said again for more")
	f.BoolVar(&all, "all", false, "all hosts")
	f.BoolVar(&outdated, "outdated", false, "those that are judged by another baseline than applies by now")
	out := addOutput(cmd)
	c := addConnection(cmd)
	o := addActing(cmd, c)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given := 0
		for _, is := range []bool{len(args) > 0, len(groups) > 0, all, outdated} {
			if is {
				given++
			}
		}
		if given != 1 {
			return usagef("give hosts, or one of --group, --outdated, --all")
		}
		names, err := a.hostNames(cmd.Context(), args, "")
		if err != nil {
			return err
		}
		named := names
		return a.ask(cmd.Context(), c, func(ctx context.Context, q *asker) error {
			if len(names) == 0 {
				index, err := a.loadIndex(ctx, q.js, q.Now())
				if err != nil {
					return err
				}
				if names, err = index.Living(ctx, query.Filter{Groups: groupsOrNone(groups), Outdated: outdated}); err != nil {
					return err
				}
			}
			for _, name := range named {
				if _, err := q.host(ctx, name); err != nil {
					return err
				}
			}
			if out.value == print.JSON {
				outcome, err := a.quietly().recheckHosts(ctx, q.js, o, "asked for", names)
				if err != nil {
					return err
				}
				return a.JSON(outcome)
			}
			_, err := a.recheckHosts(ctx, q.js, o, "asked for", names)
			return err
		})
	}
	return cmd
}

// groupsOrNone makes of no groups that they do not matter.
func groupsOrNone(groups []string) []string {
	if len(groups) == 0 {
		return nil
	}
	return groups
}
