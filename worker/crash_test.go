package worker_test

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// The story of the crash tests: a host with two due patches, a run that installs one of them and fails at
// the other, and a scan after it. Every event but the last changes something.
func story(host string) []messages.Event {
	return []messages.Event{
		workertest.Scan(host, 1, workertest.Package("openssl", "3.0.1", "3.0.2"), workertest.Package("curl", "7.0", "7.1")),
		workertest.Run(host, 2, workertest.Outcome("openssl", "3.0.2", messages.ResultInstalled), workertest.Outcome("curl", "7.1", messages.ResultFailed)),
		workertest.Scan(host, 3, workertest.Package("openssl", "3.0.2"), workertest.Package("curl", "7.1")),
	}
}

// crash kills a worker at the nth time it reaches a step, lets a second one go on, and checks what was published.
func crash(t *testing.T, at worker.Step, nth int) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	first := startMortal(t, s, at, nth)
	events := story("web-1")
	workertest.Publish(t, js, events...)
	first.wait(t)
	start(t, s)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

// Most records that a worker loads have the outbox of an event before.
func TestWhatIsPublishedIsNotSentToTheStreamAgain(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	events := story("web-1")
	first := start(t, s)
	workertest.Publish(t, js, events[:2]...)
	workertest.Applied(t, js)
	first.end(t)
	if r := workertest.Stored(t, js, "web-1"); r.Outbox == nil || !r.Outbox.Status {
		t.Fatal("the record has no outbox with a status change")
	}
	steps := newSteps()
	start(t, s, steps.config)
	again := workertest.Recheck("web-1", "again", 0)
	workertest.Publish(t, js, again)
	workertest.Applied(t, js)
	if n := steps.reached(worker.StepFlush) + steps.reached(worker.StepStatus); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
	workertest.Publish(t, js, events[2])
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

func TestAppliesOnceWhenKilledBeforeLoading(t *testing.T) { crash(t, worker.StepLoad, 1) }

func TestAppliesOnceWhenKilledBeforeLoadingAnotherEvent(t *testing.T) { crash(t, worker.StepLoad, 3) }

func TestPublishesOnceWhenKilledBeforeFlushing(t *testing.T) { crash(t, worker.StepFlush, 1) }

func TestPublishesOnceWhenKilledBeforeFlushingALaterRevision(t *testing.T) {
	crash(t, worker.StepFlush, 2)
}

func TestPublishesTheStatusOnceWhenKilledBetweenTheTwoMessages(t *testing.T) {
	crash(t, worker.StepStatus, 1)
}

func TestPublishesTheStatusOnceWhenKilledBetweenTheTwoMessagesOfALaterRevision(t *testing.T) {
	crash(t, worker.StepStatus, 2)
}

func TestAppliesOnceWhenKilledBeforeMerging(t *testing.T) { crash(t, worker.StepMerge, 1) }

func TestAppliesOnceWhenKilledBeforeMergingWhatItPublished(t *testing.T) {
	crash(t, worker.StepMerge, 2)
}

func TestAppliesOnceWhenKilledBeforeScheduling(t *testing.T) { crash(t, worker.StepSchedule, 1) }

func TestAppliesOnceWhenKilledBeforeCommit(t *testing.T) { crash(t, worker.StepCommit, 1) }

func TestAppliesOnceWhenKilledBeforeALaterCommit(t *testing.T) { crash(t, worker.StepCommit, 2) }

func TestPublishesOnceWhenKilledBetweenCommitAndPublish(t *testing.T) {
	crash(t, worker.StepCommitted, 1)
}

func TestPublishesOnceWhenKilledBetweenALaterCommitAndPublish(t *testing.T) {
	crash(t, worker.StepCommitted, 3)
}

func TestPublishesOnceWhenKilledBeforeAcknowledging(t *testing.T) {
	crash(t, worker.StepAcknowledge, 1)
}

func TestPublishesOnceWhenKilledBeforeAcknowledgingALaterEvent(t *testing.T) {
	crash(t, worker.StepAcknowledge, 3)
}

func TestAppliesOnceWhenKilledBeforeStoringAScan(t *testing.T) { crash(t, worker.StepScan, 1) }

func TestAppliesOnceWhenKilledBeforeStoringALaterScan(t *testing.T) { crash(t, worker.StepScan, 2) }

func TestAppliesOnceWhenKilledBetweenAScanAndTheRecordThatNamesIt(t *testing.T) {
	crash(t, worker.StepRecord, 1)
}

func TestAppliesOnceWhenKilledBetweenALaterScanAndTheRecordThatNamesIt(t *testing.T) {
	crash(t, worker.StepRecord, 2)
}

func TestPublishesOnceWhenKilledBeforeRemovingTheScanOfBefore(t *testing.T) {
	crash(t, worker.StepRemove, 1)
}
