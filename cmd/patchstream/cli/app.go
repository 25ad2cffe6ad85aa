package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
)

// Main is the program: it executes the command that args name and returns the exit code. When ctx ends, servers
// and followers end cleanly, and everything else gives up.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(stdin, stdout, stderr).run(ctx, args)
}

// app is one call of the program: where it reads and writes, and by which clock.
type app struct {
	*print.Printer
	stdin          io.Reader
	stdout, stderr io.Writer // for the commands of others, which print for themselves
	now            func() time.Time
	scanOf         func(ctx context.Context, root string) (*messages.Scan, error)
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{Printer: print.New(stdout, stderr), stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	a.scanOf = a.scanRoot
	return a
}

// quietly is the same call that prints nothing but warnings, progress and errors.
func (a *app) quietly() *app {
	quiet := *a
	quiet.Printer = print.New(io.Discard, a.stderr)
	return &quiet
}

func (a *app) run(ctx context.Context, args []string) int {
	cmd, err := a.execute(ctx, args)
	if err == nil && a.Err() != nil {
		err = fmt.Errorf("write the output: %w", a.Err())
	}
	var code exitCode
	var usage *usageError
	var flags *dial.FlagError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage), errors.As(err, &flags):
		a.Complain("%s (see %q)", print.Line(err), cmd.CommandPath()+" --help")
		return exitUsage
	}
	a.Complain("%s", print.Line(err))
	return exitFailed
}
