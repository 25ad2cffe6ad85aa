package rpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// watch is a look at the packages before a command, and where to look again. Nothing of what cannot be found out keeps the
// command from its start: each step that fails is said, and the report is the poorer for it.
type watch struct {
	evidence
	runner *Runner
	argv   []string
	call   host.Call
	system *system // nil: the root cannot be opened
	blind  error   // why nobody knows what was installed before; nil: it is known
	logs   map[string]int64
}

// logNames are what the managers write, whoever calls them.
var logNames = []string{"var/log/dnf.rpm.log", "var/log/dnf5.log", "var/log/zypp/history"}

func (w *watch) close() {
	if w.system != nil {
		w.system.close()
	}
}

// open opens the root. All of it is asked of the machine's own rpm.
func (w *watch) open(ctx context.Context) (err error) {
	if w.system, err = newSystem(w.runner.Root, host.TimeoutOr(w.runner.Timeout, DefaultTimeout)); err != nil {
		w.system = nil
		return err
	}
	return w.system.open(ctx)
}

// Before looks at the packages, and at how far the logs have come, before the command. All of it takes no longer than one of
// the later looks may.
func (w *watch) Before(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, host.TimeoutOr(w.runner.Timeout, DefaultTimeout))
	defer cancel()
	if w.call.At == 0 && isPlanned(w.call.Argv) && os.Geteuid() != 0 {
		w.runner.Notef("not root: %s will most likely refuse", w.argv[0])
	}
	if w.blind = w.look(ctx); w.blind != nil && !errors.Is(ctx.Err(), context.Canceled) {
		w.runner.Notef("the packages cannot be looked at, and %s is started all the same: %s", w.argv[0], host.Shorten(w.blind.Error()))
	}
	if w.system != nil {
		w.logs = map[string]int64{}
		for _, name := range logNames {
			w.logs[name] = w.system.root.LogSize(name)
		}
	}
}

// look returns why it is not known what is installed.
func (w *watch) look(ctx context.Context) (err error) {
	if err := w.open(ctx); err != nil {
		return err
	}
	if holder, err := host.LockHolder(w.system.lockPath()); err == nil && holder != 0 {
		w.runner.Notef("another transaction is at work: what it does to packages will look like the work of this command")
	}
	if w.before, err = w.system.tools.installed(ctx); err != nil {
		return err
	}
	if err := w.foresee(ctx); err != nil && !errors.Is(err, host.ErrNoPlan) {
		w.runner.Notef("what the command would do cannot be asked, so what it leaves as it is will not be reported: %s", host.Shorten(err.Error()))
	}
	return nil
}

// Adjust has what the command says on stderr read along.
func (w *watch) Adjust(c *host.Command) {
	c.Listener = w.said
	c.KeepTerminal = w.call.Argv == nil || w.isDNF5()
}

// isDNF5 tells whether the command is dnf 5, by whatever name.
func (w *watch) isDNF5() bool {
	path := w.call.Argv[0]
	if found, err := host.FindTool(path); err == nil {
		path = found
	}
	target, err := filepath.EvalSymlinks(path)
	return err == nil && filepath.Base(target) == "dnf5"
}

// Describe is of a command that was not started.
func (w *watch) Describe(run *messages.Run) {
	root, err := host.OpenRoot(w.runner.Root)
	if err != nil {
		return
	}
	defer root.Close()
	describe(root, run)
}

// describe writes what is known of the machine and its boot into a run that has ended, and returns the boot.
func describe(root *host.Root, run *messages.Run) host.Boot {
	run.Machine = root.Machine()
	boot := host.ReadBoot(root, run.FinishedAt)
	run.BootedAt, run.BootID = boot.At, boot.ID
	return boot
}

// tellReboot writes into the run that a boot is needed. That none is, a run does not say: it has not read the notices, some
// of which ask for one. The scan that follows has.
func (w *watch) tellReboot(boot host.Boot, run *messages.Run) {
	f := &facts{installed: w.after, opinions: &opinions{sideBySide: w.sideBySide}}
	if w.after == nil {
		f.installed = &inventory{}
	}
	required, names := f.reboot(w.system.root, boot, newNoticeTable())
	asked := isZypper(w.call.Argv) && w.code == zypperReboot
	if asked || required != nil && *required {
		yes := true
		run.RebootRequired, run.RebootPackages = &yes, names
	}
	if asked { // for one of its patches: it does not say which of their packages
		run.RebootPackages = nil
	}
}

// After looks at the packages when the command has ended, and says what became of them.
func (w *watch) After(ctx context.Context, ended *host.Ended, run *messages.Run) {
	w.code, w.evidence.ended = ended.Code, ended.How
	w.good = goodCode(isZypper(w.call.Argv), w.code)
	w.said.end()
	if w.system != nil && w.system.database != nil {
		if _, why := w.said.main(); why != causeLock { // then it is another's, and need not end
			waiting, cancel := ended.UntilSignal(ctx)
			_ = w.system.awaitQuiet(waiting, time.Now().Add(host.WaitOr(w.runner.Wait, DefaultWait)))
			cancel()
		}
	}
	run.FinishedAt = w.runner.Time()
	unknown := w.compare(ctx, run)
	if w.system != nil {
		w.tellReboot(describe(w.system.root, run), run)
	}
	run.Error = w.failure(run.Outcomes)
	if unknown == nil || !w.good {
		run.Succeeded = host.Succeeded(run, w.good)
	}
	w.runner.Unknown(run, unknown)
}

// compare writes the outcomes into the run, and returns what could not be found out.
func (w *watch) compare(ctx context.Context, run *messages.Run) (err error) {
	if w.blind != nil {
		return fmt.Errorf("what became of the packages is not known, they could not be looked at before the run: %w", w.blind)
	}
	w.readLogs()
	if w.after, err = w.system.tools.installed(ctx); err != nil {
		return fmt.Errorf("the packages could not be looked at after the run: %w", err)
	}
	if err := w.inquire(ctx); err != nil {
		return fmt.Errorf("the packages could not be looked at after the run: %w", err)
	}
	run.Outcomes, run.Removed = w.outcomes()
	return nil
}

// readLogs puts what the logs tell before what was said on stderr: they tell more, and in order.
func (w *watch) readLogs() {
	logged := &heard{}
	for _, name := range logNames {
		w.system.root.ReadLog(name, w.logs[name], func(r io.Reader) {
			_, _ = io.Copy(logged, r) // what cannot be read tells nothing
			logged.end()
		})
	}
	w.said = logged.with(w.said)
}

// inquire asks what more there is to know: which of several versions stand side by side on purpose, of a run that did not
// do all which requirements are not met, and what was kept out.
func (w *watch) inquire(ctx context.Context) (err error) {
	if w.sideBySide, err = w.system.tools.sideBySide(ctx); err != nil {
		return err
	}
	if !w.good {
		if w.unmet, err = w.system.tools.unmet(ctx, w.fresh()); err != nil {
			return err
		}
	}
	s := scopeOf(w.call.Argv)
	if s.empty() {
		return nil
	}
	if w.unplanned, err = w.system.unplanned(ctx, s, w.after); err != nil {
		w.runner.Notef("what a lock or an exclude keeps out cannot be asked, and will not be reported: %s", host.Shorten(err.Error()))
	}
	return nil
}

// fresh are the versions that the run has brought.
func (w *watch) fresh() (all []nevra) {
	for id, instances := range w.after.packages {
		for _, one := range instances {
			if n := (nevra{id, one.evr}); !w.before.has(n) {
				all = append(all, n)
			}
		}
	}
	return all
}
