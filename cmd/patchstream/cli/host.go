package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) hostCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "host",
		Short:   "See which hosts there are, and decide about them",
		Example: "  patchstream host list\n  patchstream host group web-17.example.org web\n  patchstream host retire web-9.example.org",
	}, a.hostListCommand(), a.hostShowCommand(), a.hostGroupCommand(), a.hostRetireCommand())
}

func (a *app) hostGroupCommand() *cobra.Command {
	var withdraw bool
	cmd := &cobra.Command{
		Use:   "group HOST GROUP",
		Short: "Put a host into a patch group, whatever its own tags say",
		Example: `  patchstream host group web-17.example.org web
  patchstream host group web-17.example.org --clear    # its tags decide again`,
		Args: takes(1, 2),
	}
	cmd.Flags().BoolVar(&withdraw, "clear", false, "let the host's tags decide again")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		host, group := args[0], ""
		if len(args) == 2 {
			group = args[1]
		}
		if withdraw == (group != "") {
			return usagef("give either a group or --clear: %s", cmd.UseLine())
		}
		if err := messages.ValidHost(host); err != nil {
			return usagef("host %w", err)
		}
		return withBaselines(cmd.Context(), c, func(ctx context.Context, store *baselines.Store) error {
			if err := store.SetHostGroup(ctx, host, group); err != nil {
				return err
			}
			if withdraw {
				a.Printf("%s is in the group its tags say: used at its next event\n", host)
				return nil
			}
			a.Printf("%s is in group %s: used at its next event\n", host, group)
			library, err := store.Library(ctx)
			if err == nil && !hasGroup(library, group) {
				a.Warn("no baseline is bound to group %s: the default of the system applies to its hosts", group)
			}
			return err
		})
	}
	return cmd
}

func hasGroup(l *classify.Library, group string) bool {
	for key := range l.Groups {
		if key.Group == group {
			return true
		}
	}
	return false
}
