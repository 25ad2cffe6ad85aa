package cli

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/spool"
)

func (a *app) spoolCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "spool",
		Short: "Events that wait for a server",
		Long: `What a run or a scan could not publish waits in a directory, the spool, and goes out in order with the next one.
Runs are kept until the spool is full; of the scans of a host only the newest is.`,
		Example: "  patchstream spool list\n  patchstream spool flush",
	}, a.spoolListCommand(), a.spoolFlushCommand())
}

func (a *app) spoolListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what waits, in the order in which it goes out",
		Example: "  patchstream spool list\n  patchstream spool list --spool /var/spool/patchstream -o json",
		Args:    takes(0, 0),
	}
	dir, out := addSpool(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := spoolThere(cmd, *dir)
		if err != nil {
			return err
		}
		events, bad, err := s.List()
		if err != nil {
			return err
		}
		list := &print.Spooled{Dir: s.Dir, Events: make([]print.Waiting, 0, len(events)), Damaged: append([]string{}, bad...)}
		for _, e := range events {
			list.Events = append(list.Events, print.Waiting{
				File: e.File, Kind: e.Kind, Host: e.Host, ID: e.ID, SpooledAt: e.SpooledAt, Bytes: e.Bytes,
			})
		}
		return a.Show(out.value, list, func() { a.Spooled(list, a.now()) })
	}
	return cmd
}

// flushed is what `spool flush -o json` prints.
type flushed struct {
	Dir      string   `json:"dir"`
	Sent     int      `json:"sent"`
	SetAside []string `json:"set_aside"` // files
}

func (a *app) spoolFlushCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flush",
		Short: "Publish what waits, in order",
		Long: `Publishes what waits, oldest first, and removes what JetStream has acknowledged. What cannot be sent now stays,
with all that follows it; where the server only does not let us publish for one host, what is of other hosts goes out. A
file that is damaged is set aside and named, and the others go out.`,
		Example: "  patchstream spool flush --server nats://nats.example.org:4222",
		Args:    takes(0, 0),
	}
	dir, out, c := addSpool(cmd), addOutput(cmd), addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := spoolThere(cmd, *dir)
		if err != nil {
			return err
		}
		return c.JetStream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			return a.flush(ctx, js, s, out.value)
		})
	}
	return cmd
}

func (a *app) flush(ctx context.Context, js jetstream.JetStream, s *spool.Spool, as print.Format) error {
	p, err := publisher.New(js, publisher.Config{Spool: s})
	if err != nil {
		return err
	}
	total := &flushed{Dir: s.Dir, SetAside: []string{}}
	for more := true; more; {
		f, flushErr := p.Flush(ctx)
		a.setAside(s, f)
		total.Sent += f.Sent
		total.SetAside = append(total.SetAside, f.SetAside...)
		err, more = flushErr, flushErr != nil && f.Sent > 0 // each call has a time-out of its own
	}
	if as == print.JSON {
		if jsonErr := a.JSON(total); err == nil {
			err = jsonErr
		}
		return err
	}
	if err == nil || total.Sent > 0 {
		a.Printf("sent %s from %s\n", print.Count(total.Sent, "event"), s.Dir)
	}
	return err
}
