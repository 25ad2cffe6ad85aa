package apt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// What is found out before the command is for the report only. So nothing of it keeps the command from its start: each
// step that fails is said, and the report is the poorer for it.

// looked is what was found out before a command was started, and where to look again.
type looked struct {
	evidence
	runner *Runner
	call   host.Call
	argv   []string
	system *system // nil: the root cannot be opened
	blind  error   // why nobody knows what was installed before; nil: it is known
	odd    []string
	logs   positions
}

func (l *looked) close() {
	if l.system != nil {
		l.system.close()
	}
}

// Before looks at the packages, and at how far the logs have come, before the command. All of it takes no longer than
// one of the later looks may.
func (l *looked) Before(ctx context.Context) {
	r, c := l.runner, &l.call
	ctx, cancel := context.WithTimeout(ctx, r.timeout())
	defer cancel()
	if c.At == 0 && isPlanned(c.Argv) && os.Geteuid() != 0 {
		r.Notef("not root: %s will most likely refuse", l.argv[0])
	}
	if l.blind = r.look(ctx, c, l); l.blind != nil && ctx.Err() != context.Canceled {
		r.Notef("the packages cannot be looked at, and %s is started all the same: %s", l.argv[0], host.Shorten(l.blind.Error()))
	}
}

// Adjust has what the command says on stderr read along, and gives apt a descriptor for its status.
func (l *looked) Adjust(cmd *host.Command) {
	cmd.Listener, cmd.KeepTerminal = l.said, !takesStatus(&l.call) && !isApt(l.argv)
	if takesStatus(&l.call) {
		cmd.StatusAt = l.call.At + 1
		cmd.StatusArgs = func(fd int) []string { return []string{"-o", "APT::Status-Fd=" + strconv.Itoa(fd)} }
	}
}

// Describe is of a command that was not started.
func (l *looked) Describe(run *messages.Run) {
	if l.system == nil {
		var err error
		if l.system, err = l.runner.newSystem(&host.Call{}); err != nil {
			l.system = nil
			return
		}
	}
	l.system.setHost(run, nil)
}

// look returns why it is not known what is installed.
func (r *Runner) look(ctx context.Context, c *host.Call, l *looked) (err error) {
	if l.system, err = r.newSystem(c); err != nil {
		return err
	}
	if err := r.open(ctx, l.system); err != nil {
		return err
	}
	h := l.system
	l.native = h.settings.arch
	r.tellActivity(h)
	l.before, err = h.installed(ctx)
	var odd oddEntries
	if errors.As(err, &odd) {
		l.odd = odd
		r.Notef("%s: what becomes of it is not reported", odd)
	} else if err != nil {
		return err
	}
	l.logs = h.logPositions()
	if l.plan, err = h.plan(ctx, c, l.before); err != nil && !refusedByApt(err) {
		r.Notef("what the command would do cannot be asked, so what it leaves as it is will not be reported: %s", host.Shorten(err.Error()))
	}
	return nil
}

// open makes the root's tools ready; where apt cannot be asked, dpkg's alone.
func (r *Runner) open(ctx context.Context, h *system) error {
	err := h.open(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if h.openDpkg(ctx) != nil {
		return err
	}
	r.Notef("apt cannot be asked, so what the command leaves as it is will not be reported: %s", host.Shorten(err.Error()))
	return nil
}

// tellActivity says of a dpkg that was interrupted.
func (r *Runner) tellActivity(h *system) {
	switch b, err := busy(h.settings.admindir()); {
	case err != nil:
		r.Notef("whether dpkg is at work cannot be told: %s", host.Shorten(err.Error()))
	case b.activity == unfinished:
		r.Notef("dpkg was interrupted before this run, and its work is not finished: see `dpkg --audit`; " +
			"`dpkg --configure -a` finishes it")
	}
}

// refusedByApt tells of a command that has no plan, or of which apt says why it makes none: it will say so once more
// when it is run.
func refusedByApt(err error) bool {
	var refused *host.ExitError
	return errors.Is(err, host.ErrNoPlan) || errors.As(err, &refused)
}

// After looks at the packages when the command has ended, and says what became of them.
func (l *looked) After(ctx context.Context, ended *host.Ended, run *messages.Run) {
	r := l.runner
	l.code, l.ended = ended.Code, ended.How
	l.said.end()
	if l.system != nil && l.system.settings != nil {
		if _, why := l.said.main(); why != causeLock { // then it is another's, and need not end
			waiting, cancel := ended.UntilSignal(ctx)
			awaitRelease(waiting, l.system.settings.admindir(), time.Now().Add(r.wait()), r.signal)
			cancel()
		}
	}
	run.FinishedAt = r.Time()
	unknown := r.compare(ctx, ended.Process, l, run)
	if l.system != nil {
		l.system.setHost(run, l.evidence.after)
	}
	run.Error = l.failure(run.Outcomes)
	if unknown == nil || l.code != 0 {
		run.Succeeded = host.Succeeded(run, l.code == 0)
	}
	r.Unknown(run, unknown)
}

// compare writes the outcomes into the run, and returns what could not be found out.
func (r *Runner) compare(ctx context.Context, process *host.Process, l *looked, run *messages.Run) error {
	var err error
	if l.status, err = parseStatus(process.Status()); err != nil {
		l.status = &progress{}
	}
	if l.blind != nil {
		return fmt.Errorf("what became of the packages is not known, they could not be looked at before the run: %w", l.blind)
	}
	h := l.system
	l.tried, l.shown = h.triedSince(l.logs.dpkg), h.shownSince(l.logs.terminal)
	installed, err := h.installed(ctx)
	var odd oddEntries
	if err != nil && !errors.As(err, &odd) {
		return fmt.Errorf("the packages could not be looked at after the run: %w", err)
	}
	l.evidence.after = installed
	run.Outcomes, run.Removed = l.outcomes()
	odd = slices.DeleteFunc(odd, func(entry string) bool { return slices.Contains(l.odd, entry) })
	if len(odd) > 0 {
		return fmt.Errorf("what became of it is not known: %s", strings.Join(odd, "; "))
	}
	return nil
}
