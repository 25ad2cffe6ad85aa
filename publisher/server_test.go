package publisher_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// patience bounds every wait of a test. It is only reached where something is wrong.
const patience = 30 * time.Second

// startServer runs a server with JetStream, which listens nowhere unless a change says so.
func startServer(dir string, change ...func(*server.Options)) (*server.Server, error) {
	opts := &server.Options{
		ServerName: "test", Host: "127.0.0.1", Port: server.RANDOM_PORT, DontListen: true,
		NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir, MaxPayload: 8 << 20,
	}
	for _, c := range change {
		c(opts)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		return nil, nats.ErrTimeout
	}
	return s, nil
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func newServer(t *testing.T, change ...func(*server.Options)) *server.Server {
	t.Helper()
	s, err := startServer(t.TempDir(), change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopServer(s) })
	return s
}

func connect(t *testing.T, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	silent := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	nc, err := nats.Connect("", append(opts, silent, nats.Timeout(patience))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// eventStreams are the two streams that a publisher deals with, as a worker makes them.
var eventStreams = []jetstream.StreamConfig{
	{Name: messages.StreamEvents, Subjects: []string{"patch.scan.>", "patch.run.>", "patch.override.>", "patch.recheck.>"}, Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew},
	{Name: messages.StreamResend, Subjects: []string{"patch.resend.>"}, MaxMsgsPerSubject: 1, AllowDirect: true},
}

// withEvents returns a client of a server that takes events.
func withEvents(t *testing.T) jetstream.JetStream {
	t.Helper()
	js := connect(t, nats.InProcessServer(newServer(t)))
	makeStreams(t, js)
	return js
}

func makeStreams(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	for _, c := range eventStreams {
		if _, err := js.CreateStream(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// message is what a stream holds.
type message struct {
	*jetstream.RawStreamMsg
}

// all returns the messages of a stream, oldest first.
func all(t *testing.T, js jetstream.JetStream, stream string) []message {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	state := s.CachedInfo().State
	var list []message
	for seq := state.FirstSeq; seq <= state.LastSeq && state.Msgs > 0; seq++ {
		raw, err := s.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, message{raw})
	}
	return list
}

// event decodes a message of PATCH_EVENTS.
func (m message) event(t *testing.T) messages.Event {
	t.Helper()
	kind, host, err := messages.ParseSubject(m.Subject)
	if err != nil {
		t.Fatal(err)
	}
	e, err := messages.Decode(kind, m.Data, messages.Encoding{ContentType: m.Header.Get("Content-Type"), ContentEncoding: m.Header.Get("Content-Encoding")})
	if err != nil {
		t.Fatal(err)
	}
	if e.HostName() != host {
		t.Errorf("an event of %s on the subject of %s", e.HostName(), host)
	}
	return e
}

// link is a way to a server that can be held: what the server says then waits, while what the client says still
// arrives.
type link struct {
	server *server.Server
	mu     sync.Mutex
	free   *sync.Cond
	held   bool
	last   []byte // what the server says after this is held; nil: nothing is
}

func newLink(s *server.Server) *link {
	l := &link{server: s}
	l.free = sync.NewCond(&l.mu)
	return l
}

// holdAfter holds the link as soon as the server said something.
func (l *link) holdAfter(last string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = []byte(last)
}

func (l *link) hold(held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.last = held, nil
	l.free.Broadcast()
}

// InProcessConn implements [nats.InProcessConnProvider].
func (l *link) InProcessConn() (net.Conn, error) {
	c, err := l.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	return &linked{c, l}, nil
}

type linked struct {
	net.Conn
	link *link
}

// Read returns what the server said, not before the link is free.
func (c *linked) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for c.link.held && err == nil {
		c.link.free.Wait()
	}
	c.link.held = c.link.last != nil && bytes.Contains(b[:n], c.link.last)
	return n, err
}

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Now().UTC()} }

func (c *clock) Now() time.Time { return c.now }
