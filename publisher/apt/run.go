package apt

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// Runner runs a patch command and finds out what became of each package. The zero value runs it on the machine
// itself, without input and output. It may be used by several goroutines, but two commands that change the same
// packages at the same time cannot be told apart.
//
// What the command does is not changed. It is started in our place: in our process group and directory, with our
// environment, and with Stdin and Stdout themselves where these are files, so that a terminal stays one. To
// apt-get and apt, also behind env, nice and the like, one option is added, the status descriptor, unless the command
// has one of its own.
//
// No pipe of ours leads out of it. Measured with apt 2.6: where a write to its status descriptor fails, because
// nobody reads it any more or the disk is full, apt exits with 100, and installs nothing if dpkg was not started
// yet; and a package's script that cannot write to stderr may fail. So the status descriptor and what we read
// along are files without a name, in memory where the system has such: when this process is killed, the command
// does not notice and runs to its end, nothing is left behind, and a full disk is not in the way.
//
// What is written to stderr is passed on as it comes, every 50 ms. To apt, stderr is then no terminal; it asks its
// questions on stdout, and gives dpkg and the packages' scripts a terminal of their own. (It shows its progress in
// lines and not as a bar, as it does for whoever takes the descriptor.) Other commands keep a terminal as stderr,
// and what they write there is then not read along. A Stdout that is no file is treated like stderr.
//
// SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to the command, except those two that a terminal has sent to
// it already: SIGINT and SIGQUIT where we are in the terminal's foreground. Those that were ignored when the
// process started stay so (nohup). None of them ends the process while Run lasts.
type Runner struct {
	host.Runner

	signal func(moment) // for tests: called before each wait for a dpkg that is still at work
}

// Run runs a command, waits for its end, and returns what it did, as an event without ID, Host and RunID, and the
// command's exit code, which is 128 and the signal's number where a signal has ended it.
//
// The outcomes are those of dpkg's database before and after. Where apt-get or apt is called, installing, upgrading or
// removing, be it behind sudo, env and the like, there is a plan too, and so an outcome for what was to change and did
// not. What was removed is told beside them. A run that never got to a package says why in Error.
//
// The command is always started. What could not be found out beforehand, that dpkg was interrupted earlier, or that apt
// will want to be root, is said on Stderr; the command decides what to do about it: apt refuses with code 100,
// unattended-upgrade may mend it. What is not known afterwards for that reason, or because the packages cannot be
// looked at when the command has ended, is said in Error: the event then has no outcomes. Only the context's end before
// the start keeps it from being started: then there is no event, the error is the context's, and the code 1.
//
// A command that is not there (the error matches [exec.ErrNotFound] or [fs.ErrNotExist]) has the code 127, one that
// cannot be started 126; both have an event.
//
// From the start on the context's end is not obeyed: the command gets signals, and ends when it ends.
func (r *Runner) Run(ctx context.Context, argv []string) (*messages.Run, int, error) {
	l := &looked{runner: r, call: apts.Find(argv, r.Environment()), argv: argv}
	l.status, l.said = &progress{}, &complaints{}
	defer l.close()
	return r.Runner.Run(ctx, argv, l)
}

// Plan says what the command would do, and changes nothing. The error matches [host.ErrNoPlan] for a command that
// cannot tell, [ErrNoApt] for a root without apt, and is the context's own when it ends.
func (r *Runner) Plan(ctx context.Context, argv []string) (*host.Plan, error) {
	c := apts.Find(argv, r.Environment())
	if !isPlanned(c.Argv) {
		return nil, fmt.Errorf("plan: %w", host.ErrNoPlan)
	}
	if _, err := exec.LookPath(argv[0]); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	h, err := r.newSystem(&c)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	defer h.close()
	if err := h.open(ctx); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	before, err := h.installed(ctx)
	var odd oddEntries
	if err != nil && !errors.As(err, &odd) {
		return nil, fmt.Errorf("plan: %w", err)
	}
	p, err := h.plan(ctx, &c, before)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return p, nil
}

// newSystem opens the root, on the machine itself with the configuration that the command will read too.
func (r *Runner) newSystem(c *host.Call) (*system, error) {
	return newSystem(r.Root, r.timeout(), c.Path(c.Variable(aptConfig)))
}

func (r *Runner) wait() time.Duration { return host.WaitOr(r.Wait, DefaultWait) }

func (r *Runner) timeout() time.Duration { return host.TimeoutOr(r.Timeout, DefaultTimeout) }
