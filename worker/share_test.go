package worker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// One host floods the queue, and the event of it that is handled does not end. The events of others are handled all the same,
// and each once.
func TestAHostThatFloodsTheQueueKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	longWait(t, js)
	g := newGate()
	st := newSteps()
	st.on(worker.StepCommit, func(host string) {
		if host == "flood" {
			g.wait(host)
		}
	})
	start(t, s, st.config, func(c *worker.Config) { c.DrainTimeout = time.Second })
	t.Cleanup(g.release)
	const flood = 2000
	for n := range flood {
		if _, err := js.PublishMsgAsync(workertest.Encode(t, workertest.Override("flood", n%50, "curl.amd64", messages.States()[n%8]))); err != nil {
			t.Fatal(err)
		}
	}
	workertest.Wait(t, "the flood in the stream", js.PublishAsyncComplete())
	workertest.Wait(t, "the first of the flood", g.arrived)
	for n := range 100 {
		workertest.Publish(t, js, workertest.Scan(fmt.Sprintf("web-%d", n), 0, workertest.Package("curl", "1", "2")))
	}
	workertest.Eventually(t, "the changes of all others", func() bool { return len(workertest.ReadChanges(t, js)) == 100 })
	g.release()
	workertest.Applied(t, js)
	noDeadLetters(t, js)
	if noted := noted(t, js); len(noted) > 0 {
		t.Errorf("attempts noted: %d", noted)
	}
}

// An event that was given back since its host's share was taken is not held against it.
func TestWhatWasGivenBackOftenIsNotHandledAlone(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	sequence := workertest.Publish(t, js, story("web-1")[0])
	deliver(t, js, 1, 9)
	key := fmt.Sprintf("%s-%d.%d.back", messages.StreamEvents, set.Created[messages.StreamEvents].UnixNano(), sequence)
	if _, err := set.Attempts.PutString(t.Context(), key, "5"); err != nil {
		t.Fatal(err)
	}
	notes := written(t, js)
	start(t, s)
	workertest.Applied(t, js)
	for len(notes) > 0 {
		if m := <-notes; !strings.HasSuffix(m.Subject, ".health") { // that is a worker which looks whether it is ready
			t.Errorf("an attempt was noted: %s", m.Subject)
		}
	}
}

// written gives each message that is written to the bucket of attempts.
func written(t *testing.T, js jetstream.JetStream) <-chan *nats.Msg {
	t.Helper()
	notes := make(chan *nats.Msg, 1000)
	if _, err := js.Conn().ChanSubscribe("$KV."+messages.BucketAttempts+".>", notes); err != nil {
		t.Fatal(err)
	}
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	return notes
}
