package cli

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
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
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		states, err := parseStates(*names)
		if err != nil {
			return err
		}
		return c.jetstream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			fleet, err := openFleet(ctx, js, a.now())
			if err != nil {
				return err
			}
			h, err := fleet.host(ctx, args[0])
			if err != nil {
				return err
			}
			r := narrowed(h.Report, func(i *classify.Item) bool { return states.has(i.State) })
			return a.patches(r, out)
		})
	}
	return cmd
}

func (a *app) patches(r *classify.Report, out *oneOf) error {
	if out.json() {
		return a.json(r.Patches)
	}
	if len(r.Patches) == 0 {
		a.printf("%s has no such patch. It is %s: %s.\n", r.Host, a.paint.status(r.Status), countWords(r.Counts))
		return nil
	}
	a.items(r.Patches)
	return nil
}
