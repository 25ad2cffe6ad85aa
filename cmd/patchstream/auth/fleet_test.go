package auth

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/worker/streams"
)

const patience = 30 * time.Second

// fleet is a nats-server on the configuration of a directory, with the streams that a worker has made there.
type fleet struct {
	dir    *Dir
	url    string
	worker *user
	js     jetstream.JetStream // the worker's
}

func start(t *testing.T) *fleet {
	t.Helper()
	dir, _, err := Init(filepath.Join(t.TempDir(), "auth"), "127.0.0.1:4222")
	if err != nil {
		t.Fatal(err)
	}
	for role, names := range map[Role][]string{
		Host: {"web-1", "web-1.example", "victim"}, Worker: {"w"}, Operator: {"o"}, Reader: {"siem", "other"}, Viewer: {"grafana"},
	} {
		if _, _, err := dir.Add(role, names, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	opts, err := server.ProcessConfigFile(dir.File(ServerFile))
	if err != nil {
		t.Fatal(err)
	}
	opts.Port, opts.NoSigs, opts.SyncAlways = server.RANDOM_PORT, true, false
	n, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	n.Start()
	t.Cleanup(func() { n.Shutdown(); n.WaitForShutdown() })
	if !n.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	f := &fleet{dir: dir, url: n.ClientURL()}
	f.worker = f.as(t, Worker, "w")
	if f.js, err = jetstream.New(f.worker.conn); err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Ensure(t.Context(), f.js, streams.Config{AckWait: time.Minute}); err != nil {
		t.Fatalf("a worker cannot make the streams: %v", err)
	}
	return f
}

// user is a connection of one of the users.
type user struct {
	conn *nats.Conn
	key  string
}

func (f *fleet) as(t *testing.T, role Role, name string) *user {
	t.Helper()
	seed := f.dir.Seed(User{Role: role, Name: name})
	key, err := PublicKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	nkey, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Connect(f.url, nkey, nats.CustomInboxPrefix(InboxPrefix(key)), nats.Timeout(patience),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &user{conn, key}
}

// publishes sends a message and reports whether the server let it pass.
func (u *user) publishes(t *testing.T, subject, reply, payload string) bool {
	t.Helper()
	if err := u.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte(payload)}); err != nil {
		t.Fatal(err)
	}
	return u.passed(t, "Publish to", subject)
}

func (u *user) subscribes(t *testing.T, subject string) bool {
	t.Helper()
	if _, err := u.conn.SubscribeSync(subject); err != nil {
		t.Fatal(err)
	}
	return u.passed(t, "Subscription to", subject)
}

// passed asks after a round trip: the server refuses before it answers the ping. The connection must be new.
func (u *user) passed(t *testing.T, what, subject string) bool {
	t.Helper()
	if err := u.conn.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	err := u.conn.LastError()
	switch {
	case err == nil:
		return true
	case strings.Contains(err.Error(), what+` "`):
		return false
	}
	t.Fatalf("%s: %v", subject, err)
	return false
}

// stored counts the messages of every subject in every stream.
func (f *fleet) stored(t *testing.T) map[string]uint64 {
	t.Helper()
	counts := make(map[string]uint64)
	names := f.js.StreamNames(t.Context())
	for name := range names.Name() {
		s, err := f.js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		info, err := s.Info(t.Context(), jetstream.WithSubjectFilter(">"))
		if err != nil {
			t.Fatal(err)
		}
		for subject, n := range info.State.Subjects {
			counts[name+" "+subject] = n
		}
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
