package cli

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
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
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.jetstream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			fleet, err := openFleet(ctx, js, a.now())
			if err != nil {
				return err
			}
			h, err := fleet.host(ctx, args[0])
			if err != nil {
				return err
			}
			item, err := findPatch(h.Report, args[1])
			if err != nil {
				return err
			}
			return a.explain(h.Report, item, out)
		})
	}
	return cmd
}
