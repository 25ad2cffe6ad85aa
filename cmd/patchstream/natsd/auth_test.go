package natsd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

const patience = 30 * time.Second

func users(t *testing.T, hosts ...string) *auth.Dir {
	t.Helper()
	d, _, err := auth.Init(t.TempDir(), "127.0.0.1:4222")
	if err != nil {
		t.Fatal(err)
	}
	for role, names := range map[auth.Role][]string{auth.Worker: {"w"}, auth.Host: hosts} {
		if _, _, err := d.Add(role, names, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// as returns the options by which a client is one of the users, and a channel that is closed when the server cuts it
// off.
func as(t *testing.T, d *auth.Dir, role auth.Role, name string) ([]nats.Option, <-chan struct{}) {
	t.Helper()
	nkey, err := nats.NkeyOptionFromSeed(d.Seed(auth.User{Role: role, Name: name}))
	if err != nil {
		t.Fatal(err)
	}
	cut := make(chan struct{})
	return []nats.Option{nkey, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(cut) })}, cut
}

func TestWhoIsRevokedIsCutOffAndTheOthersStay(t *testing.T) {
	d := users(t, "web-1", "web-2")
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Users: d.File(auth.UsersFile)})
	defer s.Shutdown()
	connect := func(name string) (*nats.Conn, <-chan struct{}) {
		opts, cut := as(t, d, auth.Host, name)
		nc, err := nats.Connect(s.URL(), append(opts, nats.Timeout(patience))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc, cut
	}
	revoked, cut := connect("web-1")
	other, otherCut := connect("web-2")
	seed := as1(t, d, "web-1")
	if err := d.Revoke(auth.Host, "web-1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-cut:
	case <-time.After(patience):
		t.Fatal("the revoked host is still connected")
	}
	if !revoked.IsClosed() {
		t.Error("its connection is open")
	}
	if nc, err := nats.Connect(s.URL(), seed); err == nil {
		nc.Close()
		t.Error("it came in again")
	}
	if err := other.FlushTimeout(patience); err != nil {
		t.Errorf("the other host: %v", err)
	}
	select {
	case <-otherCut:
		t.Error("the other host was cut off")
	default:
	}
	if _, _, err := d.Add(auth.Host, []string{"web-3"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	connect("web-3")
}

// as1 keeps a seed that is about to be removed.
func as1(t *testing.T, d *auth.Dir, name string) nats.Option {
	t.Helper()
	text, err := os.ReadFile(d.Seed(auth.User{Role: auth.Host, Name: name}))
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept.nk")
	if err := os.WriteFile(kept, text, 0o600); err != nil {
		t.Fatal(err)
	}
	nkey, err := nats.NkeyOptionFromSeed(kept)
	if err != nil {
		t.Fatal(err)
	}
	return nkey
}

func TestABrokenFileOfUsersIsRefusedAndTheOldOneStays(t *testing.T) {
	d := users(t, "web-1")
	file := d.File(auth.UsersFile)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Users: file})
	defer s.Shutdown()
	opts, cut := as(t, d, auth.Host, "web-1")
	nc, err := nats.Connect(s.URL(), append(opts, nats.Timeout(patience))...)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for name, text := range map[string]string{
		"cut":    string(good[:len(good)/2]),
		"empty":  "",
		"nobody": "accounts { PATCH { jetstream: enabled } }",
		"key":    strings.Replace(string(good), "nkey: U", "nkey: X", 1),
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(); err == nil || !strings.Contains(err.Error(), "auth.conf") && !strings.Contains(err.Error(), "read the users") {
			t.Errorf("%s: %v", name, err)
		}
		if nobody, err := nats.Connect(s.URL()); err == nil {
			nobody.Close()
			t.Errorf("%s: somebody without a key came in", name)
		}
		if again, err := nats.Connect(s.URL(), opts[0], nats.Timeout(patience)); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			again.Close()
		}
	}
	select {
	case <-cut:
		t.Error("the host was cut off")
	default:
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err == nil || !strings.Contains(err.Error(), "patchstream auth") {
		t.Errorf("no file: %v", err)
	}
	if _, err := Start(t.Context(), Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Users: file}); err == nil {
		t.Error("it starts without its users")
	}
}

// A server with users keeps its streams in an account of theirs. Nothing must look empty because of that.
func TestAStoreIsNotBegunAnewInAnotherAccount(t *testing.T) {
	d := users(t)
	open := Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"}
	closed := open
	closed.Users = d.File(auth.UsersFile)
	s := up(t, open)
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	addStream(t, nc)
	s.Shutdown()
	move := func(cfg Config) {
		_, err := Start(t.Context(), cfg)
		if err == nil {
			t.Fatal("it begins anew")
		}
		words := strings.Split(err.Error(), "'")
		if len(words) != 5 || !strings.Contains(err.Error(), "mv ") {
			t.Fatalf("%v", err)
		}
		if err := errors.Join(os.RemoveAll(words[3]), os.Rename(words[1], words[3])); err != nil {
			t.Fatal(err)
		}
	}
	move(closed)
	s = up(t, closed)
	opts, _ := as(t, d, auth.Worker, "w")
	if nc, err = s.Connect(append(opts, nats.CustomInboxPrefix(inbox(t, d)))...); err != nil {
		t.Fatal(err)
	}
	hasStream(t, nc)
	s.Shutdown()
	move(open)
	s = up(t, open)
	defer s.Shutdown()
	if nc, err = s.Connect(); err != nil {
		t.Fatal(err)
	}
	hasStream(t, nc)
}

func inbox(t *testing.T, d *auth.Dir) string {
	t.Helper()
	key, err := auth.PublicKey(d.Seed(auth.User{Role: auth.Worker, Name: "w"}))
	if err != nil {
		t.Fatal(err)
	}
	return auth.InboxPrefix(key)
}

func addStream(t *testing.T, nc *nats.Conn) {
	t.Helper()
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "s", []byte("kept")); err != nil {
		t.Fatal(err)
	}
}

func hasStream(t *testing.T, nc *nats.Conn) {
	t.Helper()
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "S")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CachedInfo().State.Msgs; got != 1 {
		t.Errorf("%d messages", got)
	}
}
