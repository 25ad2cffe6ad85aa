package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/apt"
)

// Main is the program: it executes the command that args name and returns the exit code. When ctx ends, servers
// and followers end cleanly, and everything else gives up.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(stdin, stdout, stderr).run(ctx, args)
}

// app is one call of the program: where it reads and writes, and how it tells the time.
type app struct {
	stdin  io.Reader
	stdout *output
	stderr io.Writer
	now    func() time.Time
	scanOf func(ctx context.Context, root string) (*messages.Scan, error)
	paint  painter // for stdout
	width  int     // columns of the terminal that stdout is; 0: it is none
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		stdin: stdin, stdout: &output{w: stdout}, stderr: stderr,
		now: time.Now, scanOf: apt.Collect, paint: painterFor(stdout), width: terminalWidth(stdout),
	}
}

func (a *app) run(ctx context.Context, args []string) int {
	cmd, err := a.execute(ctx, args)
	if err == nil && a.stdout.err != nil {
		err = fmt.Errorf("write the output: %w", a.stdout.err)
	}
	var code exitCode
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		a.complain("%s", line(err)+usage.hint(cmd))
		return exitUsage
	}
	a.complain("%s", line(err))
	return exitFailed
}

// complain writes one line to stderr.
func (a *app) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(a.stderr, "patchstream: "+format+"\n", args...)
}

// warn tells of something that is no failure.
func (a *app) warn(format string, args ...any) { a.complain("warning: "+format, args...) }

// printf writes to stdout. That it could not is found at the end.
func (a *app) printf(format string, args ...any) { _, _ = fmt.Fprintf(a.stdout, format, args...) }

// line returns an error's text as one line.
func line(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// output keeps the first error of writing.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}
