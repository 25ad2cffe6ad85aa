package cli

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/console"
	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) apiCommand() *cobra.Command {
	var keys string
	cmd := &cobra.Command{
		Use:   "api",
		Short: "Serve the HTTP API beside a NATS that runs elsewhere",
		Long: `Reads the fleet into an index in memory, follows it, and answers under /api/v1; /docs shows what may be asked, and / is
the console, for people. It keeps nothing: run as many as you like. "patchstream serve" has the same on its HTTP port.

Without --auth this machine alone is let in, and may do what the NATS user of this process may. With --auth who has a key
is that "patchstream auth api-key" made in the directory. Where others reach it, it is not served without TLS (--http-cert, --http-key), but for
--insecure-http: where something in front of it does TLS. Once the index is whole it prints "ready http=URL".`,
		Example: `  patchstream api --server nats://nats.example.org:4222 --nkey operator-api.nk
  patchstream api --http 0.0.0.0:8420 --http-cert server.pem --http-key server.key --auth /etc/patchstream/auth
  curl -s http://127.0.0.1:8420/api/v1/hosts?missing=openssl`,
		Args: takes(0, 0),
	}
	http := addHTTP(cmd)
	value, usage := env("PATCHSTREAM_AUTH", "", "`DIR` with the keys that are let in; without it, everyone on this machine is")
	cmd.Flags().StringVar(&keys, "auth", value, usage)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.api(cmd.Context(), c, http, keys) }
	return cmd
}

func (a *app) api(ctx context.Context, c *dial.Target, at *httpOptions, keys string) error {
	log := a.Logger()
	ring, err := keyRing(keys)
	if err != nil {
		return err
	}
	front, err := at.listen(log)
	if err != nil {
		return err
	}
	defer front.close()
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	nc, err := c.Open(append(dial.Steady(log, fail), c.OnDenied(fail))...)
	if err != nil {
		return err
	}
	defer nc.Close()
	fleet, err := a.newFleetAPI(nc, log, ring)
	if err != nil {
		return err
	}
	defer fleet.follow(running, nil)()
	metrics := newMetrics()
	metrics.MustRegister(indexStanding(fleet.index)...)
	handler := routes(until(running, fleet.index.Ready), metrics, front.failures)
	if err := fleet.register(handler); err != nil {
		return err
	}
	front.serveWith(handler, fail)
	if err := fleet.index.Wait(running, 0, 0); err == nil {
		a.Printf("ready http=%s\n", front.url())
		<-running.Done()
	}
	return stopped(ctx, running, log, nil)
}

// fleetAPI is the index of a fleet and its API.
type fleetAPI struct {
	index *query.Index
	cfg   web.Config
}

func (a *app) newFleetAPI(nc *nats.Conn, log zerolog.Logger, keys web.Keys) (*fleetAPI, error) {
	index, err := query.NewIndex(query.IndexConfig{Conn: nc, Log: log, Now: a.now})
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	f := &fleetAPI{index, web.Config{Index: index, JS: js, Log: log.With().Str("part", "api").Logger(), Keys: keys, Version: build().Version, Now: a.now}}
	if named, can := keys.(web.SessionKeys); can {
		f.cfg.Sessions = web.NewSessions(named, a.now)
	}
	return f, nil
}

// follow has the index follow the fleet, once there is one where started is not nil; stop ends that and waits for it.
func (f *fleetAPI) follow(ctx context.Context, started <-chan struct{}) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if started != nil {
			select {
			case <-started:
			case <-ctx.Done():
				return
			}
		}
		f.index.Run(ctx)
	})
	return func() { cancel(); running.Wait() }
}

// register adds the API and the console to what is served.
func (f *fleetAPI) register(mux *http.ServeMux) error {
	if _, err := web.Register(mux, f.cfg); err != nil {
		return err
	}
	return console.Register(mux, console.Config{Config: f.cfg, API: mux})
}

// keyRing returns the keys of a directory; nil without one.
func keyRing(path string) (web.Keys, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, usagef("--auth %s: it is no directory: \"patchstream auth api-key NAME --dir %s\" makes one", path, path)
	}
	dir, err := auth.Open(path)
	if err != nil {
		return nil, err
	}
	return ring{auth.NewKeyRing(dir)}, nil
}

// ring says who has a key, in the words of the API.
type ring struct{ *auth.KeyRing }

func (r ring) Bearer(token string) (web.Who, error) { return whoHas(r.KeyRing.Bearer(token)) }

func (r ring) Named(name string) (web.Who, string, error) {
	key, err := r.KeyRing.Named(name)
	who, err := whoHas(key, err)
	return who, key.SecretKey, err
}

func whoHas(key auth.APIKey, err error) (web.Who, error) {
	if errors.Is(err, auth.ErrNoKey) {
		return web.Who{}, web.ErrNoKey
	}
	return web.Who{Name: key.Name, Role: web.Role(key.Role), Groups: key.Groups}, err
}

func (r ring) AccessKey(id string) (web.Who, string, error) {
	key, err := r.KeyRing.AccessKey(id)
	who, err := whoHas(key, err)
	return who, key.SecretKey, err
}
