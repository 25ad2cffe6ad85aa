package rpm

import (
	"context"
	"fmt"
	"os/exec"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// Runner runs a patch command and finds out what became of each package. The zero value runs it on the machine itself,
// without input and output. It may be used by several goroutines, but two commands that change the same packages at the
// same time cannot be told apart.
//
// What the command does is not changed, and no option is added to it. It is started in our place: in our process group and
// directory, with our environment, and with Stdin and Stdout themselves where these are files, so that a terminal stays one.
// What dnf 4 and zypper write to stderr is read along, and passed on as it comes, every 50 ms. dnf 5, which shows its
// progress there, keeps a terminal as stderr, and so do commands that are no package manager; then their logs tell. A Stdout
// that is no file is treated like stderr.
//
// Signals are passed on as [host.Command] has it. A dnf that gets SIGTERM in the middle of a transaction runs to its end.
type Runner struct {
	host.Runner
}

// Run runs a command, waits for its end, and returns what it did, and its exit code; see [host.Runner.Run].
//
// The outcomes are those of rpm's database before and after. Where dnf, yum or zypper is called, installing, upgrading or
// removing, be it behind sudo, env and the like, there is a plan too, and so an outcome for what was to change and did not;
// and where it was to bring packages to their newest versions, one for what a lock or an exclude kept from that. What was
// removed is told beside them. A run that never got to a package says why in Error.
//
// The command is always started. What could not be found out beforehand is said on Stderr, and what is not known afterwards
// for that reason in Error: the event then has no outcomes.
func (r *Runner) Run(ctx context.Context, argv []string) (*messages.Run, int, error) {
	w := r.watch(argv)
	defer w.close()
	return r.Runner.Run(ctx, argv, w)
}

// Plan says what the command would do. It changes no package; dnf and zypper fetch lists that have expired, as they do
// for the command itself. The error matches [host.ErrNoPlan] for a command that cannot tell, [ErrNoRPM] for a root without
// rpm's database, and is the context's own when it ends.
func (r *Runner) Plan(ctx context.Context, argv []string) (*host.Plan, error) {
	w := r.watch(argv)
	defer w.close()
	if !isPlanned(w.call.Argv) {
		return nil, fmt.Errorf("plan: %w", host.ErrNoPlan)
	}
	if _, err := exec.LookPath(argv[0]); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if err := w.open(ctx); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	var err error
	if w.evidence.before, err = w.system.tools.installed(ctx); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if err := w.foresee(ctx); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if w.plan == nil {
		text, why := w.foretold.main()
		return nil, fmt.Errorf("plan: %s", host.Shorten(why.said(text)))
	}
	return w.told(), nil
}

func (r *Runner) watch(argv []string) *watch {
	w := &watch{runner: r, argv: argv, call: managers.Find(argv, r.Environment())}
	w.said = &heard{}
	return w
}
