package cli

import (
	"context"

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
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.ask(cmd.Context(), c, func(ctx context.Context, q *asker) error {
			progress := a.Progress("reading the fleet", 0)
			groups, err := q.Groups(ctx)
			progress.Stop()
			if err != nil {
				return err
			}
			return a.Show(out.value, groups, func() { a.Groups(groups) })
		})
	}
	return cmd
}
