package cli

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/patchstream/patchstream/worker/workertest"
)

// get returns the status and the text of a page.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestServeSaysReadyOnceAndOnceItIs(t *testing.T) {
	t.Parallel()
	s := serve(t, filepath.Join(t.TempDir(), "new", "store"))
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n", "/metrics": "go_goroutines"} {
		if code, text := get(t, s.http+path); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	s.stop(t, syscall.SIGTERM)
	for l := range s.lines {
		t.Errorf("one more line on stdout: %s", l)
	}
	if log := s.stderr.String(); !strings.Contains(log, `"message":"stopped"`) {
		t.Errorf("the log lacks the end: %s", log)
	}
	for l := range strings.Lines(s.stderr.String()) {
		if !json.Valid([]byte(l)) {
			t.Errorf("a line of the log is no JSON: %s", l)
		}
	}
}

func TestAStoreBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	second := start(t, "serve", "--store", s.store, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")
	if code := second.wait(t).ExitCode(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, w := range []string{s.store, "in use", "--store"} {
		if !strings.Contains(second.stderr.String(), w) {
			t.Errorf("stderr lacks %q: %s", w, second.stderr)
		}
	}
	s.stop(t, os.Interrupt)
	serve(t, s.store).stop(t, os.Interrupt)
}

func TestAKilledServerLeavesNoLockAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "baseline", "put", "testdata/baseline.json"))
	s.signal(t, os.Kill)
	s.wait(t)
	again := serve(t, s.store)
	if got := must(t, again.ask(t, "baseline", "get", "prod-ubuntu")); got != readFile(t, "testdata/baseline.json") {
		t.Errorf("got %s", got)
	}
}

// What keeps the first signal's end waiting here is a request that never ends.
func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.http, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /healthz HTTP/1.1\r\n")); err != nil {
		t.Fatal(err)
	}
	if code, _ := get(t, s.http+"/healthz"); code != http.StatusOK { // the server has taken the one before too
		t.Errorf("status %d", code)
	}
	s.signal(t, syscall.SIGTERM)
	s.says(t, `"message":"stopped"`)
	s.signal(t, syscall.SIGTERM)
	status, ok := s.wait(t).Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v", status)
	}
}

func TestServeRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := write(t, "file", "x")
	for name, c := range map[string]struct {
		args  []string
		words []string
	}{
		"open address": {[]string{"--listen", "0.0.0.0:0"}, []string{"0.0.0.0:0", "without authentication", "patchstream auth init", "--auth"}},
		"taken":        {[]string{"--listen", taken.Addr().String()}, []string{taken.Addr().String() + " is taken", "--listen"}},
		"taken http":   {[]string{"--http", taken.Addr().String()}, []string{"--http " + taken.Addr().String(), "in use"}},
		"no directory": {[]string{"--store", file}, []string{file, "--store"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"serve", "--store", t.TempDir(), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, c.args...)
			r := call(t, args...)
			if r.code != exitFailed || r.stdout != "" {
				t.Errorf("exit code %d: %s", r.code, r.stdout)
			}
			if !containsAll(r.stderr, c.words) {
				t.Errorf("stderr lacks some of %q: %s", c.words, r.stderr)
			}
		})
	}
}

func TestWorkersElsewhere(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--no-worker", "--sync", "interval")
	if code, text := get(t, s.http+"/readyz"); code != http.StatusOK {
		t.Errorf("/readyz of a server alone: %d %s", code, text)
	}
	w := start(t, "worker", "--server", s.nats, "--changes=json", "--http", "127.0.0.1:0")
	if l := w.line(t); l != "ready" {
		t.Errorf("the worker's first line is %q", l)
	}
	if code, text := get(t, w.logged(t, "http")+"/readyz"); code != http.StatusOK || text != "ready\n" {
		t.Errorf("/readyz: %d %s", code, text)
	}
	second := start(t, "worker", "--server", s.nats)
	second.lineWith(t, "ready")
	seen := s.follow(t)
	must(t, s.ask(t, "publish", "scan", "testdata/scan.json"))
	seen.lineWith(t, "web-17.example.org", "openssl.amd64", "MISSING")
	w.stop(t, syscall.SIGTERM)
	second.stop(t, syscall.SIGINT)
	s.stop(t, syscall.SIGTERM)
}

// logged waits for a line on stderr that has a field, and returns it.
func (p *process) logged(t *testing.T, name string) (value string) {
	t.Helper()
	eventually(t, func() bool {
		for l := range strings.Lines(p.stderr.String()) {
			var fields map[string]any
			if json.Unmarshal([]byte(l), &fields) == nil && fields[name] != nil {
				value = fields[name].(string)
				return true
			}
		}
		return false
	}, "on stderr: "+name)
	return value
}

// again starts a server where another one was.
func (s *server) again(t *testing.T, args ...string) *server {
	t.Helper()
	p := start(t, append([]string{"serve", "--store", s.store, "--listen", strings.TrimPrefix(s.nats, "nats://"), "--http", "127.0.0.1:0"}, args...)...)
	p.lineWith(t, "ready nats="+s.nats)
	return &server{process: p, store: s.store, nats: s.nats}
}

func TestAWorkerOutlivesItsServer(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--no-worker", "--listen", workertest.FreeAddress(t))
	w := start(t, "worker", "--server", s.nats)
	w.lineWith(t, "ready")
	seen := s.follow(t)
	s.stop(t, syscall.SIGTERM)
	w.says(t, "lost the connection")
	seen.says(t, "lost the connection")
	if n := strings.Count(w.stderr.String(), `"level":"warn"`) + strings.Count(w.stderr.String(), `"level":"error"`); n != 1 {
		t.Errorf("the loss of the server is logged in %d lines: %s", n, w.stderr)
	}
	s = s.again(t, "--no-worker")
	must(t, s.ask(t, "publish", "scan", "testdata/scan.json"))
	seen.lineWith(t, "openssl.amd64", "MISSING")
	w.says(t, "connected to NATS again")
	seen.stop(t, os.Interrupt)
	w.stop(t, syscall.SIGTERM)
}

// What watch has not seen of a server's restart it sees afterwards, also when it had seen nothing before.
func TestWatchLosesNothingOverARestart(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--listen", workertest.FreeAddress(t))
	seen := s.follow(t)
	seen.signal(t, sigStop)
	s.stop(t, syscall.SIGTERM)
	s = s.again(t)
	must(t, s.ask(t, "publish", "scan", "testdata/scan.json"))
	eventually(t, func() bool { return s.ask(t, "status", host).code == 0 }, "the scan is classified")
	seen.signal(t, sigCont)
	seen.lineWith(t, "openssl.amd64", "MISSING")
	seen.stop(t, os.Interrupt)
}

func TestTheEnvironmentGivesDefaults(t *testing.T) {
	t.Setenv("PATCHSTREAM_STORE", filepath.Join(t.TempDir(), "store"))
	t.Setenv("PATCHSTREAM_LISTEN", "127.0.0.1:0")
	t.Setenv("PATCHSTREAM_HTTP", "127.0.0.1:0")
	s := start(t, "serve")
	if l := s.line(t); !readyLine.MatchString(l) {
		t.Errorf("the ready line is %q", l)
	}
	if _, err := os.Stat(os.Getenv("PATCHSTREAM_STORE")); err != nil {
		t.Error(err)
	}
	s.stop(t, syscall.SIGTERM)
}
