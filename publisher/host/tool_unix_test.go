//go:build unix

package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAToolThatHangsIsEnded(t *testing.T) {
	tool := Tool{Name: "sleep", Args: []string{"600"}, Timeout: 100 * time.Millisecond}
	err := tool.Run(t.Context(), func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "gave no answer in time") {
		t.Errorf("the error is %v", err)
	}
}

func TestAToolEndsWithWhatItStarted(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { // the file ends when its last writer, the grandchild, does
		_, err := os.ReadFile(fifo)
		gone <- err
	}()
	ctx, cancel := context.WithCancel(t.Context())
	tool := Tool{Name: "sh", Args: []string{"-c", `(exec 3>"$0"; echo started; exec sleep 600) & wait`, fifo}, Timeout: time.Minute}
	err := tool.Run(ctx, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			cancel() // it has the file open
		}
		return lines.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	select {
	case err := <-gone:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("what the tool started is still there")
	}
}

func TestAToolIsStoppedWhenEnoughWasRead(t *testing.T) {
	tool := Tool{Name: "sh", Args: []string{"-c", "echo first; exec sleep 600"}, Timeout: time.Minute}
	err := tool.Run(t.Context(), func(r io.Reader) error {
		if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
			return err
		}
		return ErrEnough
	})
	if err != nil {
		t.Error(err)
	}
}

func TestATool(t *testing.T) {
	theirs := t.TempDir()
	t.Setenv("APT_CONFIG", "/elsewhere")
	t.Setenv("TMPDIR", "/tmp/ours")
	env := func(t *testing.T, tool Tool) (string, error) {
		tool.Timeout = time.Minute
		var text []byte
		err := tool.Run(t.Context(), func(r io.Reader) (err error) {
			text, err = io.ReadAll(r)
			return err
		})
		return string(text), err
	}
	t.Run("has nothing of our environment", func(t *testing.T) {
		got, err := env(t, Tool{Name: "env", Env: []string{"MINE=1", "LC_ALL=de_DE.UTF-8", "PATH=" + theirs}})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "environment", "TMPDIR=/tmp/ours\nMINE=1\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n", got)
	})
	t.Run("works where it is told", func(t *testing.T) {
		for dir, want := range map[string]string{"": "/\n", theirs: theirs + "\n"} {
			if got, err := env(t, Tool{Name: "pwd", Dir: dir}); err != nil || got != want {
				t.Errorf("%q: %q, %v", dir, got, err)
			}
		}
	})
	t.Run("is not looked for in the caller's PATH", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(theirs, "env"), []byte("#!/bin/sh\necho theirs\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", theirs)
		got, err := env(t, Tool{Name: "env"})
		if err != nil || strings.Contains(got, "theirs") {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("that is not there", func(t *testing.T) {
		_, err := env(t, Tool{Name: "no-such-tool"})
		var missing *MissingError
		if !errors.As(err, &missing) || missing.Tool != "no-such-tool" {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("whose stderr is heard line by line", func(t *testing.T) {
		var heard []string
		tool := Tool{Name: "sh", Args: []string{"-c", `printf 'one\ntw' >&2; printf 'o\n\n' >&2; printf '%05000d\nlast' 0 >&2`}, Hear: func(line string) { heard = append(heard, line) }}
		if _, err := env(t, tool); err != nil {
			t.Fatal(err)
		}
		diff(t, "heard", []string{"one", "two", strings.Repeat("0", lineBytes), "last"}, heard)
	})
	t.Run("that fails", func(t *testing.T) {
		_, err := env(t, Tool{Name: "sh", Args: []string{"-c", "echo why >&2; echo >&2; exit 3"}, Label: "sh test"})
		var failed *ExitError
		if !errors.As(err, &failed) || failed.Code != 3 || failed.Error() != "sh test: exit code 3: why" {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("that crashes", func(t *testing.T) {
		_, err := env(t, Tool{Name: "sh", Args: []string{"-c", "echo why >&2; kill -KILL $$"}, Label: "sh test"})
		var failed *ExitError
		if !errors.As(err, &failed) || failed.Code != -1 || failed.Error() != "sh test: ended by a signal: killed: why" {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("whose answer cannot be read", func(t *testing.T) {
		tool := Tool{Name: "echo", Timeout: time.Minute}
		if err := tool.Run(t.Context(), func(io.Reader) error { return fs.ErrInvalid }); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestStderrStaysWithinItsBounds(t *testing.T) {
	said := &tail{}
	for range 10_000 {
		if n, err := said.Write([]byte("W: something odd\n")); n != 17 || err != nil {
			t.Fatal(n, err)
		}
	}
	_, _ = io.WriteString(said, "E: first\nE: second\nN: a note\n")
	diff(t, "stderr", "E: first E: second", said.why(func(line string) bool { return strings.HasPrefix(line, "E:") }))
	if len(said.kept) > tailBytes {
		t.Errorf("%d bytes of stderr kept", len(said.kept))
	}
}

// A tool that is ended, since enough was read, may be in the middle of a line.
func TestHalfALineOfAToolThatWasEndedIsNotHeard(t *testing.T) {
	var heard []string
	tool := Tool{
		Name: "sh", Args: []string{"-c", `printf 'one\nW' >&2; echo enough; sleep 600`}, Timeout: time.Minute,
		Hear: func(line string) { heard = append(heard, line) },
	}
	err := tool.Run(t.Context(), func(r io.Reader) error {
		if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
			return err
		}
		return ErrEnough
	})
	if err != nil || strings.Join(heard, ",") != "one" {
		t.Errorf("heard %q, %v", heard, err)
	}
}
