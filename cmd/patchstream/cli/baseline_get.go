package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
)

func (a *app) baselineGetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "get ID[@N]",
		Short:   "Print a baseline as it was stored",
		Long:    "Prints the JSON of a stored baseline as it was stored, of one of its revisions as ID@N, or of a built-in one.\nOf a stored one as it stands it warns of what has no effect, as \"baseline put\" does.",
		Example: "  patchstream baseline get prod-ubuntu > prod-ubuntu.json\n  patchstream baseline get prod-ubuntu@3\n  patchstream baseline get AWS-UbuntuDefaultPatchBaseline",
		Args:    takes(1, 1),
	}
	cmd.Flags().VarP(&oneOf[print.Format]{print.JSON, []print.Format{print.JSON}}, "output", "o", "it is always JSON")
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id := args[0]
		if b := baseline.Builtin(id); b != nil {
			text, err := json.MarshalIndent(b, "", "  ")
			if err != nil {
				return err
			}
			a.Text(text)
			return nil
		}
		return onShelf(cmd.Context(), e, func(ctx context.Context, s shelf) error {
			text, err := storedText(ctx, s, id)
			if err != nil {
				return err
			}
			a.Text(text)
			if _, _, is := cutRevision(id); is {
				return nil
			}
			warnings, err := s.Warnings(ctx, id, text)
			for _, w := range warnings {
				a.Warn("%s: %s", print.Plain(id), w)
			}
			return err
		})
	}
	return cmd
}
