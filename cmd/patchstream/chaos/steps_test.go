package chaos

import (
	"context"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/patchstream/patchstream/worker"
)

// The real program, killed between any two steps of the commit protocol, one step after the other; then workers that
// live end what was left. Package worker has a test of each step alone.
func TestAWorkerThatIsKilledAtAnyStepLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := served(t, t.TempDir())
	w.publishers(t, w.url)
	p := newPlan(t, 12*time.Second, 24, 40)
	h, l := newHistory(p), newLedger()
	ctx, cancel := context.WithTimeout(t.Context(), p.lasts+patience)
	defer cancel()
	unhurried, hurry := context.WithCancel(ctx)
	defer hurry()
	var publishing sync.WaitGroup
	publishing.Go(func() { w.publish(ctx, unhurried, h, l) })
	for _, step := range []worker.Step{ // the rarest first
		worker.StepSchedule, worker.StepStatus, worker.StepFlush, worker.StepRemove, worker.StepRecord, worker.StepScan, worker.StepCommitted, worker.StepCommit, worker.StepMerge, worker.StepLoad, worker.StepAcknowledge,
	} {
		w.doom(ctx, t, step)
	}
	hurry()
	w.staff(t, w.url)
	publishing.Wait()
	w.conclude(t.Context(), t, h, l)
}

// doom starts a worker that is killed at its second arrival at a step, and waits for its end.
func (w *world) doom(ctx context.Context, t *testing.T, step worker.Step) {
	t.Helper()
	doomed := w.target(t, "worker killed at "+string(step), func() *exec.Cmd {
		cmd := exec.Command(crashing(), "worker", "--server", w.url)
		cmd.Env = []string{"PATCHSTREAM_CRASH=" + string(step) + ":2"}
		return cmd
	})
	if !doomed.start() {
		t.Fatal(w.report.wrongs)
	}
	t.Cleanup(doomed.abandon)
	select {
	case <-doomed.process.ended:
	case <-ctx.Done():
		t.Fatalf("no event brought a worker to the step %s\n%s", step, doomed.log.tail())
	}
	status, ok := doomed.process.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("it ended otherwise than killed at %s: %v\n%s", step, doomed.process.cmd.ProcessState, doomed.log.tail())
	}
	w.report.count("kill worker at "+string(step), 1)
}
