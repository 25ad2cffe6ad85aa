package workertest

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Deadline bounds every wait of a test. It is only reached where something is wrong.
const Deadline = time.Minute

// Server starts a server with JetStream and stops it when the test ends. Without a change it listens nowhere:
// [Connect] reaches it inside the process.
func Server(t testing.TB, change ...func(*server.Options)) *server.Server {
	t.Helper()
	opts := &server.Options{
		ServerName: "test", Host: "127.0.0.1", Port: server.RANDOM_PORT, DontListen: true,
		NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 8 << 20,
	}
	for _, c := range change {
		c(opts)
	}
	s, err := Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Stop(s) })
	return s
}

// Start starts a server.
func Start(opts *server.Options) (*server.Server, error) {
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(Deadline) || !s.JetStreamEnabled() {
		Stop(s)
		return nil, context.DeadlineExceeded
	}
	return s, nil
}

// Stop ends a server and returns when its files are closed.
func Stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// Connect returns a connection inside the process that ends with the test.
func Connect(t testing.TB, s *server.Server, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("", append([]nats.Option{nats.InProcessServer(s), quiet}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// quiet keeps the client from printing what a test provokes, and gives a busy machine time.
func quiet(o *nats.Options) error {
	o.AsyncErrorCB = func(*nats.Conn, *nats.Subscription, error) {}
	o.Timeout = Deadline
	return nil
}

// JetStream returns a client of its own for a test.
func JetStream(t testing.TB, s *server.Server) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(Connect(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// Eventually waits until a condition holds, and fails the test where it never does.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(Deadline)
	defer late.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("never came: %s", what)
		}
	}
}

// Wait waits for a channel to be closed, or to give something, which it returns.
func Wait[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	late := time.NewTimer(Deadline)
	defer late.Stop()
	select {
	case v := <-c:
		return v
	case <-late.C:
		t.Fatalf("never came: %s", what)
		panic("unreachable")
	}
}
