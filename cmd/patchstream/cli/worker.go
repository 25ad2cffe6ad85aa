package cli

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

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

func changesFlag() *oneOf { return &oneOf{"msgpack", []string{"msgpack", "json"}} }

func (o *oneOf) format() messages.Format {
	if o.json() {
		return messages.JSON
	}
	return messages.MsgPack
}

func (a *app) worker(ctx context.Context, c *connection, http string, changes *oneOf) error {
	log := a.logger()
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var front *web
	if http != "" {
		var err error
		if front, err = listenWeb(http, log); err != nil {
			return err
		}
		defer front.close()
		log.Info().Str("http", front.url()).Msg("listening")
	}
	var consuming atomic.Bool
	denied := c.onDenied(func(err error) {
		if !consuming.Load() { // later it goes on with what it may do
			fail(err)
			return
		}
		log.Warn().Err(err).Msg("NATS refuses something")
	}, ".STREAM.UPDATE.") // it leaves a stream that it may not change as it is
	nc, err := c.open(append(steady(log, fail), denied)...)
	if err != nil {
		return err
	}
	defer nc.Close()
	metrics := newMetrics()
	w, err := worker.New(worker.Config{Conn: nc, Log: log, Metrics: metrics, Changes: changes.format(), Step: crashPoint()})
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
	return stopped(ctx, running, log, c.judge(running, err))
}

// steady makes a connection that outlives its server, and that says when it comes and goes. Where it is closed
// for good, as when the server no longer knows us, stop is called.
func steady(log zerolog.Logger, stop func(error)) []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // else we closed it
				log.Warn().Err(err).Msg("lost the connection to NATS; trying again")
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info().Str("url", nc.ConnectedUrlRedacted()).Msg("connected to NATS again")
		}),
		nats.ErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
			if !nc.IsConnected() { // the loss of the connection is told
				return
			}
			line := log.Error().Err(err)
			if sub != nil {
				line.Str("subject", sub.Subject)
			}
			line.Msg("a failure that NATS reports by itself")
		}),
		nats.ClosedHandler(func(nc *nats.Conn) {
			stop(fmt.Errorf("the connection to NATS was closed: %v", nc.LastError()))
		}),
	}
}
