package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
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
		client, err := e.client()
		if err != nil {
			return err
		}
		if client != nil {
			list, err := client.Baselines(cmd.Context())
			if err != nil {
				return err
			}
			return a.Show(out.value, list, func() { a.Baselines(list) })
		}
		return readingBaselines(cmd.Context(), e.connection, func(ctx context.Context, store *baselines.Store) error {
			list, err := query.Baselines(ctx, store)
			if err != nil {
				return err
			}
			return a.Show(out.value, list, func() { a.Baselines(list) })
		})
	}
	return cmd
}
