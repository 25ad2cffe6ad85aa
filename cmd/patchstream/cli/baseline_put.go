package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/baselines"
)

// stored is what -o json says of a baseline that was stored.
type stored struct {
	ID       string   `json:"id"`
	Revision uint64   `json:"revision"`
	Warnings []string `json:"warnings"`
}

func (a *app) baselinePutCommand() *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:   "put FILE",
		Short: "Check a baseline and store it",
		Long: `Checks a baseline and stores it as it is, under --id, else its BaselineId, else its Name. Storing it again under
the same id makes a new revision. It is used at the next event of each host that it applies to.`,
		Example: `  patchstream baseline put prod-ubuntu.json
  aws ssm get-patch-baseline --baseline-id pb-0123456789abcdef0 | patchstream baseline put - --id prod-ubuntu`,
		Args: takes(1, 1),
	}
	cmd.Flags().StringVar(&id, "id", "", "store it under this `ID`")
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, text, err := a.readBaseline(cmd.Context(), &inputs{a.stdin}, args[0])
		if err != nil {
			return err
		}
		for _, own := range []string{b.BaselineID, b.Name} {
			if id == "" {
				id = own
			}
		}
		if id == "" {
			return usagef("the baseline has neither BaselineId nor Name: give it an id with --id")
		}
		return withBaselines(cmd.Context(), c, func(ctx context.Context, store *baselines.Store) error {
			revision, err := store.Put(ctx, id, text)
			if err != nil {
				return err
			}
			return a.Show(out.value, stored{id, revision, append([]string{}, b.Warnings...)}, func() {
				a.Printf("stored %s, revision %d: %s\n", id, revision, atNextEvent)
			})
		})
	}
	return cmd
}
