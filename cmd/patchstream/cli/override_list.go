package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) overrideListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [HOST]",
		Short: "List the overrides of a host, or those in force on the fleet",
		Long: `Of one host, lists every override that was not withdrawn: also those that have expired, and those that wait for
their patch to be there. Of the fleet, lists those that are in force.`,
		Example: "  patchstream override list\n  patchstream override list web-17.example.org -o json",
		Args:    takesHost(0, 1),
	}
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		list := []query.OverrideView{}
		err := a.ask(cmd.Context(), c, func(ctx context.Context, q *asker) error {
			if len(args) == 1 {
				h, err := q.host(ctx, args[0])
				if err == nil {
					list = append(list, h.OverridesAt(q.Now())...)
				}
				return err
			}
			return q.All(ctx, func(h *query.Host) error {
				list = append(list, query.InForce(h.Report)...)
				return nil
			})
		})
		if err != nil {
			return err
		}
		slices.SortFunc(list, query.ByHostAndPatch)
		return a.Show(out.value, list, func() { a.Overrides(list) })
	}
	return cmd
}
