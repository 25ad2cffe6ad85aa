package worker_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// deliver has the queued events delivered a number of times, as to workers that stop at once.
func deliver(t *testing.T, js jetstream.JetStream, events, times int) {
	t.Helper()
	consumer := bound(t, js)
	for range times {
		batch, err := consumer.Fetch(events, jetstream.FetchMaxWait(workertest.Deadline))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for m := range batch.Messages() {
			n++
			if err := m.Nak(); err != nil {
				t.Fatal(err)
			}
		}
		if n != events || batch.Error() != nil {
			t.Fatalf("%d of %d events came: %v", n, events, batch.Error())
		}
	}
}

// noted returns the numbers of the attempts that are noted, over all events.
func noted(t *testing.T, js jetstream.JetStream) []uint64 {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), messages.BucketAttempts)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := kv.Keys(t.Context())
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	all := []uint64{}
	for _, key := range keys {
		if key == "health" || strings.HasSuffix(key, ".back") { // no attempts
			continue
		}
		entry, err := kv.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []uint64
		if err := json.Unmarshal(entry.Value(), &numbers); err != nil {
			t.Fatal(err)
		}
		all = append(all, numbers...)
	}
	return all
}

// asked gives something for each request to JetStream on a subject.
func asked(t *testing.T, js jetstream.JetStream, subject string) <-chan struct{} {
	t.Helper()
	requests := make(chan struct{}, 1000)
	if _, err := js.Conn().Subscribe(subject, func(*nats.Msg) { requests <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	return requests
}

func TestAPanicIsADeadLetterWithItsStackAndTheWorkerLives(t *testing.T) {
	t.Parallel()
	for _, step := range []worker.Step{worker.StepLoad, worker.StepFlush, worker.StepMerge, worker.StepCommit, worker.StepCommitted} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			st := newSteps()
			st.on(step, first(func(string) { panic("the step stumbled") }))
			start(t, s, st.config)
			events := story("web-1")
			workertest.Publish(t, js, events...)
			workertest.Publish(t, js, story("web-2")...)
			workertest.Applied(t, js)
			letters := deadLetters(t, js)
			if len(letters) != 1 {
				t.Fatalf("%d dead letters", len(letters))
			}
			reason := letters[0].Header.Get("Patch-Dead-Reason")
			if !strings.Contains(reason, "the step stumbled") || !strings.Contains(reason, "worker/handle.go") {
				t.Errorf("reason %q", reason)
			}
			// Both hosts go on. Whether the event of the panic counts depends on where it came: it is dead-lettered,
			// and may have been applied too.
			for _, host := range []string{"web-1", "web-2"} {
				published := workertest.ReadChanges(t, js)[host]
				workertest.CheckNumbers(t, published)
				if last := published.Changed[len(published.Changed)-1]; last.Status.To != messages.Compliant {
					t.Errorf("%s ends %s", host, last.Status.To)
				}
			}
		})
	}
}

func TestAnEventThatKilledFourWorkersIsDeadLetteredWithoutBeingRead(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	workertest.Publish(t, js, story("web-1")[0])
	deliver(t, js, 1, 5)
	for death := range 4 {
		dead := startMortal(t, s, worker.StepLoad, 1)
		dead.wait(t)
		if n := len(noted(t, js)); n != death+1 {
			t.Fatalf("after %d deaths %d attempts are noted", death+1, n)
		}
	}
	st := newSteps()
	start(t, s, st.config)
	workertest.Applied(t, js)
	letters := deadLetters(t, js)
	if len(letters) != 1 || !strings.Contains(letters[0].Header.Get("Patch-Dead-Reason"), "4 workers died") {
		t.Fatalf("dead letters: %+v", letters)
	}
	if n := st.reached(worker.StepLoad); n != 0 {
		t.Error("the event was handled once more")
	}
	if workertest.Stored(t, js, "web-1") != nil {
		t.Error("the host's record was touched")
	}
	workertest.Eventually(t, "the end of the attempt", func() bool { return len(noted(t, js)) == 4 })
}

func TestAnEventThatKilledThreeWorkersIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	workertest.Publish(t, js, story("web-1")[0])
	deliver(t, js, 1, 5)
	for range 3 {
		startMortal(t, s, worker.StepMerge, 1).wait(t)
	}
	start(t, s)
	workertest.Applied(t, js)
	noDeadLetters(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), story("web-1")[0])
}

func TestManyDeliveriesAloneProveNothing(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	longWait(t, js)
	events := story("web-1")
	workertest.Publish(t, js, events...)
	workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-2", Data: []byte("hello")})
	deliver(t, js, 4, 7)
	start(t, s)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if letters := deadLetters(t, js); len(letters) != 1 || letters[0].Subject != "patch.dead.scan.web-2" || letters[0].Header.Get("Patch-Dead-Deliveries") != "8" {
		t.Errorf("dead letters: %+v", letters)
	}
	if left := noted(t, js); left == nil || len(left) != 0 {
		t.Errorf("attempts still noted: %d", left)
	}
}

func TestAnAttemptThatFailedIsNoDeath(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	longWait(t, js)
	workertest.Publish(t, js, story("web-1")[0])
	deliver(t, js, 1, 5)
	looks := asked(t, js, "$JS.API.DIRECT.GET.KV_PATCH_ATTEMPTS.>")
	metrics := prometheus.NewRegistry()
	st := newSteps()
	var w *running
	begun := make(chan struct{})
	st.on(worker.StepCommit, first(func(string) {
		<-begun
		w.link.Hold()
	}))
	w = start(t, s, st.config, func(c *worker.Config) { c.Timeout, c.Metrics = 3*time.Second, metrics })
	close(begun)
	workertest.Wait(t, "whether it was given back before", looks)
	workertest.Wait(t, "the note of the attempt", looks)
	workertest.Wait(t, "its end, after the commit that got no answer", looks)
	w.link.Release()
	workertest.Eventually(t, "a failure", func() bool { return counter(t, metrics, "patchstream_events_total", "result", "again") > 0 })
	if left := noted(t, js); left == nil || len(left) != 0 {
		t.Errorf("attempts still noted: %d", left)
	}
	if n := workertest.Queued(t, js); n != 1 {
		t.Errorf("%d events are queued; it comes again after a while", n)
	}
	noDeadLetters(t, js)
}

func TestAnEventThatMayKillIsHandledAlone(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	workertest.Publish(t, js, story("suspect")[0])
	deliver(t, js, 1, 5)
	g := newGate()
	st := newSteps()
	var inside, others atomic.Int32
	st.on(worker.StepMerge, func(host string) {
		if host == "suspect" {
			inside.Store(1)
			first(g.wait)(host)
			inside.Store(0)
		} else if others.Add(1); inside.Load() == 1 {
			t.Errorf("%s was handled beside the suspect", host)
		}
	})
	start(t, s, st.config)
	t.Cleanup(g.release)
	workertest.Wait(t, "the suspect", g.arrived)
	workertest.Publish(t, js, story("web-1")...)
	workertest.Publish(t, js, story("web-2")...)
	consumer := bound(t, js)
	workertest.Eventually(t, "the delivery of all", func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 7
	})
	g.release()
	workertest.Applied(t, js)
	if others.Load() == 0 {
		t.Error("the others were not handled")
	}
	for _, host := range []string{"web-1", "web-2"} {
		workertest.CheckHost(t, js, host, builtin, time.Now(), story(host)...)
	}
}
