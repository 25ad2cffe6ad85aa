package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) baselineSetDefaultCommand() *cobra.Command {
	var os string
	cmd := &cobra.Command{
		Use:     "set-default --os OS ID",
		Short:   "Make a baseline the default of an operating system",
		Example: "  patchstream baseline set-default --os UBUNTU prod-ubuntu",
		Args:    takes(1, 1),
	}
	cmd.Flags().StringVar(&os, "os", "", "operating `SYSTEM` in AWS's words, such as UBUNTU (required)")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		system, err := system(os)
		if err != nil {
			return err
		}
		return c.bind(cmd.Context(), args[0], func(ctx context.Context, store *baselines.Store) error {
			if err := store.SetDefault(ctx, system, args[0]); err != nil {
				return err
			}
			a.printf("%s is the default of %s: %s\n", args[0], system, atNextEvent)
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
		Example: "  patchstream baseline bind --group web --os UBUNTU prod-ubuntu",
		Args:    takes(1, 1),
	}
	cmd.Flags().StringVar(&os, "os", "", "operating `SYSTEM` in AWS's words, such as UBUNTU (required)")
	cmd.Flags().StringVar(&group, "group", "", "patch `GROUP` (required)")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if group == "" {
			return usagef("--group is missing")
		}
		system, err := system(os)
		if err != nil {
			return err
		}
		return c.bind(cmd.Context(), args[0], func(ctx context.Context, store *baselines.Store) error {
			if err := store.Bind(ctx, system, group, args[0]); err != nil {
				return err
			}
			a.printf("%s applies to group %s on %s: %s\n", args[0], group, system, atNextEvent)
			return nil
		})
	}
	return cmd
}

// bind lists the baselines there are where the one that is named is none of them.
func (c *connection) bind(ctx context.Context, id string, do func(context.Context, *baselines.Store) error) error {
	return c.store(ctx, func(ctx context.Context, store *baselines.Store) error {
		err := do(ctx, store)
		if errors.Is(err, baselines.ErrNoBaseline) {
			return noBaseline(ctx, store, id)
		}
		return err
	})
}
