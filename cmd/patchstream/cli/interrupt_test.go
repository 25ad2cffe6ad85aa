package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// readers are commands that read a file, which is appended.
var readers = map[string][]string{
	"publish":  {"publish", "scan"},
	"scan":     {"classify", "--baseline", "testdata/baseline.json", "--scan"},
	"baseline": {"classify", "--scan", "testdata/scan.json", "--baseline"},
	"settings": {"classify", "--baseline", "testdata/baseline.json", "--scan", "testdata/scan.json", "--settings"},
	"put":      {"baseline", "put"},
}

// reading is more than a pipe holds: who has written it knows that it is being read.
var reading = strings.Repeat(" ", 256<<10)

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := mkfifo(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheFirstSignalEndsTheReadingOfStandardInput(t *testing.T) {
	t.Parallel()
	for name, args := range readers {
		for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(name+" "+s.String(), func(t *testing.T) {
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				defer w.Close()
				p := startFed(t, r, append(args, "-")...)
				if _, err := w.WriteString(reading); err != nil {
					t.Fatal(err)
				}
				p.interrupted(t, s)
			})
		}
	}
}

func TestTheFirstSignalEndsTheReadingOfAPipe(t *testing.T) {
	t.Parallel()
	for name, args := range readers {
		t.Run(name, func(t *testing.T) {
			pipe := fifo(t)
			p := start(t, append(args, pipe)...)
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for who reads it
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			p.interrupted(t, os.Interrupt)
		})
	}
}

// Opening a pipe that nobody writes does not end either.
func TestAPipeThatNobodyWritesIsNotWaitedForOnceInterrupted(t *testing.T) {
	t.Parallel()
	for name, args := range readers {
		t.Run(name, func(t *testing.T) {
			pipe := fifo(t)
			t.Cleanup(func() { // so that nobody waits for ever
				w, err := os.OpenFile(pipe, os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				_ = w.Close()
			})
			ctx, interrupt := context.WithCancel(t.Context())
			interrupt()
			var stdout, stderr bytes.Buffer
			code := Main(ctx, append(args, pipe), strings.NewReader(""), &stdout, &stderr)
			result{code, stdout.String(), stderr.String()}.wants(t, exitFailed, "interrupted")
		})
	}
}

// An event file is checked before it is sent: one that can be read once is not read for that a second time.
func TestWhatAPipeHoldsIsPublished(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	pipe := fifo(t)
	text := readFile(t, fresh(t, "scan.json", "", 0))
	go func() { _ = os.WriteFile(pipe, []byte(text), 0) }()
	if out := must(t, s.ask(t, "publish", "scan", pipe)); !strings.Contains(out, "published scan") {
		t.Error(out)
	}
	s.stop(t, os.Interrupt)
}

// interrupted fails the test unless a signal ends the process as one that did not do its work.
func (p *process) interrupted(t *testing.T, s os.Signal) {
	t.Helper()
	p.signal(t, s)
	if state := p.wait(t); state.ExitCode() != exitFailed || p.stderr.String() != "patchstream: interrupted\n" {
		t.Errorf("after %v: %v: %q", s, state, p.stderr.String())
	}
}
