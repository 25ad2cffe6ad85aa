package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"
)

// ErrEnough is returned by a reader that has seen all it wants: the tool is then stopped, and that is no error.
var ErrEnough = errors.New("enough read")

// Tool is a program that is asked about the host. It runs without a shell, in the C locale or the one it names, within a
// time-out, and with nothing else of our environment, so that no variable points it elsewhere: what else it shall have is
// in Env.
type Tool struct {
	Name    string // looked for where [FindTool] does; or a path
	Args    []string
	Label   string        // what errors call it; empty: Name
	Env     []string      // added to TMPDIR; what it says of LC_ALL and PATH does not count
	Locale  string        // LC_ALL; empty: "C"
	Dir     string        // in which it works; empty: "/"
	Timeout time.Duration // must be above 0

	// Complains tells whether a line of stderr says why the tool failed. Nil, or where no line does: the last line.
	Complains func(line string) bool

	// Hear gets each line of stderr, of at most 4 KiB, while Run lasts. Nil: nobody.
	Hear func(line string)
}

// MissingError tells of a tool that is not there.
type MissingError struct {
	Tool string
	Err  error
}

func (e *MissingError) Error() string { return e.Tool + ": " + e.Err.Error() }
func (e *MissingError) Unwrap() error { return e.Err }

// ExitError tells of a tool that ended with an exit code other than 0.
type ExitError struct {
	Tool string
	Code int    // -1: ended by a signal
	How  string // in words
	Said string // what of its stderr says why, in one line
}

func (e *ExitError) Error() string {
	text := e.Tool + ": " + e.How
	if e.Said != "" {
		text += ": " + e.Said
	}
	return text
}

// Run starts the tool and hands its output to read as it comes. It returns ctx's error where ctx ended, a
// [*MissingError] where there is no such program, an [*ExitError] where it failed, and else what read returned. A
// tool that ends badly wins over a reader's complaint: its output was cut short.
func (t *Tool) Run(ctx context.Context, read func(io.Reader) error) error {
	bounded, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	path, err := FindTool(t.Name)
	if err != nil {
		return t.notStarted(ctx, bounded, err)
	}
	stderr := &tail{hear: t.Hear}
	cmd := exec.CommandContext(bounded, path, t.Args...)
	cmd.Env = t.environment()
	cmd.Dir = cmp.Or(t.Dir, "/")
	cmd.Stderr = stderr
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: %w", t.label(), err)
	}
	if err := cmd.Start(); err != nil {
		return t.notStarted(ctx, bounded, err)
	}
	// A grandchild that left the group may hold the pipe open: the time-out must still end the reading.
	release := context.AfterFunc(bounded, func() { _ = stdout.Close() })
	defer release()
	readErr := read(stdout)
	if readErr != nil {
		cancel()
	}
	waitErr := cmd.Wait()
	if readErr == nil { // else we ended it, in the middle of a line for all we know
		stderr.end()
	}
	return t.verdict(ctx, bounded, readErr, waitErr, stderr)
}

func (t *Tool) label() string { return cmp.Or(t.Label, t.Name) }

func (t *Tool) environment() []string {
	var env []string
	if dir := os.Getenv("TMPDIR"); dir != "" {
		env = append(env, "TMPDIR="+dir)
	}
	return append(append(env, t.Env...), "LC_ALL="+cmp.Or(t.Locale, "C"), "PATH="+toolDirs) // of several the last counts
}

// notStarted explains why a tool did not even start.
func (t *Tool) notStarted(ctx, bounded context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return t.late()
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return &MissingError{t.label(), err}
	}
	return fmt.Errorf("%s: %w", t.label(), err)
}

func (t *Tool) verdict(ctx, bounded context.Context, readErr, waitErr error, stderr *tail) error {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(readErr, ErrEnough):
		return nil
	case errors.Is(bounded.Err(), context.DeadlineExceeded):
		return t.late()
	case errors.As(waitErr, &exit) && (readErr == nil || exit.ExitCode() > 0):
		return &ExitError{t.label(), exit.ExitCode(), howEnded(exit), stderr.why(t.Complains)}
	case readErr != nil:
		return fmt.Errorf("%s: %w", t.label(), readErr)
	case waitErr != nil:
		return fmt.Errorf("%s: %w", t.label(), waitErr)
	}
	return nil
}

func howEnded(exit *exec.ExitError) string {
	if exit.ExitCode() < 0 {
		return "ended by a " + exit.String() // "signal: killed"
	}
	return fmt.Sprintf("exit code %d", exit.ExitCode())
}

func (t *Tool) late() error { return fmt.Errorf("%s: gave no answer in time", t.label()) }

// tail keeps the last bytes that are written to it, and hands its lines over as they end.
type tail struct {
	kept []byte
	hear func(line string) // nil: nobody
	line []byte            // begun and not ended
}

const (
	tailBytes = 2 << 10
	lineBytes = 4 << 10 // of a line that is handed over; the rest of it is dropped
)

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailBytes; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	if t.hear == nil {
		return len(p), nil
	}
	for part := range bytes.Lines(p) {
		text, ended := bytes.CutSuffix(part, []byte("\n"))
		t.line = append(t.line, text[:min(len(text), lineBytes-len(t.line))]...)
		if ended {
			t.end()
		}
	}
	return len(p), nil
}

// end hands over the line that was begun.
func (t *tail) end() {
	if t.hear != nil && len(t.line) > 0 {
		t.hear(strings.ToValidUTF8(string(t.line), "\uFFFD"))
	}
	t.line = t.line[:0]
}

// why returns the complaints in what was kept, in one line, else the last line.
func (t *tail) why(complains func(string) bool) string {
	var found []string
	last := ""
	for line := range bytes.Lines(t.kept) {
		text := strings.TrimSpace(string(line))
		if complains != nil && complains(text) {
			found = append(found, text)
		}
		if text != "" {
			last = text
		}
	}
	if len(found) == 0 {
		return last
	}
	return strings.Join(found, " ")
}
