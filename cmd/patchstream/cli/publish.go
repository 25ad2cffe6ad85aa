package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
)

func (a *app) publishCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "publish",
		Short:   "Publish events from files",
		Example: "  patchstream publish scan scan.json\n  patchstream publish run nightly/*.json",
	},
		a.publishKind(messages.KindScan, "Publish scans: the whole truth about a host's packages at one time"),
		a.publishKind(messages.KindRun, "Publish runs: what a patch run did"),
		a.publishKind(messages.KindOverride, "Publish overrides: a status set by hand"))
}

func (a *app) publishKind(kind messages.Kind, short string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   string(kind) + " FILE…",
		Short: short,
		Long: short + `.

The events go out as they are, with the id and the host that stand in them; all are checked before the first one
goes. A file, or - for standard input, holds one event in MessagePack, or in JSON one, several, or a list.`,
		Example: fmt.Sprintf("  patchstream publish %[1]s %[1]s.json\n  make-%[1]ss | patchstream publish %[1]s - -o json", kind),
		Args:    takes(1, -1),
	}
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		in, err := a.inputs(files...)
		if err != nil {
			return err
		}
		b := &batch{in: in, kind: kind, files: files, kept: make(map[string][]messages.Event)}
		if err := b.check(cmd.Context(), a.now()); err != nil {
			return err
		}
		return c.JetStream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			return a.publish(ctx, js, b, out.value)
		})
	}
	return cmd
}

// batch is the events in some files. A file is read twice, to be checked and to be sent, so that any number of
// them fits into memory; what can be read once, such as a pipe, is kept.
type batch struct {
	in    *inputs
	kind  messages.Kind
	files []string
	n     int
	kept  map[string][]messages.Event // by file
}

func (b *batch) check(ctx context.Context, now time.Time) error {
	for _, file := range b.files {
		events, err := b.in.events(ctx, b.kind, file)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := e.CheckClock(now); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		b.n += len(events)
		if !readTwice(file) {
			b.kept[file] = events
		}
	}
	return nil
}

func (b *batch) each(ctx context.Context, do func(messages.Event) error) error {
	for _, file := range b.files {
		events, kept := b.kept[file]
		if !kept {
			var err error
			if events, err = b.in.events(ctx, b.kind, file); err != nil {
				return err
			}
		}
		for _, e := range events {
			if err := do(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// receipt is what -o json says of an event that JetStream has acknowledged.
type receipt struct {
	Kind messages.Kind `json:"kind"`
	Host string        `json:"host"`
	ID   string        `json:"id"`
}

func receiptOf(e messages.Event) receipt { return receipt{e.Kind(), e.HostName(), e.EventID()} }

func (a *app) publish(ctx context.Context, js jetstream.JetStream, b *batch, as print.Format) error {
	receipts := make([]receipt, 0, b.n)
	hosts := make(map[string]bool)
	var known []messages.Event
	cfg := publisher.Config{Duplicate: func(e messages.Event) { known = append(known, e) }}
	progress := a.Progress("publishing", b.n)
	err := b.each(ctx, func(e messages.Event) error {
		if err := send(ctx, js, cfg, e); err != nil {
			return err
		}
		receipts, hosts[e.HostName()] = append(receipts, receiptOf(e)), true
		progress.Done()
		return nil
	})
	progress.Stop()
	if len(known) > 0 {
		a.Warn("%s had been sent within the last two minutes, such as %s, and nothing was taken again: what was changed since goes out under another id",
			print.Count(len(known), string(b.kind)), known[0].EventID())
	}
	if err != nil && len(receipts) > 0 {
		err = fmt.Errorf("after %d of %d: %w: publish all again, what has arrived is not applied twice", len(receipts), b.n, err)
	}
	switch {
	case as == print.JSON:
		return errors.Join(err, a.JSON(receipts))
	case len(receipts) == 1:
		a.Printf("published %s %s of %s\n", receipts[0].Kind, receipts[0].ID, print.Plain(receipts[0].Host))
	case len(receipts) > 1:
		a.Printf("published %s of %s\n", print.Count(len(receipts), string(b.kind)), print.Count(len(hosts), "host"))
	}
	return err
}

// send publishes one event as it stands. Each has a publisher of its own: one that remembers the last scan
// would send the next as its hash alone.
func send(ctx context.Context, js jetstream.JetStream, cfg publisher.Config, e messages.Event) error {
	p, err := publisher.New(js, cfg)
	if err != nil {
		return err
	}
	switch e := e.(type) {
	case *messages.Scan:
		return p.Scan(ctx, e)
	case *messages.Run:
		return p.Run(ctx, e)
	case *messages.Override:
		return p.Override(ctx, e)
	case *messages.Retire:
		return p.Retire(ctx, e)
	}
	return fmt.Errorf("a %s cannot be published", e.Kind())
}
