package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) baselineSetDefaultCommand() *cobra.Command {
	var os string
	cmd := &cobra.Command{
		Use:   "set-default --os OS ID",
		Short: "Make a baseline the default of an operating system",
		Example: `  patchstream baseline set-default --os UBUNTU prod-ubuntu
  patchstream baseline set-default --os UBUNTU --clear    # the built-in one again`,
		Args: takes(0, 1),
	}
	withdraw := cmd.Flags().Bool("clear", false, "give the system its built-in default back")
	cmd.Flags().StringVar(&os, "os", "", "operating `SYSTEM` in AWS's words, such as UBUNTU (required)")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := idOrNone(cmd, args, *withdraw)
		if err != nil {
			return err
		}
		system, err := system(os)
		if err != nil {
			return err
		}
		return bindTo(cmd.Context(), c, id, func(ctx context.Context, store *baselines.Store) error {
			if err := store.SetDefault(ctx, system, id); err != nil {
				return err
			}
			if id == "" {
				id = "the built-in baseline"
			}
			a.Printf("%s is the default of %s: %s\n", id, system, atNextEvent)
			return nil
		})
	}
	return cmd
}

func (a *app) baselineBindCommand() *cobra.Command {
	var os, group string
	cmd := &cobra.Command{
		Use:   "bind --group GROUP --os OS ID",
		Short: "Make a baseline apply to a patch group",
		Long: `Makes a baseline apply to the hosts of a patch group that run an operating system. A host's group is the one that
"patchstream host group" gave it, else its tag "Patch Group", else "PatchGroup".`,
		Example: `  patchstream baseline bind --group web --os UBUNTU prod-ubuntu
  patchstream baseline bind --group web --os UBUNTU --clear    # the default applies to them again`,
		Args: takes(0, 1),
	}
	withdraw := cmd.Flags().Bool("clear", false, "let the default of the system apply to the group again")
	cmd.Flags().StringVar(&os, "os", "", "operating `SYSTEM` in AWS's words, such as UBUNTU (required)")
	cmd.Flags().StringVar(&group, "group", "", "patch `GROUP` (required)")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if group == "" {
			return usagef("--group is missing")
		}
		id, err := idOrNone(cmd, args, *withdraw)
		if err != nil {
			return err
		}
		system, err := system(os)
		if err != nil {
			return err
		}
		return bindTo(cmd.Context(), c, id, func(ctx context.Context, store *baselines.Store) error {
			if err := store.Bind(ctx, system, group, id); err != nil {
				return err
			}
			if id == "" {
				id = "the default of the system"
			}
			a.Printf("%s applies to group %s on %s: %s\n", id, group, system, atNextEvent)
			return nil
		})
	}
	return cmd
}

// idOrNone returns the baseline that is named, or nothing with --clear.
func idOrNone(cmd *cobra.Command, args []string, withdraw bool) (string, error) {
	switch {
	case len(args) == 1 && args[0] == "":
		return "", usagef("the ID of the baseline is empty")
	case withdraw == (len(args) == 1):
		return "", usagef("give either the ID of a baseline or --clear: %s", cmd.UseLine())
	case withdraw:
		return "", nil
	}
	return args[0], nil
}

// bindTo lists the baselines there are where the one that is named is none of them.
func bindTo(ctx context.Context, c *dial.Target, id string, do func(context.Context, *baselines.Store) error) error {
	return withBaselines(ctx, c, func(ctx context.Context, store *baselines.Store) error {
		err := do(ctx, store)
		if errors.Is(err, baselines.ErrNoBaseline) {
			return noBaseline(ctx, store, id)
		}
		return err
	})
}
