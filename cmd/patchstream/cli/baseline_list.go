package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) baselineListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the stored and the built-in baselines, and what they apply to",
		Example: "  patchstream baseline list",
		Args:    takes(0, 0),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return onShelf(cmd.Context(), e, func(ctx context.Context, s shelf) error {
			list, err := s.List(ctx)
			if err != nil {
				return err
			}
			return a.Show(out.value, list, func() { a.Baselines(list) })
		})
	}
	return cmd
}
