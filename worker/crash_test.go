package worker_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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

// A status says where the change is that was published before it. Those of earlier versions do not, and both are looked for.
func TestTheChangeIsFoundOfAStatusThatDoesNotSayWhereItIs(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]bool{"as it is published": false, "as earlier versions published it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			steps := newSteps()
			start(t, s, withoutCache, steps.config)
			events := story("web-1")
			workertest.Publish(t, js, events[:2]...)
			workertest.Applied(t, js)
			status := workertest.ReadChanges(t, js)["web-1"].Messages[3]
			if status.Subject != messages.StatusSubject("web-1") || status.Header.Get(messages.HeaderChanged) != "3" {
				t.Fatalf("%s %v", status.Subject, status.Header)
			}
			if silent {
				m := &nats.Msg{Subject: status.Subject, Header: status.Header, Data: status.Data}
				m.Header.Del(messages.HeaderChanged)
				m.Header.Del(jetstream.ExpectedLastSubjSeqHeader)
				workertest.Send(t, js, m)
			}
			before := steps.reached(worker.StepFlush)
			looks := asked(t, js, "$JS.API.STREAM.MSG.GET."+messages.StreamChanges)
			workertest.Publish(t, js, workertest.Recheck("web-1", "again", 0))
			workertest.Applied(t, js)
			if n, want := len(looks), map[bool]int{false: 1, true: 2}[silent]; n != want || steps.reached(worker.StepFlush) != before {
				t.Errorf("%d looks, and %d messages were sent", n, steps.reached(worker.StepFlush)-before)
			}
			workertest.Publish(t, js, events[2])
			workertest.Applied(t, js)
			published := workertest.ReadChanges(t, js)["web-1"].Revisions()
			if diff := cmp.Diff([]uint64{1, 2, 3}, published); diff != "" {
				t.Errorf("revisions:\n%s", diff)
			}
		})
	}
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
