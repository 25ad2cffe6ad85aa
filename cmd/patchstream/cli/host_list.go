package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) hostListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List all hosts, the retired ones too, those that are silent longest first",
		Example: "  patchstream host list\n  patchstream host list --never-heard\n  patchstream host list -o json | jq -r '.[] | select(.retired) | .host'",
		Args:    takes(0, 0),
	}
	never := cmd.Flags().Bool("never-heard", false, "list those that were put into a patch group and never spoke, with that group")
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *never {
			return a.neverHeard(cmd.Context(), e, out.value)
		}
		return a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, now time.Time) error {
			list, all := []query.HostView{}, []messages.HostStatus{messages.Compliant, messages.NonCompliant, messages.Unknown, messages.Retired}
			_, err := f.Hosts(ctx, query.HostsQuestion{Filter: query.Filter{Status: all}, Sort: query.ByHeard}, func(h query.HostView) error {
				list = append(list, h)
				return nil
			})
			if err != nil {
				return err
			}
			return a.Show(out.value, list, func() { a.Hosts(list, now) })
		})
	}
	return cmd
}

func (a *app) neverHeard(ctx context.Context, e *endpoint, as print.Format) error {
	if e.api != "" {
		return usagef("--never-heard asks NATS: leave --api out")
	}
	return a.ask(ctx, e.connection, func(ctx context.Context, q *asker) error {
		list, err := q.NeverHeard(ctx)
		if err != nil {
			return err
		}
		return a.Show(as, list, func() { a.NeverHeard(list) })
	})
}

// hosts returns those of the hosts that fit, silent longest first.
func (a *app) hosts(ctx context.Context, q *asker, fits func(*query.HostView) bool) ([]query.HostView, error) {
	list := []query.HostView{}
	progress := a.Progress("reading the fleet", 0)
	err := q.All(ctx, func(h *query.Host) error {
		if v := h.HostView(); fits(&v) {
			list = append(list, v)
		}
		return nil
	})
	progress.Stop()
	slices.SortFunc(list, query.LongestSilent)
	return list, err
}

func (a *app) hostShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show HOST",
		Short:   "Show what is known of a host, without its patches",
		Example: "  patchstream host show web-17.example.org\n  patchstream host show web-17.example.org -o json",
		Args:    takesHost(1, 1),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, now time.Time) error {
			h, err := f.Host(ctx, args[0])
			if err != nil {
				return err
			}
			by, err := f.Judging(ctx, h)
			if err != nil {
				return err
			}
			return a.Show(out.value, h.HostView(), func() { a.Host(h, by, now) })
		})
	}
	return cmd
}
