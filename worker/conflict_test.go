package worker_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// gate stops workers at a step until it is opened for them.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
	once    sync.Once
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 100), open: make(chan struct{})} }

func (g *gate) wait(string) {
	g.arrived <- struct{}{}
	<-g.open
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }

// first lets only the first arrival wait.
func first(wait func(string)) func(string) {
	var once sync.Once
	return func(host string) { once.Do(func() { wait(host) }) }
}

// racer is a worker that stops before its first commit, and after it.
type racer struct {
	*running
	commit, committed *gate
}

func startRacer(t *testing.T, s *server.Server) *racer {
	t.Helper()
	r := &racer{commit: newGate(), committed: newGate()}
	st := newSteps()
	st.on(worker.StepCommit, first(r.commit.wait))
	st.on(worker.StepCommitted, first(r.committed.wait))
	r.running = start(t, s, st.config)
	t.Cleanup(func() { r.commit.release(); r.committed.release() })
	return r
}

// race brings two workers to the point where each is about to commit the first record of a host. It returns them
// in the order in which they came there, and the events that were published.
func race(t *testing.T, s *server.Server, js jetstream.JetStream) (winner, loser *racer, events []messages.Event) {
	t.Helper()
	a, b := startRacer(t, s), startRacer(t, s)
	send := func() {
		n := len(events) + 1
		e := workertest.Scan("web-1", n, workertest.Package("openssl", "1", fmt.Sprint(n+1)))
		events = append(events, e)
		workertest.Publish(t, js, e)
	}
	send()
	select {
	case <-a.commit.arrived:
		winner, loser = a, b
	case <-b.commit.arrived:
		winner, loser = b, a
	}
	for {
		send()
		select {
		case <-loser.commit.arrived:
			return winner, loser, events
		case <-time.After(50 * time.Millisecond): // the winner has this one too, behind the first
		}
	}
}

// causes returns the ids of the events that made the revisions of a host.
func causes(published *workertest.Published) []string {
	var ids []string
	for _, c := range published.Changed {
		ids = append(ids, c.Cause.ID)
	}
	return ids
}

func TestTheLoserOfAConflictPublishesTheWinnersChangeBeforeItsOwn(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	winner, loser, events := race(t, s, js)
	winner.commit.release()
	workertest.Wait(t, "the commit of the winner", winner.committed.arrived)
	loser.committed.release()
	loser.commit.release()
	workertest.Eventually(t, "the change of the loser", func() bool {
		published := workertest.ReadChanges(t, js)["web-1"]
		return len(published.Revisions()) >= 2
	})
	if got := causes(workertest.ReadChanges(t, js)["web-1"]); got[0] != events[0].EventID() {
		t.Errorf("the revisions rest on %q, and the winner had %s", got, events[0].EventID())
	}
	// The winner has slept through all that. Its copy of the record is stale, and it publishes nothing twice.
	winner.committed.release()
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

func TestTheWinnersChangeIsPublishedWhenItDiesAfterItsCommit(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	winner, loser, events := race(t, s, js)
	winner.commit.release()
	workertest.Wait(t, "the commit of the winner", winner.committed.arrived)
	winner.nc.Close()
	loser.committed.release()
	loser.commit.release()
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if got := causes(published)[0]; got != events[0].EventID() {
		t.Errorf("the first revision rests on %s", got)
	}
}

func TestARecordThatWasWrittenThoughTheAnswerWasLostIsPublished(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	metrics := prometheus.NewRegistry()
	st := newSteps()
	w := start(t, s, st.config, func(c *worker.Config) { c.Metrics, c.Timeout = metrics, 3*time.Second })
	st.on(worker.StepRecord, first(func(string) { w.link.Hold() }))
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Eventually(t, "the record", func() bool { return workertest.Stored(t, js, "web-1") != nil })
	workertest.Eventually(t, "the time-out", func() bool { return counter(t, metrics, "patchstream_events_total", "result", "again") > 0 })
	w.link.Release()
	workertest.Publish(t, js, events[1:]...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

func TestAChangeThatWasPublishedThoughTheAnswerWasLostIsPublishedOnce(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]worker.Step{"changed": worker.StepFlush, "status": worker.StepStatus} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			prepare(t, js)
			metrics := prometheus.NewRegistry()
			st := newSteps()
			w := start(t, s, st.config, func(c *worker.Config) { c.Metrics, c.Timeout = metrics, 3*time.Second })
			st.on(step, first(func(string) { w.link.Hold() }))
			events := story("web-1")
			workertest.Publish(t, js, events[0])
			workertest.Eventually(t, "the time-out", func() bool { return counter(t, metrics, "patchstream_events_total", "result", "again") > 0 })
			w.link.Release()
			workertest.Publish(t, js, events[1:]...)
			workertest.Applied(t, js)
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
		})
	}
}
