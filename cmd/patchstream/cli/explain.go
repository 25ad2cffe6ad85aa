package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain HOST PATCH",
		Short: "Say why a patch of a host is in its state, and what to do next",
		Long: `Says which rule or entry of the baseline decided, which versions were compared, on which event it rests, what to
do next, and what would change the state. "openssl" does for "openssl.amd64"; if several fit, they are listed.`,
		Example: "  patchstream explain web-17.example.org openssl\n  patchstream explain web-17.example.org libc6.i386 -o json",
		Args:    takesHost(2, 2),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, _ time.Time) error {
			h, err := f.Host(ctx, args[0])
			if err != nil {
				return err
			}
			item, err := findPatch(h.Report, args[1])
			if err != nil {
				return err
			}
			why := query.Explain(h.Report, item)
			return a.Show(out.value, why, func() { a.Explanation(&why) })
		})
	}
	return cmd
}
