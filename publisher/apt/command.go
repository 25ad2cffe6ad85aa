package apt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// errEnough is returned by a reader that has seen all it wants: the command is then stopped, and that is no error.
var errEnough = errors.New("enough read")

// toolbox runs the tools of apt and dpkg: without a shell, in the C locale, each within a time-out, and with
// nothing else of our environment, so that no APT_CONFIG or DPKG_ADMINDIR points them elsewhere.
type toolbox struct {
	timeout time.Duration
	config  string // apt.conf of another root, read by apt before all others; empty on the machine itself
	over    string // apt.conf read after all others; empty before there is one
	empty   string // a directory of ours that stays empty
}

// commandError is a tool that could not be started, or that ended with an exit code other than 0.
type commandError struct {
	name string
	code int    // -1: ended by a signal
	said string // the end of what it wrote to stderr, in one line
}

func (e *commandError) Error() string {
	text := fmt.Sprintf("%s: exit code %d", e.name, e.code)
	if e.said != "" {
		text += ": " + e.said
	}
	return text
}

// apt runs one of apt's tools with our configuration and hands its output to read.
func (t *toolbox) apt(ctx context.Context, read func(io.Reader) error, name string, args ...string) error {
	if t.over != "" {
		args = append([]string{"-c", t.over}, args...)
	}
	return t.run(ctx, read, name, args...)
}

// run starts a command and hands its output to read as it comes. It returns ctx's error where ctx ended, a
// [commandError] where the command failed, and else what read returned. A command that ends badly wins over a
// reader's complaint: its output was cut short.
func (t *toolbox) run(ctx context.Context, read func(io.Reader) error, name string, args ...string) error {
	bounded, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	label := strings.TrimSpace(name[strings.LastIndexByte(name, '/')+1:] + " " + verb(args))
	stderr := &tail{}
	cmd := exec.CommandContext(bounded, name, args...)
	cmd.Env = t.environment()
	cmd.Dir = "/"
	cmd.Stderr = stderr
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: %w", label, err)
	}
	if err := cmd.Start(); err != nil {
		return started(ctx, bounded, label, err)
	}
	// A grandchild that left the group may hold the pipe open: the time-out must still end the reading.
	release := context.AfterFunc(bounded, func() { _ = stdout.Close() })
	defer release()
	readErr := read(stdout)
	if readErr != nil {
		cancel()
	}
	waitErr := cmd.Wait()
	return verdict(ctx, bounded, label, readErr, waitErr, stderr)
}

// started explains why a command did not even start.
func started(ctx, bounded context.Context, label string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return late(label)
	}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s: %w", ErrNoApt, label, err)
	}
	return fmt.Errorf("%s: %w", label, err)
}

func verdict(ctx, bounded context.Context, label string, readErr, waitErr error, stderr *tail) error {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(readErr, errEnough):
		return nil
	case errors.Is(bounded.Err(), context.DeadlineExceeded):
		return late(label)
	case errors.As(waitErr, &exit) && (readErr == nil || exit.ExitCode() > 0):
		return &commandError{name: label, code: exit.ExitCode(), said: stderr.line()}
	case readErr != nil:
		return fmt.Errorf("%s: %w", label, readErr)
	case waitErr != nil:
		return fmt.Errorf("%s: %w", label, waitErr)
	}
	return nil
}

func late(label string) error { return fmt.Errorf("%s: gave no answer in time", label) }

func (t *toolbox) environment() []string {
	const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	env := []string{"LC_ALL=C", "PATH=" + path}
	if dir := os.Getenv("TMPDIR"); dir != "" {
		env = append(env, "TMPDIR="+dir)
	}
	if t.config != "" {
		env = append(env, "APT_CONFIG="+t.config)
	}
	return env
}

// verb returns the first argument that is no option: "policy" of apt-cache, to name the command in an error.
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains([]string{"-c", "-o", "-f", "--format"}, args[i]):
			i++ // its value
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}

// tail keeps the last bytes that are written to it.
type tail struct{ kept []byte }

const tailBytes = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailBytes; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// line returns the errors in what was kept (apt begins them with "E:"), else the last line.
func (t *tail) line() string {
	var errs []string
	last := ""
	for line := range bytes.Lines(t.kept) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "E:") {
			errs = append(errs, text)
		}
		if text != "" {
			last = text
		}
	}
	if len(errs) == 0 {
		return last
	}
	return strings.Join(errs, " ")
}
