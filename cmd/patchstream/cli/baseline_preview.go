package cli

import (
	"cmp"
	"context"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
)

// previewOptions are the flags of baseline preview.
type previewOptions struct {
	id, os, group string
	asDefault     bool
	output        *oneOf[print.Format]
	connection    *dial.Target
}

func (a *app) baselinePreviewCommand() *cobra.Command {
	o := &previewOptions{}
	cmd := &cobra.Command{
		Use:   "preview FILE",
		Short: "Say what a baseline would change on the fleet, and change nothing",
		Long: `Classifies every host that a baseline would judge by it, from what is known of the host, and says what would be otherwise. Nothing is stored.

It judges the hosts that its id applies to already, as "baseline put" would have it; with --default those of which it would be the default, with
--group those of a patch group.`,
		Example: `  patchstream baseline preview prod-ubuntu.json
  patchstream baseline preview strict.json --default
  patchstream baseline preview strict.json --group web --os UBUNTU -o json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.preview(cmd.Context(), o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.id, "id", "", "as if it were stored under this `ID`; else its BaselineId, else its Name")
	f.BoolVar(&o.asDefault, "default", false, "as if it were the default of its operating system")
	f.StringVar(&o.group, "group", "", "as if it were bound to this patch `GROUP`")
	f.StringVar(&o.os, "os", "", "operating `SYSTEM` in AWS's words, where the baseline names none")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	return cmd
}

func (a *app) preview(ctx context.Context, o *previewOptions, file string) error {
	b, text, err := a.readBaseline(ctx, &inputs{a.stdin}, file)
	if err != nil {
		return err
	}
	d := query.Draft{Baseline: b, ID: cmp.Or(o.id, b.BaselineID, b.Name)}
	if d.ID == "" {
		return usagef("the baseline has neither BaselineId nor Name: give it an id with --id")
	}
	if err := baselines.Check(d.ID, text); err != nil {
		return err
	}
	on := cmp.Or(o.os, b.OperatingSystem)
	if (o.asDefault || o.group != "") && on == "" {
		return usagef("the baseline names no OperatingSystem: say with --os which hosts are meant")
	}
	if on != "" {
		if on, err = system(on); err != nil {
			return err
		}
	}
	if o.asDefault {
		d.Default = on
	}
	if o.group != "" {
		d.Group = &classify.GroupKey{System: on, Group: o.group}
	}
	return a.ask(ctx, o.connection, func(ctx context.Context, q *asker) error {
		if !o.asDefault && o.group == "" {
			if err := applied(ctx, q.js, d.ID); err != nil {
				return err
			}
		}
		progress := a.Progress("classifying the fleet", 0)
		v, err := q.Preview(ctx, d)
		progress.Stop()
		if err != nil {
			return err
		}
		return a.Show(o.output.value, v, func() { a.Preview(v) })
	})
}

// applied returns an error where nothing has a baseline that it is judged by yet.
func applied(ctx context.Context, js jetstream.JetStream, id string) error {
	store, err := baselines.Open(ctx, js)
	if err != nil {
		return err
	}
	list, err := store.List(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(b baselines.Entry) bool { return b.ID == id && len(b.Bound) > 0 }) {
		return usagef("%s applies to nothing yet: say with --default or --group what it would apply to", print.Plain(id))
	}
	return nil
}
