//go:build unix

package host

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"testing"
)

// finished runs a shell's script as a command, and returns how it ended.
func finished(t *testing.T, c Command, script string) (code int, ended, status string) {
	t.Helper()
	c.Path, c.Argv = "/bin/sh", append([]string{"sh"}, "-c", script)
	p, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	code, ended = p.Wait()
	text, err := io.ReadAll(p.Status())
	if err != nil {
		t.Fatal(err)
	}
	return code, ended, string(text)
}

func TestACommandIsListenedTo(t *testing.T) {
	var stdout, stderr, heard bytes.Buffer
	code, ended, status := finished(t, Command{Stdout: &stdout, Stderr: &stderr, Listener: &heard}, "echo out; echo err >&2; exit 3")
	diff(t, "code", 3, code)
	diff(t, "ended", "the command ended with exit code 3", ended)
	diff(t, "output", []string{"out\n", "err\n", "err\n", ""}, []string{stdout.String(), stderr.String(), heard.String(), status})
}

// The shell takes what stands before its own arguments as options: -a does nothing here.
func TestACommandWritesItsStatusWhereItIsTold(t *testing.T) {
	at := 0
	c := Command{StatusArgs: func(fd int) []string { at = fd; return []string{"-a"} }}
	code, _, status := finished(t, c, `for fd in 3 4 5 6 7 8 9; do [ -e /dev/fd/$fd ] && break; done; eval "echo step >&$fd"`)
	diff(t, "code", 0, code)
	if at < 3 {
		t.Errorf("the descriptor is %s", strconv.Itoa(at))
	}
	diff(t, "status", "step\n", status)
}

func TestACommandThatASignalEnds(t *testing.T) {
	code, ended, _ := finished(t, Command{}, "kill -KILL $$")
	diff(t, "code", 137, code)
	diff(t, "ended", "the command was ended by a signal: killed", ended)
}

func TestNotStartedCode(t *testing.T) {
	_, err := (&Command{Path: "/nowhere/command", Argv: []string{"command"}}).Start()
	diff(t, "not there", CodeNotFound, NotStartedCode(err))
	_, err = (&Command{Path: t.TempDir(), Argv: []string{"dir"}}).Start()
	diff(t, "a directory", CodeNotRunnable, NotStartedCode(err))
	diff(t, "not found", CodeNotFound, NotStartedCode(exec.ErrNotFound))
	diff(t, "any other", CodeNotRunnable, NotStartedCode(errors.New("x")))
}
