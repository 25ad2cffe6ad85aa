package cli

import (
	"context"

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
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.ask(cmd.Context(), c, func(ctx context.Context, q *asker) error {
			r, item, err := q.patch(ctx, args[0], args[1])
			if err != nil {
				return err
			}
			e := query.Explain(r, item)
			return a.Show(out.value, e, func() { a.Explanation(&e) })
		})
	}
	return cmd
}
