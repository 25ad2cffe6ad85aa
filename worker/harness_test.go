package worker_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// ackWait is short, so that what a dead worker had taken comes again soon.
const ackWait = 400 * time.Millisecond

// builtin is the library of a server on which nothing is stored.
var builtin = new(classify.Library)

// running is a worker and its own connection.
type running struct {
	*worker.Worker
	nc   *nats.Conn
	link *workertest.Link
	stop context.CancelFunc
	done chan struct{} // closed when Run returned
	err  error         // of Run
}

// start runs a worker until the test ends, and waits until it consumes.
func start(t testing.TB, s *server.Server, change ...func(*worker.Config)) *running {
	t.Helper()
	r := launch(t, s, change...)
	select {
	case <-r.Started():
	case <-r.done:
		t.Fatalf("the worker ended: %v", r.err)
	}
	return r
}

// launch runs a worker until the test ends.
func launch(t testing.TB, s *server.Server, change ...func(*worker.Config)) *running {
	t.Helper()
	link := workertest.NewLink(s)
	r := launchOn(t, workertest.Connect(t, s, nats.InProcessServer(link)), change...)
	r.link = link
	t.Cleanup(link.Release)
	return r
}

// launchOn is launch on a connection.
func launchOn(t testing.TB, nc *nats.Conn, change ...func(*worker.Config)) *running {
	t.Helper()
	r := &running{nc: nc, done: make(chan struct{})}
	cfg := worker.Config{Conn: nc, Twice: alike(t), AckWait: ackWait, Timeout: 2 * time.Second, CheckEvery: 200 * time.Millisecond, DrainTimeout: 2 * time.Second}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if r.Worker, err = worker.New(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		defer close(r.done)
		r.err = r.Run(ctx)
	}()
	t.Cleanup(func() { r.end(t) })
	return r
}

// alike holds what judging what changed makes of a host to what judging everything makes of it. A benchmark has no time for
// that.
func alike(t testing.TB) func(host string, got, want *classify.Report) {
	if _, measuring := t.(*testing.B); measuring {
		return nil
	}
	return func(host string, got, want *classify.Report) {
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the report on %s (-judging everything +judging what changed):\n%s", host, diff)
		}
	}
}

// end stops the worker and waits until Run has returned.
func (r *running) end(t testing.TB) {
	t.Helper()
	r.stop()
	workertest.Wait(t, "the end of Run", r.done)
}

// steps calls a function at a step of the protocol, for a worker's Config.Step. The function is set before
// anything is published; it gets the worker's connection.
type steps struct {
	mu    sync.Mutex
	at    map[worker.Step]func(host string)
	count map[worker.Step]int
}

func newSteps() *steps {
	return &steps{at: make(map[worker.Step]func(string)), count: make(map[worker.Step]int)}
}

func (s *steps) on(step worker.Step, call func(host string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[step] = call
}

func (s *steps) hook(step worker.Step, host string) {
	s.mu.Lock()
	s.count[step]++
	call := s.at[step]
	s.mu.Unlock()
	if call != nil {
		call(host)
	}
}

// reached returns how often a step was reached.
func (s *steps) reached(step worker.Step) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[step]
}

func (s *steps) config(c *worker.Config) { c.Step = s.hook }

// mortal is a worker that dies at a step: its connection is closed, and the goroutine that handles the event
// ends there. What it had done before is done; it acknowledges nothing, gives nothing back, and says nothing more.
type mortal struct {
	*running
	died chan struct{}
}

// startMortal runs a worker that dies when it reaches a step for the nth time.
func startMortal(t testing.TB, s *server.Server, at worker.Step, nth int, change ...func(*worker.Config)) *mortal {
	t.Helper()
	m := &mortal{died: make(chan struct{})}
	var conn atomic.Pointer[nats.Conn]
	var n atomic.Int32
	step := func(step worker.Step, _ string) {
		switch {
		case step != at:
			return
		case int(n.Add(1)) == nth:
			conn.Load().Close()
			close(m.died)
			runtime.Goexit()
		}
	}
	m.running = launch(t, s, append(change, func(c *worker.Config) {
		conn.Store(c.Conn)
		c.Step = step
	})...)
	select {
	case <-m.Started():
	case <-m.died: // even before it could say so
	case <-m.done:
		select {
		case <-m.died:
		default:
			t.Fatalf("the worker ended: %v", m.err)
		}
	}
	return m
}

// wait returns when the worker is dead and nothing of it runs any more.
func (m *mortal) wait(t testing.TB) {
	t.Helper()
	workertest.Wait(t, "the death of the worker", m.died)
	m.end(t)
}

// prepare makes the streams, for tests that publish before a worker runs or change a stream first.
func prepare(t testing.TB, js jetstream.JetStream, change ...func(jetstream.StreamConfig) jetstream.StreamConfig) *streams.Set {
	t.Helper()
	set := workertest.Streams(t, js, ackWait)
	for _, c := range change {
		if _, err := js.UpdateStream(t.Context(), c(set.Changes.CachedInfo().Config)); err != nil {
			t.Fatal(err)
		}
	}
	return set
}

// ahead is a clock that a test can move.
type ahead struct{ by atomic.Int64 }

func (c *ahead) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func (c *ahead) move(d time.Duration) { c.by.Add(int64(d)) }
