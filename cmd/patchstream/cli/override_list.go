package cli

import (
	"context"
	"slices"
	"strings"
	"time"

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
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var list []query.OverrideView
		err := a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, _ time.Time) (err error) {
			list, err = f.Overrides(ctx, strings.Join(args, ""))
			return err
		})
		if err != nil {
			return err
		}
		list = append([]query.OverrideView{}, list...)
		slices.SortFunc(list, query.ByHostAndPatch)
		return a.Show(out.value, list, func() { a.Overrides(list) })
	}
	return cmd
}
