package worker_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// longWait makes the consumers with a wait that no test outlasts: what comes again was given back.
func longWait(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	workertest.Streams(t, js, time.Hour)
}

func (r *running) endsWell(t *testing.T) {
	t.Helper()
	r.end(t)
	if r.err != nil {
		t.Errorf("Run: %v", r.err)
	}
}

func TestAWorkerThatStopsEndsWhatItHandlesAndGivesTheRestBackAtOnce(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	longWait(t, js)
	g := newGate()
	st := newSteps()
	st.on(worker.StepCommitted, first(g.wait))
	stopping := start(t, s, st.config, func(c *worker.Config) { c.DrainTimeout = workertest.Deadline })
	t.Cleanup(g.release)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Wait(t, "the first event", g.arrived)
	// These wait behind it, as many as its host may have waiting.
	workertest.Publish(t, js, events[1:]...)
	for n := range 28 {
		workertest.Publish(t, js, workertest.Override("web-1", 4, "curl.amd64", messages.States()[n%8]))
	}
	consumer := bound(t, js)
	workertest.Eventually(t, "the delivery of all", func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumPending == 0
	})
	stopping.stop()
	workertest.Eventually(t, "that it takes no more", func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumWaiting == 0
	})
	g.release()
	stopping.endsWell(t)
	if published := workertest.ReadChanges(t, js)["web-1"]; len(published.Revisions()) != 1 {
		t.Errorf("after the end revisions %d were published, and the event that was handled made one", published.Revisions())
	}
	if n := workertest.Queued(t, js); n != 30 {
		t.Errorf("%d events are queued: the one that was handled was to be acknowledged, the others not", n)
	}
	// Another one gets them for the second time at most: what was given back did not come to the one that was stopping. (One
	// that the server had not sent when that asked for no more comes for the first time.)
	batch, err := consumer.Fetch(30, jetstream.FetchMaxWait(workertest.Deadline))
	if err != nil {
		t.Fatal(err)
	}
	for m := range batch.Messages() {
		if meta, err := m.Metadata(); err != nil || meta.NumDelivered > 2 {
			t.Errorf("delivery %d, %v", meta.NumDelivered, err)
			break
		}
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	start(t, s)
	workertest.Applied(t, js)
	workertest.CheckNumbers(t, workertest.ReadChanges(t, js)["web-1"])
}

// noRecords has a user who may do anything but write records: whoever tries gets no answer.
func noRecords(o *server.Options) {
	o.Users = []*server.User{
		{Username: "admin", Password: "a"},
		{Username: "worker", Password: "w", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: []string{"$KV.PATCH_HOSTS.>"}}}},
	}
}

func TestAnEventThatCannotEndIsGivenBackAtOnce(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, noRecords)
	js, err := jetstream.New(workertest.Connect(t, s, nats.UserInfo("admin", "a")))
	if err != nil {
		t.Fatal(err)
	}
	longWait(t, js)
	st := newSteps()
	stuck := make(chan struct{})
	st.on(worker.StepCommit, first(func(string) { close(stuck) }))
	stopping := launchOn(t, workertest.Connect(t, s, nats.UserInfo("worker", "w")), st.config, func(c *worker.Config) {
		c.Timeout, c.DrainTimeout = workertest.Deadline, 100*time.Millisecond
	})
	workertest.Wait(t, "that it consumes", stopping.Started())
	events := story("web-1")
	workertest.Publish(t, js, events...)
	workertest.Wait(t, "the commit", stuck)
	stopping.endsWell(t)
	able := launchOn(t, workertest.Connect(t, s, nats.UserInfo("admin", "a")))
	workertest.Wait(t, "that it consumes", able.Started())
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

func TestAWorkerThatStopsWhileTheServerIsGoneStops(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	w := start(t, s)
	workertest.Stop(s)
	w.endsWell(t)
}

func TestAWorkerWhoseConnectionIsClosedSaysSo(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	w := start(t, s)
	w.nc.Close()
	workertest.Wait(t, "the end of Run", w.done)
	if w.err == nil {
		t.Error("Run returned nil")
	}
}

func TestAWorkerThatLosesItsConsumerMakesItAnew(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	if err := js.DeleteConsumer(t.Context(), messages.StreamEvents, streams.ConsumerEvents); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, js, events[1:]...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}
