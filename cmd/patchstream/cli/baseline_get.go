package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) baselineGetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "get ID[@N]",
		Short:   "Print a baseline as it was stored",
		Long:    "Prints the JSON of a stored baseline as it was stored, of one of its revisions as ID@N, or of a built-in one.",
		Example: "  patchstream baseline get prod-ubuntu > prod-ubuntu.json\n  patchstream baseline get prod-ubuntu@3\n  patchstream baseline get AWS-UbuntuDefaultPatchBaseline",
		Args:    takes(1, 1),
	}
	cmd.Flags().VarP(&oneOf[print.Format]{print.JSON, []print.Format{print.JSON}}, "output", "o", "it is always JSON")
	c := addConnection(cmd)
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
		return readingBaselines(cmd.Context(), c, func(ctx context.Context, store *baselines.Store) error {
			text, err := storedText(ctx, store, id)
			if err != nil {
				return err
			}
			a.Text(text)
			return nil
		})
	}
	return cmd
}

// noBaseline lists the baselines there are.
func noBaseline(ctx context.Context, store *baselines.Store, id string) error {
	stored, err := store.List(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, e := range stored {
		ids = append(ids, e.ID)
	}
	return fmt.Errorf("there is no baseline %q: there are %s", id, strings.Join(append(ids, builtins()...), " "))
}
