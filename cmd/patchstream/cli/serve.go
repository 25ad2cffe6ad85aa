package cli

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/worker"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	store, listen string
	http          *httpOptions
	auth          string // directory; "": there are no users
	tls           natsd.TLS
	sync, changes *oneOf[string]
	noWorker      bool
	worker        string        // public key of the user that our worker comes as; "": none
	operator      []nats.Option // to come as an operator, for what is written over HTTP; none: as the worker, which may only read
}

func (a *app) serveCommand() *cobra.Command {
	o := &serveOptions{sync: &oneOf[string]{"always", []string{"always", "interval"}}, changes: changesFlag()}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run NATS, a worker and HTTP in one process",
		Long: `Runs NATS with JetStream in a store directory of its own, a worker, and HTTP: the console at /, the API of the fleet under /api/v1,
a page about it at /docs, /healthz, /readyz and /metrics. Once it works it prints "ready nats=URL http=URL". SIGTERM or SIGINT ends it cleanly; a second one at
once.

Every message is synced to the disk before it is acknowledged. With --sync interval JetStream syncs every two
minutes: faster, and a power failure loses what was acknowledged since.

With --auth only the users in that directory are let in (see "patchstream auth"), and NATS may listen where others
reach it. What "patchstream auth" changes there holds within two seconds: one that was revoked is cut off, the others
notice nothing. SIGHUP has the users and the TLS files read again at once.

HTTP is HTTPS with --http-cert and --http-key, which are read again when they are others. Where others reach it, it is not served
without, but for --insecure-http: where something in front of it does TLS.`,
		Example: `  patchstream serve
  patchstream serve --auth ./patchstream-auth --listen 0.0.0.0:4222 --tls-cert server.pem --tls-key server.key
  patchstream serve --auth ./patchstream-auth --http 0.0.0.0:8420 --http-cert server.pem --http-key server.key
  patchstream serve --store /var/lib/patchstream --http 127.0.0.1:0
  patchstream serve --listen 127.0.0.1:0 --no-worker`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), o) },
	}
	f := cmd.Flags()
	value, usage := env("PATCHSTREAM_STORE", "./patchstream-data", "`DIR` in which everything is stored; one process at a time")
	f.StringVar(&o.store, "store", value, usage)
	value, usage = env("PATCHSTREAM_LISTEN", "127.0.0.1:4222", "`HOST:PORT` for NATS, loopback only without --auth; port 0 takes a free one")
	f.StringVar(&o.listen, "listen", value, usage)
	o.http = addHTTP(cmd)
	value, usage = env("PATCHSTREAM_AUTH", "", "`DIR` with the users that are let in; without it, everyone on this machine is")
	f.StringVar(&o.auth, "auth", value, usage)
	f.StringVar(&o.tls.Cert, "tls-cert", "", "`FILE` with the certificate of NATS")
	f.StringVar(&o.tls.Key, "tls-key", "", "`FILE` with its key")
	f.StringVar(&o.tls.ClientCA, "tls-client-ca", "", "`FILE` with the authority of which clients must have a certificate; without it, they need none")
	f.Var(o.sync, "sync", "when what was written is synced to the disk")
	f.Var(o.changes, "changes", "how changes are encoded")
	f.BoolVar(&o.noWorker, "no-worker", false, "run only the server; workers elsewhere create the streams")
	return cmd
}

func (a *app) serve(ctx context.Context, o *serveOptions) error {
	defer serveCollects.begin()()
	if o.store == "" {
		return usagef("--store must name a directory")
	}
	if err := checkAddress("--listen", o.listen, "127.0.0.1:4222"); err != nil {
		return err
	}
	if err := a.checkTLS(o); err != nil {
		return err
	}
	if err := o.http.check(); err != nil {
		return err
	}
	if err := dial.CheckKeyFiles(o.tls.Cert, o.tls.Key, o.tls.ClientCA); err != nil {
		return err
	}
	users, asWorker, err := a.users(o)
	if err != nil {
		return err
	}
	asRead, _ := os.Stat(users) // before it is: nil without users
	hangups, ignore := o.hangups()
	defer ignore()
	log := a.Logger()
	front, err := o.http.listen(log)
	if err != nil {
		return err
	}
	defer front.close()
	server, err := natsd.Start(ctx, natsd.Config{
		StoreDir: o.store, Listen: o.listen, Users: users, TLS: o.tls, SyncAlways: o.sync.value == "always", Log: log,
	})
	if err != nil {
		return startError(ctx, err)
	}
	defer server.Shutdown()
	log.Info().Str("store", o.store).Str("sync", o.sync.value).Int("pid", os.Getpid()).Msg("NATS is up")

	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go reloadUsers(running, o, server, users, asRead, hangups, log)
	ready := "ready nats=" + server.URL() + " http=" + front.url()
	metrics := newMetrics()
	metrics.MustRegister(storeSpace(server.Space)...)
	if o.noWorker {
		front.serve(until(running, server.Ready), metrics, fail)
		a.Printf("%s\n", ready)
		<-running.Done()
		return stopped(ctx, running, log, nil)
	}
	nc, err := server.Connect(slices.Concat(dial.Steady(log, fail), asWorker, []nats.Option{nats.Name("patchstream serve")})...)
	if err != nil {
		return err
	}
	defer nc.Close()
	w, err := worker.New(worker.Config{Conn: nc, Log: log, Metrics: metrics, Changes: format(o.changes)})
	if err != nil {
		return err
	}
	stop, err := countFleet(running, nc, log, w.Started(), metrics)
	if err != nil {
		return err
	}
	defer stop()
	fleet, stop, err := a.serveAPI(running, server, o, asWorker, w.Started(), log, fail)
	if err != nil {
		return err
	}
	defer stop()
	metrics.MustRegister(indexStanding(fleet.index)...)
	handler := routes(until(running, server.Ready, w.Ready), metrics, front.failures)
	if err := fleet.register(handler); err != nil {
		return err
	}
	front.serveWith(handler, fail)
	return stopped(ctx, running, log, a.work(running, w, ready))
}

// serveAPI connects once more, so that what the index reads does not hold up the worker, and follows the fleet once the worker
// has made what is followed.
func (a *app) serveAPI(ctx context.Context, server *natsd.Server, o *serveOptions, asWorker []nats.Option, started <-chan struct{}, log zerolog.Logger, fail func(error)) (*fleetAPI, func(), error) {
	as := o.operator
	if len(as) == 0 {
		as = asWorker
	}
	nc, err := server.Connect(slices.Concat(dial.Steady(log, fail), as, []nats.Option{nats.Name("patchstream serve, index")})...)
	if err != nil {
		return nil, nil, err
	}
	keys, err := keyRing(o.auth)
	if err == nil {
		var fleet *fleetAPI
		if fleet, err = a.newFleetAPI(nc, log, keys); err == nil {
			stop := fleet.follow(ctx, started)
			return fleet, func() { stop(); nc.Close() }, nil
		}
	}
	nc.Close()
	return nil, nil, err
}

// until returns what is in the way of the process's work; once it stops, that is.
func until(running context.Context, parts ...func() error) func() error {
	return func() error {
		if running.Err() != nil {
			return errors.New("stopping")
		}
		for _, ready := range parts {
			if err := ready(); err != nil {
				return err
			}
		}
		return nil
	}
}

// startError drops a context's error: who stopped the program before it was up did not see it fail.
func startError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// work runs a worker until the context ends, and prints a line once it consumes.
func (a *app) work(ctx context.Context, w *worker.Worker, ready string) error {
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	select {
	case <-w.Started():
		a.Printf("%s\n", ready)
	case err := <-ended:
		return err
	}
	return <-ended
}

// stopped returns why a server ended: an error of its own, what made it stop running, or nothing where it was
// asked to.
func stopped(asked, running context.Context, log zerolog.Logger, err error) error {
	if err == nil && asked.Err() == nil {
		err = context.Cause(running)
	}
	if err == nil {
		log.Info().Msg("stopped")
	}
	return err
}
