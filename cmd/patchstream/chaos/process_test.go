package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that runs.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed once it printed its ready line
	ended chan struct{}
	log   *log
}

// log is what all processes of one name wrote to stderr.
type log struct {
	name string
	file io.WriteCloser // nil: not kept

	mu       sync.Mutex
	http     string         // where the newest process answers
	messages map[string]int // warnings and errors, by their text
	last     []string
	bad      []string // lines that no program may write
}

const logLines = 12 // kept to be shown when something fails

func newLog(name, dir string) (*log, error) {
	l := &log{name: name, messages: make(map[string]int)}
	if dir == "" {
		return l, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(filepath.Join(dir, name+".log"))
	l.file = file
	return l, err
}

// read takes in the lines of one process.
func (l *log) read(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		l.add(s.Text())
	}
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_, _ = fmt.Fprintln(l.file, line)
	}
	if l.last = append(l.last, line); len(l.last) > logLines {
		l.last = slices.Delete(l.last, 0, 1)
	}
	for _, word := range []string{"panic", "fatal error", "DATA RACE"} {
		if strings.Contains(line, word) {
			l.bad = append(l.bad, line)
		}
	}
	var said struct{ Level, Message, HTTP string }
	if json.Unmarshal([]byte(line), &said) != nil {
		return
	}
	if said.HTTP != "" {
		l.http = said.HTTP
	}
	if said.Level == "warn" || said.Level == "error" {
		l.messages[said.Message]++
	}
}

func (l *log) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}

// each calls visit for every warning and error.
func (l *log) each(visit func(message string, n int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for message, n := range l.messages {
		visit(message, n)
	}
}

func (l *log) web() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.http
}

// starter starts processes from one thread of the system, which lives as long as the test: they die with it.
type starter struct{ jobs chan func() }

func newStarter(ctx context.Context) *starter {
	s := &starter{make(chan func())}
	go func() {
		runtime.LockOSThread()
		for {
			select {
			case <-ctx.Done():
				return
			case job := <-s.jobs:
				job()
			}
		}
	}()
	return s
}

func (s *starter) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = dieWithParent()
	err := make(chan error, 1)
	s.jobs <- func() { err <- cmd.Start() }
	return <-err
}

// program is patchstream as users start it.
func program(args ...string) *exec.Cmd { return exec.Command(binary(), args...) }

// spawn starts a command. Every process of the test is ended when the test is: by who started it, or by the
// kernel.
func (s *starter) spawn(l *log, cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ready: make(chan struct{}), ended: make(chan struct{}), log: l}
	p.cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"), "HOME="+os.TempDir(), "TMPDIR="+os.TempDir())
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.start(p.cmd); err != nil {
		return nil, err
	}
	go func() {
		var readers sync.WaitGroup
		readers.Go(func() { p.watch(stdout) })
		readers.Go(func() { l.read(stderr) })
		readers.Wait()
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.ended)
	}()
	return p, nil
}

func (p *process) watch(stdout io.Reader) {
	once := sync.OnceFunc(func() { close(p.ready) })
	for s := bufio.NewScanner(stdout); s.Scan(); {
		if strings.HasPrefix(s.Text(), "ready") {
			once()
		}
	}
}

// signal sends a signal; a process that has ended meanwhile takes none.
func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

func (p *process) isReady() bool { return closed(p.ready) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// metrics reads what a process counts, by name, labels added up but for those of events. It returns nothing
// where the process does not answer at once.
func (l *log) metrics(ctx context.Context) map[string]float64 {
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	url := l.web()
	if url == "" {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return nil
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	found := make(map[string]float64)
	for s := bufio.NewScanner(response.Body); s.Scan(); {
		name, value, ok := strings.Cut(s.Text(), " ")
		if !ok || !strings.HasPrefix(name, "patchstream_") {
			continue
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			base, _, _ := strings.Cut(name, "{")
			found[base] += n
		}
	}
	return found
}
