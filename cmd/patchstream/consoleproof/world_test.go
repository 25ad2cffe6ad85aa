package consoleproof

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
)

// The keys.
const (
	viewer   = "vera"
	operator = "otto"
)

// world is the program as users start it, with a fleet.
type world struct {
	dir     string
	serve   *exec.Cmd
	log     *os.File
	url     string            // of HTTP
	tokens  map[string]string // by name of the key
	pair    [2]string         // an operator's access key and its secret, for AWS's client
	nats    string            // URL
	auth    *auth.Dir
	conn    *nats.Conn // an operator's
	js      jetstream.JetStream
	publish *publisher.Publisher

	browser context.Context
	close   func() // of the browser
}

func begin(dir string) (w *world, err error) {
	w = &world{dir: dir, tokens: make(map[string]string), close: func() {}}
	defer func() {
		if err != nil {
			w.end()
		}
	}()
	binary := filepath.Join(dir, "patchstream")
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		return w, fmt.Errorf("go build: %w\n%s", err, out)
	}
	if err := w.makeKeys(); err != nil {
		return w, err
	}
	past, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if err := w.livePast(past); err != nil {
		return w, fmt.Errorf("the past: %w", err)
	}
	if err := w.start(binary); err != nil {
		return w, err
	}
	if err := w.tellStory(); err != nil {
		return w, err
	}
	return w, w.openBrowser()
}

func (w *world) makeKeys() (err error) {
	if w.auth, _, err = auth.Init(filepath.Join(w.dir, "auth"), "127.0.0.1:0"); err != nil {
		return err
	}
	for role, name := range map[auth.Role]string{auth.Worker: "local", auth.Operator: "admin"} {
		if _, _, err := w.auth.Add(role, []string{name}, time.Now()); err != nil {
			return err
		}
	}
	for name, role := range map[string]auth.Role{viewer: auth.KeyViewer, operator: auth.KeyOperator} {
		if err := w.makeKey(name, role); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) makeKey(name string, role auth.Role) error {
	key, err := w.auth.AddAPIKey(name, role, nil, time.Now())
	if err == nil {
		w.tokens[name] = key.Token
		if role == auth.KeyOperator {
			w.pair = [2]string{key.AccessKey, key.SecretKey}
		}
	}
	return err
}

// start runs serve, and connects to it as an operator.
func (w *world) start(binary string) (err error) {
	if w.log, err = os.Create(filepath.Join(w.dir, "serve.log")); err != nil {
		return err
	}
	w.serve = exec.Command(binary, "serve", "--auth", filepath.Join(w.dir, "auth"), "--store", filepath.Join(w.dir, "store"),
		"--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--sync", "interval")
	w.serve.Stderr = w.log
	out, err := w.serve.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.serve.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, scanned := fmt.Sscanf(line, "ready nats=%s http=%s\n", &w.nats, &w.url); scanned != nil {
		text, _ := os.ReadFile(w.log.Name())
		return fmt.Errorf("serve said %q, %w\n%s", line, errors.Join(err, scanned), text)
	}
	if w.conn, err = w.as(w.nats, auth.Operator, "admin"); err != nil {
		return err
	}
	if w.js, err = jetstream.New(w.conn); err != nil {
		return err
	}
	w.publish, err = publisher.New(w.js, publisher.Config{})
	return err
}

func (w *world) end() {
	w.close()
	if w.conn != nil {
		w.conn.Close()
	}
	if w.serve != nil && w.serve.Process != nil {
		_ = w.serve.Process.Signal(syscall.SIGTERM)
		_ = w.serve.Wait()
	}
	if w.log != nil {
		_ = w.log.Close()
	}
}

// settled waits until workers have applied all that was published, and the console knows it.
func (w *world) settled() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := w.isSettled(ctx)
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the fleet does not settle: %w", errors.Join(err, ctx.Err()))
		case <-tick.C:
		}
	}
}

func (w *world) isSettled(ctx context.Context) (bool, error) {
	events, err := w.js.Stream(ctx, messages.StreamEvents)
	if err != nil {
		return false, err
	}
	hosts, err := w.js.Stream(ctx, messages.BucketStream(messages.BucketHosts))
	if err != nil {
		return false, err
	}
	var answer struct {
		AsOf struct {
			Sequence uint64 `json:"sequence"`
		} `json:"as_of"`
	}
	err = w.ask(ctx, "/api/v1/summary", &answer)
	return err == nil && events.CachedInfo().State.Msgs == 0 && answer.AsOf.Sequence >= hosts.CachedInfo().State.LastSeq, err
}

// ask asks the API, as an operator.
func (w *world) ask(ctx context.Context, path string, into any) error {
	return w.askAs(ctx, operator, path, into)
}

// askAs asks the API, as who has a key.
func (w *world) askAs(ctx context.Context, name, path string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens[name])
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New(strings.ToLower(response.Status))
	}
	return json.NewDecoder(response.Body).Decode(into)
}
