package worker_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestSubscribersThatDoNotReadCostNothing(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	// One that is absent, and one that acknowledges nothing of what it has taken.
	for _, name := range []string{"absent", "silent"} {
		c, err := js.CreateConsumer(t.Context(), messages.StreamChanges, jetstream.ConsumerConfig{
			Durable: name, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		if name == "silent" {
			running, err := c.Consume(func(jetstream.Msg) {})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(running.Stop)
		}
	}
	// One that does not even take from its connection.
	link := workertest.NewLink(s)
	t.Cleanup(link.Release)
	nc := workertest.Connect(t, s, nats.InProcessServer(link))
	if _, err := nc.SubscribeSync("patch.>"); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	link.Hold()
	w := start(t, s)
	events := story("web-1")
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, workertest.At(60), events...)
	silent, err := js.Consumer(t.Context(), messages.StreamChanges, "silent")
	if err != nil {
		t.Fatal(err)
	}
	if info := silent.CachedInfo(); info.NumPending == 0 || info.AckFloor.Stream != 0 {
		t.Errorf("it was not slow: %d pending, %d acknowledged", info.NumPending, info.AckFloor.Stream)
	}
	w.end(t)
}

func TestAConnectionThatStandsStillIsNotReady(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	link := workertest.NewLink(s)
	t.Cleanup(link.Release)
	clock := new(ahead)
	w := launchOn(t, workertest.Connect(t, s, nats.InProcessServer(link)), func(c *worker.Config) { c.Now = clock.now })
	workertest.Wait(t, "that it consumes", w.Started())
	link.Hold() // nothing is closed, and nobody hears of it
	workertest.Eventually(t, "that it is not ready", func() bool {
		clock.move(31 * time.Second) // again where the last answer was noted after it
		return w.Ready() != nil
	})
	link.Release()
	workertest.Eventually(t, "readiness after the connection flows again", func() bool { return w.Ready() == nil })
}
