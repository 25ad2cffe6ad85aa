package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/worker/streams"
)

// ground is a server with empty streams, on which one setting is measured.
type ground struct {
	connect func(opts ...nats.Option) (*nats.Conn, error) // as what is measured connects
	url     string                                        // for other processes
	conn    *nats.Conn                                    // ours
	js      jetstream.JetStream
	end     []func() error // what is to be undone, the last first
}

// prepare starts a server, or takes the one that runs elsewhere, and makes all streams.
func (c *Config) prepare(ctx context.Context, s Setting) (_ *ground, err error) {
	g := new(ground)
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close())
		}
	}()
	if err := c.server(ctx, s, g); err != nil {
		return nil, err
	}
	if g.js, err = jetstream.New(g.conn, jetstream.WithPublishAsyncMaxPending(publishedAtOnce), jetstream.WithDefaultTimeout(requestTimeout)); err != nil {
		return nil, err
	}
	if err := g.nothingThere(ctx); err != nil {
		return nil, err
	}
	if c.Connect != nil {
		g.end = append(g.end, g.clear)
	}
	if _, err := streams.Ensure(ctx, g.js, streams.Config{AckWait: time.Minute, Settled: true}); err != nil {
		return nil, err
	}
	return g, makeAlone(ctx, g.js)
}

const (
	publishedAtOnce = 64 // what waits for a stream is bounded, and beyond it the server refuses
	requestTimeout  = 30 * time.Second
)

func (c *Config) server(ctx context.Context, s Setting, g *ground) error {
	if c.Connect != nil {
		conn, err := c.Connect()
		if err != nil {
			return err
		}
		g.end = append(g.end, closing(conn))
		g.conn, g.url, g.connect = conn, conn.ConnectedUrl(), func(...nats.Option) (*nats.Conn, error) { return c.Connect() }
		return nil
	}
	dir, err := os.MkdirTemp(c.Dir, "patchstream-bench-")
	if err != nil {
		return err
	}
	g.end = append(g.end, func() error { return os.RemoveAll(dir) })
	server, err := natsd.Start(ctx, natsd.Config{StoreDir: dir, Listen: "127.0.0.1:0", SyncAlways: s.Sync == Always, Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	g.end = append(g.end, func() error { server.Shutdown(); return nil })
	if g.conn, err = server.Connect(); err != nil {
		return err
	}
	g.end = append(g.end, closing(g.conn))
	g.url, g.connect = server.URL(), server.Connect
	if s.Transport == TCP {
		g.connect = func(opts ...nats.Option) (*nats.Conn, error) { return nats.Connect(server.URL(), opts...) }
	}
	return nil
}

func closing(nc *nats.Conn) func() error { return func() error { nc.Close(); return nil } }

// ours reports whether a stream is one that is made here.
func ours(stream string) bool {
	name := strings.TrimPrefix(stream, "KV_")
	return strings.HasPrefix(name, "PATCH_") || strings.HasPrefix(name, alonePrefix)
}

// nothingThere returns an error where a stream of patchstream exists: a benchmark would fill it with made-up hosts.
func (g *ground) nothingThere(ctx context.Context) error {
	names := g.js.StreamNames(ctx)
	for name := range names.Name() {
		if ours(name) {
			return fmt.Errorf("the server has a stream %s already: measure in an account or on a server of its own, for what is measured is made up and deleted", name)
		}
	}
	return names.Err()
}

// clear deletes what was made on a server that runs elsewhere.
func (g *ground) clear() error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	var errs []error
	names := g.js.StreamNames(ctx)
	for name := range names.Name() {
		if ours(name) {
			errs = append(errs, g.js.DeleteStream(ctx, name))
		}
	}
	return errors.Join(append(errs, names.Err())...)
}

func (g *ground) close() error {
	var errs []error
	for len(g.end) > 0 {
		last := len(g.end) - 1
		errs = append(errs, g.end[last]())
		g.end = g.end[:last]
	}
	return errors.Join(errs...)
}
