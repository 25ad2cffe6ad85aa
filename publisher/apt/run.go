package apt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
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
// apt-get and apt one option is added, the status descriptor, unless the command has one of its own.
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
	// Root is the directory of the root whose packages the command changes; empty or "/" is the machine itself.
	// The command is not moved there.
	Root string

	Stdin          io.Reader // nil: no input
	Stdout, Stderr io.Writer // nil: thrown away

	// Env is the command's environment, "key=value". nil: that of the process.
	Env []string

	// Wait bounds the time that a dpkg is waited for which is still at work when the command has ended. 0 is
	// [DefaultWait]; negative: not at all.
	Wait time.Duration

	// Timeout bounds each command by which the packages are looked at. 0 is [DefaultTimeout]. The patch command
	// itself has no bound.
	Timeout time.Duration

	// Now is the host's clock. nil is [time.Now].
	Now func() time.Time

	signal func(moment) // for tests: called before each wait for a dpkg that is still at work
}

// Run runs a command, waits for its end, and returns what it did, as an event without ID, Host and RunID, and the
// command's exit code, which is 128 and the signal's number where a signal has ended it.
//
// The outcomes are those of dpkg's database before and after. Of apt-get and apt, installing or upgrading, there
// is a plan too, and so an outcome for what was to change and did not. A package that was only removed has none.
// A run that never got to a package says why in Error. That dpkg was interrupted earlier, or that apt will want to
// be root, is said on Stderr beforehand; the command is started all the same, since it decides what to do about
// it: apt refuses with code 100, unattended-upgrade may mend it.
//
// There is no event, and the command was not started, where the error matches [ErrNoApt], or the context's own
// error, or where the packages cannot be looked at; the code is then 1. A command that is not there (the error
// matches [exec.ErrNotFound] or [fs.ErrNotExist]) has the code 127, one that cannot be started 126; both have an
// event. Where the packages cannot be looked at when the command has ended, the event has no outcomes, and both
// it and the error say so.
//
// The context is obeyed until the command is started. From then on its end is not: the command gets signals, and
// ends when it ends.
func (r *Runner) Run(ctx context.Context, argv []string) (*messages.Run, int, error) {
	if len(argv) == 0 {
		return nil, host.CodeFailed, errors.New("run: no command")
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return r.notStarted(r.now(), err)
	}
	h, err := r.open(ctx)
	if err != nil {
		return nil, host.CodeFailed, fmt.Errorf("look at the packages before %s: %w", argv[0], err)
	}
	defer h.close()
	e, position, err := r.before(ctx, h, path, argv)
	if err != nil {
		return nil, host.CodeFailed, fmt.Errorf("look at the packages before %s: %w", argv[0], err)
	}
	run := &messages.Run{Operation: messages.OperationInstall, StartedAt: r.now()}
	process, err := r.start(path, argv, e.said)
	if err != nil {
		return r.notStarted(run.StartedAt, err)
	}
	defer process.Close()
	e.code, e.ended = process.Wait()
	e.said.end()
	run.ExitCode = &e.code
	err = r.after(context.WithoutCancel(ctx), h, process, e, position, run)
	return run, e.code, err
}

// Plan says what the command would do, and changes nothing. The error matches [ErrNoPlan] for a command that
// cannot tell, [ErrNoApt] for a root without apt, and is the context's own when it ends.
func (r *Runner) Plan(ctx context.Context, argv []string) (*Plan, error) {
	if len(argv) == 0 || !isPlanned(argv) {
		return nil, fmt.Errorf("plan: %w", ErrNoPlan)
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	h, err := r.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	defer h.close()
	before, err := h.installed(ctx)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	p, err := h.plan(ctx, path, argv, before)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return p, nil
}

// notStarted is the event of a command that there is not, or that cannot be started.
func (r *Runner) notStarted(at time.Time, err error) (*messages.Run, int, error) {
	code := host.NotStartedCode(err)
	run := &messages.Run{
		Operation: messages.OperationInstall, StartedAt: at, FinishedAt: r.now(), ExitCode: &code,
		Error: host.Shorten("the command could not be started: " + err.Error()),
	}
	if h, err := r.newSystem(); err == nil {
		defer h.close()
		h.setBoot(run, nil)
	}
	return run, code, err
}

// newSystem opens the root, on the machine itself with the configuration that the command will read too.
func (r *Runner) newSystem() (*system, error) {
	return newSystem(r.Root, r.timeout(), r.variable("APT_CONFIG"))
}

// open opens the root and makes its tools ready. Close it.
func (r *Runner) open(ctx context.Context) (*system, error) {
	h, err := r.newSystem()
	if err != nil {
		return nil, err
	}
	if err := h.open(ctx); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// start starts the command. What it says on stderr is written to said.
func (r *Runner) start(path string, argv []string, said *complaints) (*host.Process, error) {
	c := host.Command{
		Path: path, Argv: argv, Env: r.Env, Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr,
		Listener: said, KeepTerminal: !isApt(argv),
	}
	if isApt(argv) && !hasStatusFd(argv) {
		c.StatusArgs = func(fd int) []string { return []string{"-o", "APT::Status-Fd=" + strconv.Itoa(fd)} }
	}
	return c.Start()
}

// before looks at the packages, and at how far dpkg's log has come, before the command. Without a plan there is
// less to say afterwards, but a command that cannot make one says best itself why.
func (r *Runner) before(ctx context.Context, h *system, path string, argv []string) (*evidence, int64, error) {
	e := &evidence{native: h.settings.arch, status: &progress{}, said: &complaints{}}
	b, err := busy(h.settings.admindir())
	if err != nil {
		return nil, 0, err
	}
	if b.activity == unfinished {
		r.notef("dpkg was interrupted before this run, and its work is not finished: see `dpkg --audit`; " +
			"`dpkg --configure -a` finishes it")
	}
	if isPlanned(argv) && os.Geteuid() != 0 {
		r.notef("not root: %s will most likely refuse", argv[0])
	}
	if e.before, err = h.installed(ctx); err != nil {
		return nil, 0, err
	}
	if e.plan, err = h.plan(ctx, path, argv, e.before); err != nil && ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	return e, h.logSize(), ctx.Err()
}

// after looks at the packages when the command has ended, and says what became of them.
func (r *Runner) after(ctx context.Context, h *system, process *host.Process, e *evidence, position int64, run *messages.Run) error {
	if _, why := e.said.main(); why != causeLock { // then it is another's, and need not end
		waiting, cancel := process.UntilSignal(ctx)
		awaitRelease(waiting, h.settings.admindir(), time.Now().Add(r.wait()), r.signal)
		cancel()
	}
	run.FinishedAt = r.now()
	var err error
	if e.status, err = parseStatus(process.Status()); err != nil {
		e.status = &progress{}
	}
	e.tried = h.triedSince(position)
	if e.after, err = h.installed(ctx); err != nil {
		err = fmt.Errorf("the packages could not be looked at after the run: %w", err)
		run.Error = host.Shorten(err.Error())
		h.setBoot(run, nil)
		return err
	}
	run.Outcomes = e.outcomes()
	run.Error = e.failure(run.Outcomes)
	h.setBoot(run, e.after)
	return nil
}

func (r *Runner) now() time.Time { return nowBy(r.Now) }

func (r *Runner) wait() time.Duration { return waitOr(r.Wait) }

func (r *Runner) timeout() time.Duration { return timeoutOr(r.Timeout) }

// variable returns a variable of the command's environment.
func (r *Runner) variable(name string) string {
	env := r.Env
	if env == nil {
		env = os.Environ()
	}
	value := ""
	for _, pair := range env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

func (r *Runner) notef(format string, args ...any) {
	if r.Stderr != nil {
		_, _ = fmt.Fprintf(r.Stderr, "patchstream: "+format+"\n", args...)
	}
}
