package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Runner runs a patch command. The zero value runs it on the machine itself, without input and output. What it did to
// packages a [Watcher] finds out, which is of the package manager's own room.
//
// What the command does is not changed. It is started in our place; see [Command].
type Runner struct {
	// Root is the directory of the root whose packages the command changes; empty or "/" is the machine itself.
	// The command is not moved there.
	Root string

	Stdin          io.Reader // nil: no input
	Stdout, Stderr io.Writer // nil: thrown away

	// Env is the command's environment, "key=value". nil: that of the process.
	Env []string

	// Wait bounds the time that a package manager is waited for which is still at work when the command has ended. 0 is
	// the default of the manager's room; negative: not at all.
	Wait time.Duration

	// Timeout bounds each command by which the packages are looked at. 0 is the default of the manager's room. The patch
	// command itself has no bound.
	Timeout time.Duration

	// Now is the host's clock. nil is [time.Now].
	Now func() time.Time
}

// Watcher looks at the packages around a command.
type Watcher interface {
	// Before looks before the command. Nothing that it cannot find out keeps the command from its start.
	Before(ctx context.Context)

	// Adjust adds what the command is given to be watched by.
	Adjust(c *Command)

	// After looks when the command has ended, and writes what became of the packages, and what is not known of that, into
	// the run, which has its exit code.
	After(ctx context.Context, ended *Ended, run *messages.Run)

	// Describe writes what is known of the machine and its boot into the run of a command that was not started.
	Describe(run *messages.Run)
}

// Ended is a command that has ended.
type Ended struct {
	*Process
	Code int
	How  string // in words
}

// Run runs a command, waits for its end, and returns what it did, as an event without ID, Host and RunID, and the
// command's exit code, which is 128 and the signal's number where a signal has ended it.
//
// The command is always started. Only the context's end before the start keeps it from that: then there is no event, the
// error is the context's, and the code 1. A command that is not there (the error matches [exec.ErrNotFound] or
// [fs.ErrNotExist]) has the code 127, one that cannot be started 126; both have an event.
//
// From the start on the context's end is not obeyed: the command gets signals, and ends when it ends.
func (r *Runner) Run(ctx context.Context, argv []string, w Watcher) (*messages.Run, int, error) {
	if len(argv) == 0 {
		return nil, CodeFailed, errors.New("run: no command")
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return r.notStarted(w, r.Time(), err)
	}
	w.Before(ctx)
	if ctx.Err() != nil {
		return nil, CodeFailed, fmt.Errorf("%s is not started: %w", argv[0], ctx.Err())
	}
	run := &messages.Run{Operation: messages.OperationInstall, StartedAt: r.Time()}
	cmd := Command{Path: path, Argv: argv, Env: r.Env, Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr}
	w.Adjust(&cmd)
	process, err := cmd.Start()
	if err != nil {
		return r.notStarted(w, run.StartedAt, err)
	}
	defer process.Close()
	ended := &Ended{Process: process}
	ended.Code, ended.How = process.Wait()
	run.ExitCode = &ended.Code
	w.After(context.WithoutCancel(ctx), ended, run)
	return run, ended.Code, nil
}

// notStarted is the event of a command that there is not, or that cannot be started.
func (r *Runner) notStarted(w Watcher, at time.Time, err error) (*messages.Run, int, error) {
	code, failed := NotStartedCode(err), false
	run := &messages.Run{
		Operation: messages.OperationInstall, StartedAt: at, FinishedAt: r.Time(), ExitCode: &code, Succeeded: &failed,
		Error: Shorten("the command could not be started: " + err.Error()),
	}
	w.Describe(run)
	return run, code, err
}

// Time returns the host's time.
func (r *Runner) Time() time.Time {
	if r.Now == nil {
		return time.Now().UTC()
	}
	return r.Now().UTC()
}

// Environment returns the command's environment.
func (r *Runner) Environment() []string {
	if r.Env == nil {
		return os.Environ()
	}
	return r.Env
}

// Notef says something on the command's stderr.
func (r *Runner) Notef(format string, args ...any) {
	if r.Stderr != nil {
		_, _ = fmt.Fprintf(r.Stderr, "patchstream: "+format+"\n", args...)
	}
}

// Unknown writes what could not be found out about a run, if anything, behind its own error, and says it.
func (r *Runner) Unknown(run *messages.Run, unknown error) {
	if unknown == nil {
		return
	}
	r.Notef("%s", Shorten(unknown.Error()))
	if run.Error != "" {
		unknown = fmt.Errorf("%s; %w", run.Error, unknown)
	}
	run.Error = Shorten(unknown.Error())
}
