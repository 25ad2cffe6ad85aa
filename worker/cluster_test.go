package worker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestAWorkerThatStartsBeforeItsClusterWaitsForIt(t *testing.T) {
	t.Parallel()
	members := workertest.Members(t, 3)
	one := workertest.Join(t, members[0])[0]
	r := launchOn(t, workertest.Connect(t, one), func(c *worker.Config) { c.Timeout = 10 * time.Second })
	servers := append(workertest.Join(t, members[1:]...), one)
	select {
	case <-r.Started():
	case <-r.done:
		t.Fatalf("the worker ended: %v", r.err)
	}
	workertest.Led(t, 3, servers...)
	js := workertest.JetStream(t, one)
	scan := workertest.Scan("web-1", 1, workertest.Package("curl", "1.0-1", "1.1-1"))
	workertest.Publish(t, js, scan)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, workertest.At(2), scan)
	checkReplicas(t, js, 3)
}

// checkReplicas checks what every stream of the contract has.
func checkReplicas(t *testing.T, js jetstream.JetStream, want int) {
	t.Helper()
	list, n := js.ListStreams(t.Context()), 0
	for s := range list.Info() {
		n++
		if s.Config.Replicas != want {
			t.Errorf("%s has %d replicas, want %d", s.Config.Name, s.Config.Replicas, want)
		}
	}
	if list.Err() != nil || n != 10 {
		t.Errorf("%d streams: %v", n, list.Err())
	}
}

func TestAWorkerTakesOneReplicaOfAClusterThatStaysSmall(t *testing.T) {
	t.Parallel()
	servers := workertest.Join(t, workertest.Members(t, 2)...)
	workertest.Led(t, 2, servers...)
	log := new(lines)
	r := launchOn(t, workertest.Connect(t, servers[0]), log.config)
	select {
	case <-r.Started():
	case <-r.done:
		t.Fatalf("the worker ended: %v", r.err)
	}
	checkReplicas(t, workertest.JetStream(t, servers[0]), 1)
	first := log.read(t)[0]
	if text, _ := first["error"].(string); !strings.Contains(text, "fewer than the three servers") {
		t.Errorf("the first line of the log: %v", first)
	}
}

func TestAnEventWaitsForTheLeaderOfItsStream(t *testing.T) {
	t.Parallel()
	members := workertest.Members(t, 3)
	servers := workertest.Join(t, members...)
	workertest.Led(t, 3, servers...)
	js := workertest.JetStream(t, servers[0])
	prepare(t, js)
	for _, s := range servers[1:] {
		workertest.Stop(s)
	}
	workertest.Eventually(t, "nobody who takes events", func() bool {
		_, err := js.Publish(t.Context(), messages.KindRecheck.Subject("nobody"), nil)
		return errors.Is(err, jetstream.ErrNoStreamResponse)
	})
	p, err := publisher.New(js, publisher.Config{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	published := make(chan error, 1)
	go func() {
		published <- p.Scan(t.Context(), workertest.Scan("web-1", 1, workertest.Package("curl", "1.0-1")))
	}()
	workertest.Join(t, members[1:]...)
	if err := workertest.Wait(t, "the acknowledgement", published); err != nil {
		t.Errorf("Scan: %v", err)
	}
}
