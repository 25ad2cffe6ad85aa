package cli

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/messages"
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

// waitingEvent is an event in the spool.
type waitingEvent struct {
	File      string        `json:"file"`
	Kind      messages.Kind `json:"kind"`
	Host      string        `json:"host"`
	ID        string        `json:"id"`
	SpooledAt time.Time     `json:"spooled_at"`
	Bytes     int64         `json:"bytes"`
}

// spooled is what `spool list -o json` prints.
type spooled struct {
	Dir     string         `json:"dir"`
	Events  []waitingEvent `json:"events"`
	Damaged []string       `json:"damaged"` // files
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
		list := &spooled{Dir: s.Dir, Events: make([]waitingEvent, 0, len(events)), Damaged: append([]string{}, bad...)}
		for _, e := range events {
			list.Events = append(list.Events, waitingEvent{e.File, e.Kind, e.Host, e.ID, e.SpooledAt, e.Bytes})
		}
		if out.json() {
			return a.json(list)
		}
		a.spooled(list)
		return nil
	}
	return cmd
}

func (a *app) spooled(list *spooled) {
	if len(list.Events) == 0 {
		a.printf("Nothing waits in %s.\n", list.Dir)
	} else {
		g := &grid{head: []string{"KIND", "HOST", "ID", "SINCE", "BYTES"}, numbers: []int{5}}
		for _, e := range list.Events {
			g.add(string(e.Kind), plain(e.Host), plain(e.ID), clockAndAge(e.SpooledAt, a.now()), strconv.FormatInt(e.Bytes, 10))
		}
		a.grid(g)
	}
	for _, file := range list.Damaged {
		a.warn("%s is damaged or can never be sent", filepath.Join(list.Dir, file))
	}
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
		return c.jetstream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			return a.flush(ctx, js, s, out)
		})
	}
	return cmd
}

func (a *app) flush(ctx context.Context, js jetstream.JetStream, s *spool.Spool, out *oneOf) error {
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
	if out.json() {
		if jsonErr := a.json(total); err == nil {
			err = jsonErr
		}
		return err
	}
	if err == nil || total.Sent > 0 {
		a.printf("sent %s from %s\n", count(total.Sent, "event"), s.Dir)
	}
	return err
}
