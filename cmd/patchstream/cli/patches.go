package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) patchesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "patches HOST",
		Short: "List the patches of a host with their states",
		Example: `  patchstream patches web-17.example.org
  patchstream patches web-17.example.org --state MISSING,FAILED -o json`,
		Args: takesHost(1, 1),
	}
	names := addStates(cmd, "only patches in this `STATE`")
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		states, err := parseStates(*names)
		if err != nil {
			return err
		}
		return a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, _ time.Time) error {
			h, err := f.Host(ctx, args[0])
			if err != nil {
				return err
			}
			r := query.Narrowed(h.Report, query.Question{States: states}.Fits)
			return a.Show(out.value, r.Patches, func() { a.Patches(r) })
		})
	}
	return cmd
}
