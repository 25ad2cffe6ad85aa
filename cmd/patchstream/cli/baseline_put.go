package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
)

// putOptions are the flags of baseline put.
type putOptions struct {
	id             string
	strict, dryRun bool
	output         *oneOf[print.Format]
	connection     *dial.Target
	*acting
}

// stored is what -o json says of a baseline that was stored.
type stored struct {
	ID       string            `json:"id"`
	Revision uint64            `json:"revision"` // of the baseline, from 1
	Version  uint64            `json:"version"`  // by which changes name it; 0: nothing was stored
	Stored   bool              `json:"stored"`   // false: it says what is stored already, or with --dry-run
	Warnings []string          `json:"warnings"`
	Changes  []baseline.Change `json:"changes"` // since the revision before
}

func (a *app) baselinePutCommand() *cobra.Command {
	o := &putOptions{}
	cmd := &cobra.Command{
		Use:   "put FILE",
		Short: "Check a baseline and store it",
		Long: `Checks a baseline and stores it as it is, under --id, else its BaselineId, else its Name. Storing another one under
the same id makes a new revision; what says the same makes none. The hosts that it applies to are classified again at once.

What has no effect in it is a warning: fields that are none of a baseline, values of filters that are in no list and on no host,
what AWS would refuse. With --strict any of them is an error, and nothing is stored. With --dry-run nothing is stored either,
and what would change is shown.`,
		Example: `  patchstream baseline put prod-ubuntu.json
  patchstream baseline put --strict --dry-run prod-ubuntu.json
  aws ssm get-patch-baseline --baseline-id pb-0123456789abcdef0 | patchstream baseline put - --id prod-ubuntu`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.putBaseline(cmd.Context(), o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.id, "id", "", "store it under this `ID`")
	f.BoolVar(&o.strict, "strict", false, "refuse it where there is anything to warn of")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would change; store nothing")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	o.acting = addActing(cmd, o.connection)
	return cmd
}

func (a *app) putBaseline(ctx context.Context, o *putOptions, file string) error {
	b, text, err := a.readBaseline(ctx, &inputs{a.stdin}, file)
	if err != nil {
		return err
	}
	id := o.id
	for _, own := range []string{b.BaselineID, b.Name} {
		if id == "" {
			id = own
		}
	}
	if id == "" {
		return usagef("the baseline has neither BaselineId nor Name: give it an id with --id")
	}
	return o.connection.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return err
		}
		unknown, err := query.UnknownValues(ctx, b, productsOf(js))
		if err != nil {
			return err
		}
		for _, w := range unknown {
			a.Warn("%s: %s", file, w)
		}
		warnings := append(append([]string{}, b.Warnings...), unknown...)
		if o.strict && len(warnings) > 0 {
			return fmt.Errorf("%s was not stored: --strict refuses it for %s", print.Plain(id), print.Count(len(warnings), "warning"))
		}
		s := &stored{ID: id, Warnings: warnings}
		if s.Changes, err = changesOf(ctx, store, id, b); err != nil {
			return err
		}
		return a.storeBaseline(ctx, js, store.By(byMe(ctx, o.connection, js)), o, s, text)
	})
}

func (a *app) storeBaseline(ctx context.Context, js jetstream.JetStream, store *baselines.Store, o *putOptions, s *stored, text []byte) error {
	words := "would store %s, revision %d: nothing was stored\n"
	if o.dryRun {
		if err := baselines.Check(s.ID, text); err != nil {
			return err
		}
		next, isNew, err := store.Next(ctx, s.ID, text)
		if err != nil {
			return err
		}
		if s.Revision = next.Number; !isNew {
			words = "%s says what is stored, revision %d: nothing would be\n"
		}
	} else {
		r, isNew, err := store.PutRevision(ctx, s.ID, text)
		if err != nil {
			return err
		}
		s.Revision, s.Version, s.Stored = r.Number, r.Revision, isNew
		words = "stored %s, revision %d\n"
		if !isNew {
			words = "%s says what is stored already, revision %d: nothing was stored\n"
		}
	}
	err := a.Show(o.output.value, s, func() {
		a.Printf(words, print.Plain(s.ID), s.Revision)
		if s.Revision > 1 {
			a.BaselineChanges(s.Changes)
		}
	})
	if err != nil || !s.Stored {
		return err
	}
	acts := a
	if o.output.value == print.JSON {
		acts = a.quietly()
	}
	return acts.act(ctx, js, o.acting, fmt.Sprintf("baseline %s, revision %d", s.ID, s.Revision), outdatedHosts)
}

// changesOf returns what a baseline says otherwise than the one that is stored under its id.
func changesOf(ctx context.Context, store *baselines.Store, id string, b *baseline.Baseline) ([]baseline.Change, error) {
	before := new(baseline.Baseline)
	text, _, err := store.Get(ctx, id)
	switch {
	case errors.Is(err, baselines.ErrNoBaseline):
	case err != nil:
		return nil, err
	default:
		if before, err = baseline.Parse(text); err != nil { // by which nobody was classified
			before = new(baseline.Baseline)
		}
	}
	return append([]baseline.Change{}, baseline.Diff(before, b)...), nil
}
