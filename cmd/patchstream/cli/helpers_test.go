package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program itself, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	for _, name := range []string{
		"NATS_URL", "NO_COLOR", "PATCHSTREAM_STORE", "PATCHSTREAM_LISTEN", "PATCHSTREAM_HTTP", "PATCHSTREAM_STATE", "PATCHSTREAM_SPOOL",
		"PATCHSTREAM_AUTH", "NATS_CREDS", "NATS_NKEY", "NATS_CA", "NATS_CERT", "NATS_KEY",
	} {
		_ = os.Unsetenv(name)
	}
	if flag.Lookup("test.fuzz").Value.String() != "" { // the fuzzer's processes need no binary, and each would build it
		os.Exit(m.Run())
	}
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchstream-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "patchstream")
	if err := ignoreRace(filepath.Join(dir, "races")); err != nil {
		panic(err)
	}
	if out, err := exec.Command("go", slices.Concat([]string{"build", "-o", binary}, race, []string{".."})...).CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// ignoreRace has the processes that tests start say nothing of one race that is not ours: nats-server 2.15.2 reads its options without a
// lock where it answers a direct get, and puts others in their place when it reads its users again.
func ignoreRace(file string) error {
	if err := os.WriteFile(file, []byte("race:server.(*stream).getDirectRequest\n"), 0o644); err != nil {
		return err
	}
	return os.Setenv("GORACE", os.Getenv("GORACE")+" suppressions="+file)
}

// patience is how long anything may take that a test waits for.
const patience = 30 * time.Second

// result is how a call of the program ended.
type result struct {
	code           int
	stdout, stderr string
}

// at is the time that calls inside the test's process take it to be.
var at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// call runs the program inside the test's process, at a fixed time.
func call(t *testing.T, args ...string) result {
	t.Helper()
	return callWith(t, "", args...)
}

func callWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := newApp(strings.NewReader(stdin), &stdout, &stderr)
	a.now = func() time.Time { return at }
	code := a.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

// live runs the program inside the test's process, at the real time.
func live(t *testing.T, args ...string) result {
	t.Helper()
	return liveWith(t, "", args...)
}

func liveWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := Main(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// must fails the test unless a call ended well, and returns what it printed.
func must(t *testing.T, r result) string {
	t.Helper()
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	return r.stdout
}

// wants fails the test unless the call ended with the code and one line on stderr that has all of the words.
func (r result) wants(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d; stderr: %s", r.code, code, r.stderr)
	}
	if strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "patchstream: ") {
		t.Errorf("stderr is not one line: %q", r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(r.stderr, w) {
			t.Errorf("stderr lacks %q: %s", w, r.stderr)
		}
	}
	if r.stdout != "" {
		t.Errorf("stdout is not empty: %s", r.stdout)
	}
}

// write makes a file in a directory of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeProgram makes a file that can be run. No process begins while it is open: one would have it open too for a
// moment, in which it cannot be run.
func writeProgram(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o755)
}

// process is the program, started as users start it.
type process struct {
	cmd    *exec.Cmd
	lines  chan string // of stdout; closed at its end
	stderr *buffer
	ended  chan struct{}
	err    error // of cmd.Wait, once it ended
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startFed(t, nil, args...)
}

// startFed starts the program with a standard input; nil: an empty one.
func startFed(t *testing.T, stdin io.Reader, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), lines: make(chan string, 10_000), stderr: &buffer{}, ended: make(chan struct{})}
	p.cmd.Stdin, p.cmd.Stderr = stdin, p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.read(stdout)
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

func (p *process) read(stdout io.Reader) {
	defer close(p.lines)
	for s := bufio.NewScanner(stdout); s.Scan(); {
		p.lines <- s.Text()
	}
}

// line returns the next line of stdout.
func (p *process) line(t *testing.T) string {
	t.Helper()
	select {
	case l, ok := <-p.lines:
		if !ok {
			<-p.ended
			t.Fatalf("it ended: %v: %s", p.err, p.stderr)
		}
		return l
	case <-time.After(patience):
		t.Fatalf("no line; stderr: %s", p.stderr)
	}
	return ""
}

// lineWith returns the next line of stdout that matches.
func (p *process) lineWith(t *testing.T, words ...string) string {
	t.Helper()
	for {
		l := p.line(t)
		if containsAll(l, words) {
			return l
		}
	}
}

func containsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// says waits for words on stderr.
func (p *process) says(t *testing.T, words string) {
	t.Helper()
	eventually(t, func() bool { return strings.Contains(p.stderr.String(), words) }, "on stderr: "+words)
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// wait returns how the process ended.
func (p *process) wait(t *testing.T) *os.ProcessState {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("it does not end; stderr: %s", p.stderr)
	}
	return p.cmd.ProcessState
}

// stop ends the process as an operator does and checks that it says it was well.
func (p *process) stop(t *testing.T, s os.Signal) {
	t.Helper()
	p.signal(t, s)
	if state := p.wait(t); state.ExitCode() != 0 {
		t.Errorf("after %v: %v: %s", s, state, p.stderr)
	}
}

// server is a running `patchstream serve`.
type server struct {
	*process
	store, nats, http string
}

var readyLine = regexp.MustCompile(`^ready nats=(nats://127\.0\.0\.1:\d+) http=(http://127\.0\.0\.1:\d+)$`)

// serve starts a server on a store and free ports.
func serve(t *testing.T, store string, args ...string) *server {
	t.Helper()
	p := start(t, append([]string{"serve", "--store", store, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
	l := p.line(t)
	m := readyLine.FindStringSubmatch(l)
	if m == nil {
		t.Fatalf("the ready line is %q", l)
	}
	return &server{p, store, m[1], m[2]}
}

// ask runs a command against the server inside the test's process, at the real time.
func (s *server) ask(t *testing.T, args ...string) result {
	t.Helper()
	return live(t, append(args, "--server", s.nats)...)
}

// askWith is ask with a standard input.
func (s *server) askWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return liveWith(t, stdin, append(args, "--server", s.nats)...)
}

// follow runs `patchstream watch` against the server until the test ends.
func (s *server) follow(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, append([]string{"watch", "--server", s.nats}, args...)...)
	p.says(t, "watching")
	return p
}

// eventually polls until it holds.
func eventually(t *testing.T, holds func() bool, what string) {
	t.Helper()
	deadline, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("patience ended"))
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.Done():
			t.Fatalf("%s: %v", what, context.Cause(deadline))
		case <-tick.C:
		}
	}
}

// buffer may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
