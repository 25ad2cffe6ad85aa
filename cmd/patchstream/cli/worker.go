package cli

import (
	"context"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
)

func (a *app) workerCommand() *cobra.Command {
	var http string
	changes := changesFlag()
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run a worker against a NATS that runs elsewhere",
		Long: `Consumes events, keeps the record of every host, and publishes changes. A worker keeps nothing that another
could not read: run as many as you like. Once it consumes it prints "ready". SIGTERM or SIGINT ends it cleanly;
a second one at once.`,
		Example: `  patchstream worker --server nats://nats.example.org:4222 --creds worker.creds
  patchstream worker --http 0.0.0.0:8420 --changes=json`,
		Args: takes(0, 0),
	}
	usage := "`HOST:PORT` for /healthz, /readyz and /metrics; port 0 takes a free one; without it, none"
	value, usage := env("PATCHSTREAM_HTTP", "", usage)
	cmd.Flags().StringVar(&http, "http", value, usage)
	cmd.Flags().Var(changes, "changes", "how changes are encoded")
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.worker(cmd.Context(), c, http, changes) }
	return cmd
}

func changesFlag() *oneOf[string] { return &oneOf[string]{"msgpack", []string{"msgpack", "json"}} }

func format(changes *oneOf[string]) messages.Format {
	if changes.value == "json" {
		return messages.JSON
	}
	return messages.MsgPack
}

func (a *app) worker(ctx context.Context, c *dial.Target, http string, changes *oneOf[string]) error {
	defer workerCollects.begin()()
	log := a.Logger()
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var front *site
	if http != "" {
		var err error
		if front, err = listenHTTP(http, log); err != nil {
			return err
		}
		defer front.close()
		log.Info().Str("http", front.url()).Msg("listening")
	}
	var consuming atomic.Bool
	denied := c.OnDenied(func(err error) {
		if !consuming.Load() { // later it goes on with what it may do
			fail(err)
			return
		}
		log.Warn().Err(err).Msg("NATS refuses something")
	}, ".STREAM.UPDATE.") // it leaves a stream that it may not change as it is
	nc, err := c.Open(append(dial.Steady(log, fail), denied)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	metrics := newMetrics()
	w, err := worker.New(worker.Config{Conn: nc, Log: log, Metrics: metrics, Changes: format(changes), Step: crashPoint()})
	if err != nil {
		return err
	}
	if front != nil {
		stop, err := countFleet(running, nc, log, w.Started(), metrics)
		if err != nil {
			return err
		}
		defer stop()
		front.serve(until(running, w.Ready), metrics, fail)
	}
	go func() {
		select {
		case <-w.Started():
			consuming.Store(true)
		case <-running.Done():
		}
	}()
	err = a.work(running, w, "ready")
	return stopped(ctx, running, log, c.Explain(running, err))
}
