package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) baselineRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Remove a baseline that applies to nothing",
		Long: `Removes a stored baseline. One that is bound to a group, or is the default of a system, is refused: its hosts would be UNKNOWN.
Its revisions stay in "baseline log", and "baseline get ID@N" prints one.`,
		Example: "  patchstream baseline remove prod-ubuntu-old",
		Args:    takes(1, 1),
	}
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id := args[0]
		if baseline.Builtin(id) != nil {
			return fmt.Errorf("%s is built in, and stays", id)
		}
		return deciding(cmd.Context(), c, func(ctx context.Context, js jetstream.JetStream, store *baselines.Store) error {
			err := store.By(byMe(ctx, c, js)).Remove(ctx, id)
			switch {
			case errors.Is(err, baselines.ErrNoBaseline):
				return noBaseline(ctx, shelfOfNATS{store: store}, id)
			case errors.Is(err, baselines.ErrBound):
				return fmt.Errorf("%w: bind another one there first, or take it back with --clear (\"baseline bind\", \"baseline set-default\")", err)
			case err != nil:
				return err
			}
			a.Printf("removed %s; \"patchstream baseline log %s\" has its revisions\n", print.Plain(id), print.Plain(id))
			return nil
		})
	}
	return cmd
}

func (a *app) baselineLogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log ID",
		Short: "List the revisions of a baseline, what changed in each and who stored it",
		Long: `Lists the revisions of a stored baseline, the newest first, also of one that was removed: when it was stored, by whom, and
what it says otherwise than the one before. The newest 64 are kept.`,
		Example: "  patchstream baseline log prod-ubuntu",
		Args:    takes(1, 1),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return onShelf(cmd.Context(), e, func(ctx context.Context, s shelf) error {
			views, err := s.Log(ctx, args[0])
			if err == nil && len(views) == 0 {
				err = noBaseline(ctx, s, args[0])
			}
			if err != nil {
				return err
			}
			slices.Reverse(views)
			return a.Show(out.value, views, func() {
				for _, v := range views {
					a.BaselineRevision(v.Revision, v.At, v.By, v.Removed)
					a.BaselineChanges(v.Changes)
				}
			})
		})
	}
	return cmd
}

func (a *app) baselineDiffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff FROM [TO]",
		Short: "Show what one baseline says otherwise than another, in terms of rules",
		Long: `Shows what TO says otherwise than FROM: rules, entries of the lists, and the rest. Each is a file, -, the id of a stored baseline,
ID@N for one of its revisions, or a built-in one. An id alone is shown against the revision before its newest.`,
		Example: `  patchstream baseline diff prod-ubuntu
  patchstream baseline diff prod-ubuntu@3 prod-ubuntu@7
  patchstream baseline diff prod-ubuntu prod-ubuntu.json`,
		Args: takes(1, 2),
	}
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in, err := a.inputs(args...)
		if err != nil {
			return err
		}
		return onShelf(cmd.Context(), e, func(ctx context.Context, s shelf) error {
			from, to, err := a.toCompare(ctx, in, s, args)
			if err != nil {
				return err
			}
			changes := append([]baseline.Change{}, baseline.Diff(from, to)...)
			return a.Show(out.value, changes, func() {
				if len(changes) == 0 {
					a.Printf("they say the same\n")
				}
				a.BaselineChanges(changes)
			})
		})
	}
	return cmd
}

func (a *app) toCompare(ctx context.Context, in *inputs, s shelf, args []string) (from, to *baseline.Baseline, err error) {
	if len(args) == 1 {
		revisions, err := s.Log(ctx, args[0])
		if err != nil {
			return nil, nil, err
		}
		var kept []uint64
		for _, r := range revisions {
			if !r.Removed {
				kept = append(kept, r.Revision)
			}
		}
		switch n := len(kept); n {
		case 0:
			return nil, nil, noBaseline(ctx, s, args[0])
		case 1:
			return nil, nil, fmt.Errorf("%s has one revision: name what to compare it with", args[0])
		default:
			args = []string{fmt.Sprintf("%s@%d", args[0], kept[n-2]), fmt.Sprintf("%s@%d", args[0], kept[n-1])}
		}
	}
	if from, err = a.named(ctx, in, s, args[0]); err == nil {
		to, err = a.named(ctx, in, s, args[1])
	}
	return from, to, err
}

// named returns the baseline that an argument names: a file, a built-in one, a stored one, or one of its revisions.
func (a *app) named(ctx context.Context, in *inputs, s shelf, arg string) (*baseline.Baseline, error) {
	if _, err := os.Stat(arg); arg == "-" || err == nil {
		b, _, err := a.readBaseline(ctx, in, arg)
		return b, err
	}
	if b := baseline.Builtin(arg); b != nil {
		return b, nil
	}
	text, err := storedText(ctx, s, arg)
	if err != nil {
		return nil, err
	}
	b, err := baseline.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("baseline %s: %w", arg, err)
	}
	return b, nil
}
