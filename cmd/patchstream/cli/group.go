package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) groupCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "group",
		Short:   "See which patch groups there are",
		Example: "  patchstream group list",
	}, a.groupListCommand())
}

func (a *app) groupListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the patch groups, their hosts and what applies to them",
		Long: `Lists the patch groups by operating system: those that hosts are in, and those to which a baseline is bound. A host's group is
the one that "host group" gave it, else its tag "Patch Group", else "PatchGroup". Retired hosts do not count.`,
		Example: "  patchstream group list\n  patchstream group list -o json | jq -r '.[] | select(.hosts == 0) | .group'",
		Args:    takes(0, 0),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, _ time.Time) error {
			groups, err := f.Groups(ctx)
			if err != nil {
				return err
			}
			return a.Show(out.value, groups, func() { a.Groups(groups) })
		})
	}
	return cmd
}
