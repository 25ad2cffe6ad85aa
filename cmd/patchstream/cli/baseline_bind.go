package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) baselineSetDefaultCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set-default --os OS ID",
		Short: "Make a baseline the default of an operating system",
		Example: `  patchstream baseline set-default --os UBUNTU prod-ubuntu
  patchstream baseline set-default --os UBUNTU --clear    # the built-in one again`,
		Args: takes(0, 1),
	}
	a.binds(cmd, binding{
		clear: "give the system its built-in default back", cleared: "the built-in baseline",
		bind: func(ctx context.Context, s *baselines.Store, system, id string) error {
			return s.SetDefault(ctx, system, id)
		},
		to: func(system string) string { return "is the default of " + system },
	})
	return cmd
}

func (a *app) baselineBindCommand() *cobra.Command {
	var group string
	cmd := &cobra.Command{
		Use:   "bind --group GROUP --os OS ID",
		Short: "Make a baseline apply to a patch group",
		Long: `Makes a baseline apply to the hosts of a patch group that run an operating system. A host's group is the one that
"patchstream host group" gave it, else its tag "Patch Group", else "PatchGroup".`,
		Example: `  patchstream baseline bind --group web --os UBUNTU prod-ubuntu
  patchstream baseline bind --group web --os UBUNTU --clear    # the default applies to them again`,
		Args: takes(0, 1),
	}
	cmd.Flags().StringVar(&group, "group", "", "patch `GROUP` (required)")
	a.binds(cmd, binding{
		clear: "let the default of the system apply to the group again", cleared: "the default of the system",
		bind: func(ctx context.Context, s *baselines.Store, system, id string) error {
			return s.Bind(ctx, system, group, id)
		},
		to: func(system string) string { return fmt.Sprintf("applies to group %s on %s", group, system) },
		applies: func(ctx context.Context, js jetstream.JetStream, system string) error {
			return a.warnOfEmptyGroup(ctx, js, system, group)
		},
	})
	bind := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if group == "" {
			return usagef("--group is missing")
		}
		return bind(cmd, args)
	}
	return cmd
}

// binding is what is particular to a command that makes a baseline apply to some hosts of an operating system.
type binding struct {
	clear   string // what --clear does
	cleared string // what applies then
	bind    func(ctx context.Context, s *baselines.Store, system, id string) error
	to      func(system string) string // what is said of the baseline then

	applies func(ctx context.Context, js jetstream.JetStream, system string) error // what is looked at after it was bound; nil: nothing
}

// binds makes a command that binds a baseline, or with --clear unbinds the one there is.
func (a *app) binds(cmd *cobra.Command, b binding) {
	unbind := cmd.Flags().Bool("clear", false, b.clear)
	os := cmd.Flags().String("os", "", "operating `SYSTEM` in AWS's words, such as UBUNTU (required)")
	c := addConnection(cmd)
	o := addActing(cmd, c)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := idOrNone(cmd, args, *unbind)
		if err != nil {
			return err
		}
		system, err := system(*os)
		if err != nil {
			return err
		}
		return c.JetStream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			store, err := baselines.Open(ctx, js)
			if err != nil {
				return err
			}
			err = b.bind(ctx, store.By(byMe(ctx, c, js)), system, id)
			if errors.Is(err, baselines.ErrNoBaseline) {
				return noBaseline(ctx, shelfOfNATS{store: store}, id)
			}
			if err != nil {
				return err
			}
			bound := id
			if id == "" {
				bound = b.cleared
			}
			a.Printf("%s %s\n", bound, b.to(system))
			if id != "" && b.applies != nil {
				if err := b.applies(ctx, js, system); err != nil {
					return err
				}
			}
			return a.act(ctx, js, o, bound+" "+b.to(system), outdatedHosts)
		})
	}
}

// idOrNone returns the baseline that is named, or nothing with --clear.
func idOrNone(cmd *cobra.Command, args []string, unbind bool) (string, error) {
	switch {
	case len(args) == 1 && args[0] == "":
		return "", usagef("the ID of the baseline is empty")
	case unbind == (len(args) == 1):
		return "", usagef("give either the ID of a baseline or --clear: %s", cmd.UseLine())
	case unbind:
		return "", nil
	}
	return args[0], nil
}

// warnOfEmptyGroup says that no host is in a group on a system, and where they may be.
func (a *app) warnOfEmptyGroup(ctx context.Context, js jetstream.JetStream, system, group string) error {
	fleet, err := query.Open(ctx, js, a.now())
	if errors.Is(err, query.ErrNoBucket) {
		return nil
	}
	if err != nil {
		return err
	}
	progress := a.Progress("reading the fleet", 0)
	groups, err := fleet.Groups(ctx)
	progress.Stop()
	if err != nil {
		return err
	}
	var elsewhere, others []string
	for _, g := range groups {
		switch {
		case g.Hosts == 0:
		case g.Group == group && g.OS == system:
			return nil
		case g.Group == group:
			elsewhere = append(elsewhere, fmt.Sprintf("%s of %s", print.Count(g.Hosts, "host"), print.OrNone(g.OS)))
		case g.Group != "":
			others = append(others, g.Group)
		}
	}
	hint := fmt.Sprintf("\"patchstream host group HOST… %s\" puts hosts into it", group)
	if near := nearest(group, others, 1); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", near[0])
	}
	if len(elsewhere) > 0 {
		hint = "it has " + strings.Join(elsewhere, ", ")
	}
	a.Warn("no host of %s is in group %s: %s", system, group, hint)
	return nil
}
