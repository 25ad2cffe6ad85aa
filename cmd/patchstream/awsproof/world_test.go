package awsproof

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// The keys of the HTTP API.
const (
	operator = "olga"
	viewer   = "vera"
	webOnly  = "wanda" // an operator of the group web
)

// world is the program as users start it, with users and keys.
type world struct {
	binary, dir string
	auth        *auth.Dir
	keys        map[string]*auth.NewAPIKey
	url         string
	nats        string
	js          jetstream.JetStream // as an operator
}

func newWorld(t *testing.T, binary string) *world {
	t.Helper()
	w := &world{binary: binary, dir: t.TempDir(), keys: make(map[string]*auth.NewAPIKey)}
	w.makeUsers(t)
	w.start(t)
	return w
}

func (w *world) makeUsers(t *testing.T) {
	t.Helper()
	var err error
	if w.auth, _, err = auth.Init(filepath.Join(w.dir, "auth"), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	for role, name := range map[auth.Role]string{auth.Worker: "local", auth.Operator: "admin"} {
		if _, _, err := w.auth.Add(role, []string{name}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for name, key := range map[string]struct {
		role   auth.Role
		groups []string
	}{operator: {auth.KeyOperator, nil}, viewer: {auth.KeyViewer, nil}, webOnly: {auth.KeyOperator, []string{"web"}}} {
		if w.keys[name], err = w.auth.AddAPIKey(name, key.role, key.groups, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// start runs serve until the test ends, and connects to it as an operator.
func (w *world) start(t *testing.T) {
	t.Helper()
	log, err := os.Create(filepath.Join(w.dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	serve := exec.Command(w.binary, "serve", "--auth", filepath.Join(w.dir, "auth"), "--store", filepath.Join(w.dir, "store"),
		"--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--sync", "interval")
	serve.Stderr = log
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
		_ = log.Close()
		if text, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("serve said:\n%s", text)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, scanned := fmt.Sscanf(line, "ready nats=%s http=%s\n", &w.nats, &w.url); scanned != nil {
		t.Fatalf("serve said %q: %v", line, err)
	}
	w.connect(t)
}

func (w *world) connect(t *testing.T) {
	t.Helper()
	seed := w.auth.Seed(auth.User{Role: auth.Operator, Name: "admin"})
	key, err := auth.PublicKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	nkey, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Connect(w.nats, nkey, nats.CustomInboxPrefix(auth.InboxPrefix(key)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if w.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
}

// settle waits until all that was published is applied, and the index has it.
func (w *world) settle(t *testing.T) {
	t.Helper()
	workertest.Applied(t, w.js)
	last := workertest.State(t, w.js, messages.BucketStream(messages.BucketHosts)).LastSeq
	workertest.Eventually(t, "the index has the fleet", func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/api/v1/summary", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.keys[viewer].Token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		var answer struct {
			AsOf struct {
				Sequence uint64 `json:"sequence"`
			} `json:"as_of"`
		}
		return json.NewDecoder(response.Body).Decode(&answer) == nil && answer.AsOf.Sequence >= last
	})
}

// about is what a theme is told.
func (w *world) about(theme string) map[string]any {
	keys := make(map[string]any)
	for name, key := range w.keys {
		keys[name] = map[string]string{"access": key.AccessKey, "secret": key.SecretKey, "token": key.Token}
	}
	return map[string]any{
		"theme": theme, "url": w.url, "keys": keys, "binary": w.binary, "nats": w.nats,
		"seed": w.auth.Seed(auth.User{Role: auth.Operator, Name: "admin"}), "auth": filepath.Join(w.dir, "auth"), "many": many,
	}
}

// many is how many hosts a fleet has that is paged through.
const many = 10_000

// addMany adds hosts, of which every third lacks a patch.
func (w *world) addMany(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range many {
		newer := []string{"2"}[:min(1, max(0, 1-i%3))]
		scan := grouped(fmt.Sprintf("many-%05d", i), "many", 0, workertest.Package("openssl", "1", newer...))
		if _, err := w.js.PublishMsgAsync(workertest.Encode(t, scan)); err != nil {
			t.Fatal(err)
		}
		if i%500 == 499 {
			select {
			case <-w.js.PublishAsyncComplete():
			case <-ctx.Done():
				t.Fatal("the events are not taken")
			}
		}
	}
}
