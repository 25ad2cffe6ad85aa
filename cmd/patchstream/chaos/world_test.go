package chaos

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// plan is what follows from the flags.
type plan struct {
	seed  uint64
	lasts time.Duration
	hosts int
	rate  int // events a second
	began time.Time

	starts time.Time // about when the first event goes out; the times of events are reckoned from began
}

// Both are made short, so that a stopped worker outlasts them.
const (
	ackWait = 2 * time.Second
	window  = time.Second
)

const (
	workers = 3
	lanes   = 4 // of publishers
)

// world is a server or more, their workers, and what stands between them.
type world struct {
	report  *report
	starter *starter
	servers []*target
	workers []*target
	proxies []*proxy              // before the first worker and the first publisher; none before a cluster
	lanes   []jetstream.JetStream // of the publishers
	url     string                // of all servers
	nc      *nats.Conn            // the test's own
	js      jetstream.JetStream
}

// newWorld starts everything, with the streams made before the workers look for them. It ends with the test.
func newWorld(t *testing.T, store string) *world {
	t.Helper()
	w := served(t, store)
	for range 2 {
		p, err := newProxy(lifetime(t), strings.TrimPrefix(w.url, "nats://"))
		if err != nil {
			t.Fatal(err)
		}
		w.proxies = append(w.proxies, p)
	}
	w.publishers(t, w.proxies[1].url())
	w.staff(t, w.proxies[0].url())
	return w
}

// served is a world of one server, with the streams, in which nobody works yet.
func served(t *testing.T, store string) *world {
	t.Helper()
	w := oneServer(t, func(address string) *exec.Cmd {
		return program("serve", "--no-worker", "--listen", address, "--http", "127.0.0.1:0", "--store", store)
	})
	w.prepare(t)
	return w
}

// oneServer is a world of a program that serves NATS at an address.
func oneServer(t *testing.T, command func(address string) *exec.Cmd) *world {
	t.Helper()
	w := emptyWorld(t)
	address := workertest.FreeAddress(t)
	server := w.target(t, "server", func() *exec.Cmd { return command(address) })
	w.servers = append(w.servers, server)
	w.up(t, server)
	w.connect(t, "nats://"+address)
	return w
}

// connect makes the test's own connection.
func (w *world) connect(t *testing.T, url string) {
	t.Helper()
	w.url, w.nc = url, connect(t, url)
	w.js = jetStream(t, w.nc)
}

// emptyWorld is a world without a server.
func emptyWorld(t *testing.T) *world {
	return &world{report: &report{done: make(map[string]int)}, starter: newStarter(lifetime(t))}
}

// lifetime is a context that ends with the cleanup of what was made under it.
func lifetime(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	return ctx
}

// publishers connects the publishers, the first one by a way of its own.
func (w *world) publishers(t *testing.T, first string) {
	t.Helper()
	for i := range lanes {
		url := w.url
		if i == 0 {
			url = first
		}
		w.lanes = append(w.lanes, jetStream(t, connect(t, url)))
	}
}

// staff starts the workers, the first one by a way of its own.
func (w *world) staff(t *testing.T, first string) {
	t.Helper()
	for i := range workers {
		url := w.url
		if i == 0 {
			url = first
		}
		worker := w.target(t, fmt.Sprintf("worker-%d", i), func() *exec.Cmd {
			return program("worker", "--server", url, "--http", "127.0.0.1:0")
		})
		w.workers = append(w.workers, worker)
		w.up(t, worker)
	}
}

func (w *world) target(t *testing.T, name string, command func() *exec.Cmd) *target {
	t.Helper()
	l, err := newLog(name, *logsDir)
	if err != nil {
		t.Fatal(err)
	}
	return &target{log: l, starter: w.starter, command: command, report: w.report}
}

func (w *world) up(t *testing.T, p *target) {
	t.Helper()
	if !p.start() {
		t.Fatal(w.report.wrongs)
	}
	t.Cleanup(p.abandon)
	if err := p.awaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// prepare makes the streams as a worker would, but with short times.
func (w *world) prepare(t *testing.T) {
	t.Helper()
	for late := time.Now().Add(patience); ; {
		_, err := streams.Ensure(t.Context(), w.js, streams.Config{AckWait: ackWait})
		if err == nil {
			break
		}
		if !streams.Unavailable(err) || time.Now().After(late) || !wait(t.Context(), 100*time.Millisecond) {
			t.Fatal(err)
		}
	}
	for _, name := range []string{messages.StreamEvents, messages.StreamChanges} {
		w.change(t, name, func(c *jetstream.StreamConfig) { c.Duplicates = window })
	}
}

// change changes a stream's configuration. A cluster may have a leader to elect, so it tries for a while.
func (w *world) change(t *testing.T, name string, to func(*jetstream.StreamConfig)) {
	t.Helper()
	patient, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := w.changed(t.Context(), name, to)
		if err == nil {
			return
		}
		if !wait(patient, 100*time.Millisecond) {
			t.Fatal(err)
		}
	}
}

func (w *world) changed(ctx context.Context, name string, to func(*jetstream.StreamConfig)) error {
	stream, err := w.js.Stream(ctx, name)
	if err != nil {
		return err
	}
	config := stream.CachedInfo().Config
	to(&config)
	_, err = w.js.UpdateStream(ctx, config)
	return err
}

// suffer publishes a history while the faults happen, and returns when the faults are over, everything runs
// again and every send was acknowledged or ctx ended.
func (w *world) suffer(ctx context.Context, p plan, h *history, l *ledger) {
	clock := &clock{began: time.Now()}
	faulty, over := context.WithCancel(ctx)
	defer over()
	var faults sync.WaitGroup
	faults.Go(func() { w.servers[0].suffer(ctx, faulty, clock, p.faults(0, serverRegime())) })
	for i, first := range []string{kill, stop, terminate} {
		faults.Go(func() { w.workers[i].suffer(ctx, faulty, clock, p.faults(uint64(1+i), workerRegime(first))) })
	}
	for i, first := range [][]string{{cut, stall}, {cut, cut}} {
		faults.Go(func() { w.disturb(faulty, clock, w.proxies[i], p.faults(uint64(10+i), proxyRegime(first...))) })
	}
	w.publish(ctx, ctx, h, l)
	wait(ctx, clock.until(p.lasts))
	over()
	faults.Wait()
}

// publish sends a history at its times, what is left when unhurried ends at once, and returns when every send was
// acknowledged or ctx ended.
func (w *world) publish(ctx, unhurried context.Context, h *history, l *ledger) {
	clock := &clock{began: time.Now()}
	var publishers sync.WaitGroup
	for i, js := range w.lanes {
		publishers.Go(func() {
			for n := i; n < len(h.sends) && ctx.Err() == nil; n += lanes {
				wait(unhurried, clock.until(h.sends[n].at))
				l.publish(ctx, js, h.sends[n])
			}
		})
	}
	publishers.Wait()
}

// disturb does faults to a proxy.
func (w *world) disturb(ctx context.Context, clock *clock, p *proxy, faults []fault) {
	for _, f := range faults {
		if !wait(ctx, clock.until(f.at)) {
			return
		}
		w.report.count(f.what, 1)
		do, undo := p.cut, p.mend
		if f.what == stall {
			do, undo = p.stall, p.flow
		}
		do()
		wait(ctx, f.lasts)
		undo()
	}
}

// quiet waits until no event is pending, and has not been for a second. It gives up where patience has gone by and no
// fewer are left.
func (w *world) quiet(ctx context.Context) error {
	var last pending
	least := math.MaxInt
	stuck := time.NewTimer(patience)
	defer stuck.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for still := 0; still < 10; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("at the end of all patience there is still %+v", last)
		case <-stuck.C:
			return fmt.Errorf("for %s there is still %+v", patience, last)
		case <-tick.C:
		}
		found, err := w.pending(ctx)
		if err == nil && found.nothing() {
			still++
		} else {
			still = 0
		}
		if err != nil {
			continue
		}
		if last = found; found.left() < least {
			least = found.left()
			stuck.Reset(patience)
		}
	}
	return nil
}

// pending is what is left of the events.
type pending struct {
	waiting, inHand int
	acknowledged    uint64 // everything up to this sequence
	last            uint64 // sequence that was given to an event

	// kept is what is still stored, up to keptLast. The server takes an acknowledged event out of the work queue
	// after it has noted the acknowledgement; where it is killed in between, the event stays, and nobody gets it
	// any more.
	kept     int
	keptLast uint64

	due int // hosts that fell due, and schedules that will fire soon
}

func (p pending) left() int { return p.waiting + p.inHand + p.kept + p.due }

func (p pending) nothing() bool {
	return p.waiting == 0 && p.inHand == 0 && p.due == 0 && p.keptLast <= p.acknowledged
}

func (w *world) pending(ctx context.Context) (pending, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	stream, err := w.js.Stream(ctx, messages.StreamEvents)
	if err != nil {
		return pending{}, err
	}
	consumer, err := stream.Consumer(ctx, streams.ConsumerEvents)
	if err != nil {
		return pending{}, err
	}
	state, info := stream.CachedInfo().State, consumer.CachedInfo()
	found := pending{
		waiting: int(info.NumPending), inHand: info.NumAckPending, acknowledged: info.AckFloor.Stream, last: state.LastSeq, kept: int(state.Msgs),
	}
	if found.due, err = w.due(ctx); err != nil {
		return pending{}, err
	}
	if found.waiting == 0 && found.inHand == 0 {
		found.keptLast, err = lastKept(ctx, stream, state)
	}
	return found, err
}

// due returns how many hosts are queued that fell due, or will be soon.
func (w *world) due(ctx context.Context) (n int, err error) {
	stream, err := w.js.Stream(ctx, messages.StreamLater)
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return 0, err
	}
	const soon = time.Hour // overrides end during the run, or in weeks: while one is about to, nothing is at rest
	for subject, count := range info.State.Subjects {
		at, scheduled := scheduledFor(subject)
		if !scheduled || at.Before(time.Now().Add(soon)) {
			n += int(count)
		}
	}
	return n, nil
}

// scheduledFor returns when a schedule fires; false: the subject is that of a host that fell due.
func scheduledFor(subject string) (time.Time, bool) {
	rest, scheduled := strings.CutPrefix(subject, strings.TrimSuffix(messages.LaterSubjectsOfAll, ">"))
	seconds, _, _ := strings.Cut(rest, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(n, 0), scheduled && err == nil
}

// lastKept returns the sequence of the last message that is stored; 0 where there is none.
func lastKept(ctx context.Context, stream jetstream.Stream, state jetstream.StreamState) (last uint64, err error) {
	for range state.Msgs {
		m, err := stream.GetMsg(ctx, max(last+1, state.FirstSeq), jetstream.WithGetMsgSubject(">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return last, nil
		}
		if err != nil {
			return 0, err
		}
		last = m.Sequence
	}
	return last, nil
}

// end ends everything well.
func (w *world) end(ctx context.Context) {
	for _, worker := range w.workers {
		worker.count(ctx)
		worker.end(ctx)
	}
	w.nc.Close()
	for _, server := range w.servers {
		server.end(ctx)
	}
	for _, p := range append(w.workers, w.servers...) {
		for _, line := range p.log.bad {
			w.report.wrong("%s wrote: %s", p.log.name, line)
		}
	}
}

// connect returns a connection that comes back soon, whatever happens.
func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.Timeout(readyWithin), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond),
		nats.ReconnectJitter(0, 0), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func jetStream(t *testing.T, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}
