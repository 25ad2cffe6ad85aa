package natsd

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
)

func up(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPort0TakesAFreePortAndKeepsWhatIsStored(t *testing.T) {
	cfg := Config{StoreDir: filepath.Join(t.TempDir(), "new", "store"), Listen: "127.0.0.1:0", SyncAlways: true}
	s := up(t, cfg)
	if strings.HasSuffix(s.URL(), ":0") || !strings.HasPrefix(s.URL(), "nats://127.0.0.1:") {
		t.Errorf("URL %q", s.URL())
	}
	if err := s.Ready(); err != nil {
		t.Error(err)
	}
	nc, err := nats.Connect(s.URL(), nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	if got := nc.MaxPayload(); got != 8<<20 {
		t.Errorf("max_payload %d", got)
	}
	addStream(t, nc)
	s.Shutdown()
	if s.Ready() == nil {
		t.Error("ready after Shutdown")
	}

	s = up(t, cfg)
	defer s.Shutdown()
	inside, err := s.Connect(nats.Name("inside"))
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	js, err := jetstream.New(inside)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "S")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetLastMsgForSubject(t.Context(), "s")
	if err != nil || string(msg.Data) != "kept" {
		t.Errorf("%v, %v", msg, err)
	}
}

func TestSyncAlwaysReachesTheServer(t *testing.T) {
	for _, always := range []bool{true, false} {
		opts, err := options(Config{StoreDir: "x", SyncAlways: always})
		if err != nil {
			t.Fatal(err)
		}
		if opts.SyncAlways != always || opts.SyncInterval != 0 || !opts.NoSigs || opts.Port != 4222 {
			t.Errorf("always %v: %+v", always, opts)
		}
	}
}

func TestOneProcessPerStore(t *testing.T) {
	cfg := Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"}
	s := up(t, cfg)
	_, err := Start(t.Context(), cfg)
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v", err)
	}
	if locked.PID != os.Getpid() || !strings.Contains(err.Error(), cfg.StoreDir) || !strings.Contains(err.Error(), "--store") {
		t.Errorf("%v", err)
	}
	s.Shutdown()
	up(t, cfg).Shutdown()
}

func TestRefusesAddressesThatOthersReach(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0:4222":      "without authentication",
		":4222":             "without authentication",
		"[::]:4222":         "without authentication",
		"192.0.2.7:4222":    "without authentication",
		"nats.example:4222": "without authentication",
		"127.0.0.1":         "is not HOST:PORT",
		"127.0.0.1:nats":    "must be a number",
		"127.0.0.1:70000":   "must be a number",
	} {
		dir := filepath.Join(t.TempDir(), "store")
		_, err := Start(t.Context(), Config{StoreDir: dir, Listen: address})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s: the store was made all the same: %v", address, err)
		}
	}
	for _, address := range []string{"localhost:0", "127.0.0.2:0", "[::1]:0"} {
		if !Loopback(address) {
			t.Errorf("%s: others reach it", address)
		}
	}
}

func TestATakenPortIsNamedAndTheLockGivenBack(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := Config{StoreDir: t.TempDir(), Listen: taken.Addr().String()}
	began := time.Now()
	_, err = Start(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), cfg.Listen+" is taken") || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("%v", err)
	}
	if waited := time.Since(began); waited > readyTimeout/2 {
		t.Errorf("took %s", waited)
	}
	cfg.Listen = "127.0.0.1:0"
	up(t, cfg).Shutdown()
}

func TestAStoreThatIsNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{StoreDir: file, Listen: "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "--store") {
		t.Errorf("%v", err)
	}
	if _, err := Start(t.Context(), Config{}); err == nil {
		t.Error("no store, no error")
	}
}

func TestTheServersWarningsAreLogged(t *testing.T) {
	var out bytes.Buffer
	l := newLogger(zerolog.New(&out).Level(zerolog.InfoLevel))
	l.Warnf("disk %d", 1)
	l.Errorf("lost %d", 2)
	l.Noticef("ready")
	l.Fatalf("gave up %d", 3)
	if got := out.String(); !strings.Contains(got, "disk 1") || !strings.Contains(got, "lost 2") || strings.Contains(got, "ready") {
		t.Errorf("%s", got)
	}
	if l.fatal() != "gave up 3" {
		t.Errorf("%q", l.fatal())
	}
}
