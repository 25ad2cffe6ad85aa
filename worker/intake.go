package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/semaphore"

	"github.com/patchstream/patchstream/worker/pull"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/turns"
)

// intake takes deliveries from the consumers, takes each apart once, and has it wait for the turn of its host. What waits
// is bounded in bytes, of one host and of all; of a host beyond its share nothing is taken, and while the other bound is
// reached, of none.
type intake struct {
	w     *Worker
	c     *committer
	turns *turns.Turns[*envelope]

	waiting  *semaphore.Weighted // bytes that may wait
	noting   *semaphore.Weighted // of events that are given back, those of which that is being noted
	draining atomic.Bool
	work     context.Context // of what is being handled; ends DrainTimeout after the draining began
	giveUp   context.CancelFunc

	mu     sync.Mutex
	taken  map[*envelope]struct{}
	back   []*envelope  // to be given back as soon as none would come here again
	closed bool         // none comes any more
	alone  sync.RWMutex // locked for writing while an event is handled that may be killing workers
}

const maxNoting = 32

// consume takes events until ctx ends, which it answers with nil, or a consumer is lost.
func (w *Worker) consume(ctx context.Context, set *streams.Set, c *committer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	in := &intake{
		w: w, c: c, work: work, giveUp: cancel, taken: make(map[*envelope]struct{}),
		turns:   turns.New[*envelope](turns.Config{}),
		waiting: semaphore.NewWeighted(max(waitingBytes, 2*w.cfg.Conn.MaxPayload())),
		noting:  semaphore.NewWeighted(maxNoting),
	}
	w.metrics.worst.turns.Store(in.turns)
	var lanes sync.WaitGroup
	for range w.cfg.Lanes {
		lanes.Go(in.run)
	}
	var alive sync.WaitGroup
	alive.Go(func() { in.keepAlive(work, shortestAckWait(set)/3) })
	err := in.pullBoth(ctx, set)
	in.turns.Close()
	lanes.Wait()
	cancel()
	alive.Wait()
	if !w.cfg.Conn.IsConnected() {
		return err
	}
	if flushErr := w.cfg.Conn.FlushTimeout(w.cfg.Timeout); flushErr != nil && err == nil {
		w.cfg.Log.Warn().Err(flushErr).Msg("the last acknowledgements may be lost; their events come again and change nothing")
	}
	return err
}

// pullBoth takes in events and what fell due, until ctx ends, which it answers with nil, or one of the consumers gives nothing
// any more. On its return no message is handed out any more.
func (in *intake) pullBoth(ctx context.Context, set *streams.Set) error {
	pulling, stop := context.WithCancel(ctx)
	defer stop()
	consumers := []*jetstream.ConsumerInfo{set.Worker.CachedInfo(), set.Due.CachedInfo()}
	ended := make(chan error, len(consumers))
	var loops sync.WaitGroup
	var begun atomic.Int32
	for _, consumer := range consumers {
		cfg := pull.Config{
			Conn: in.w.cfg.Conn, Stream: consumer.Stream, Consumer: consumer.Name, Trouble: in.trouble(consumer.Name),
			Alive: shortestAckWait(set) / 3,
			Begun: func() {
				if int(begun.Add(1)) == len(consumers) {
					in.begun()
				}
			},
		}
		loops.Go(func() { ended <- pull.Run(pulling, cfg, in.take) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	in.drain()
	stop()
	loops.Wait()
	in.close()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// begun notes that events come.
func (in *intake) begun() {
	in.w.health.wrote(in.w.cfg.Now()) // the set-up was answered just now
	in.w.once.Do(func() { close(in.w.started) })
}

// drain has everything given back that waits, and gives up what is being handled after DrainTimeout.
func (in *intake) drain() {
	in.draining.Store(true)
	time.AfterFunc(in.w.cfg.DrainTimeout, in.giveUp)
}

func shortestAckWait(set *streams.Set) time.Duration {
	return min(set.Worker.CachedInfo().Config.AckWait, set.Due.CachedInfo().Config.AckWait)
}

func (in *intake) trouble(consumer string) func(error) {
	return func(err error) {
		in.w.cfg.Log.Warn().Err(err).Str("consumer", consumer).Msg("a failure of consuming, which goes on")
	}
}

// take is called for one delivery after the other of each consumer. It blocks while as much waits as may.
func (in *intake) take(msg *pull.Msg) {
	e := newEnvelope(msg)
	if in.w.cfg.Stored != nil {
		e.stored = in.w.cfg.Stored(e.stored)
	}
	in.w.health.took(in.w.cfg.Now())
	in.mu.Lock()
	in.taken[e] = struct{}{}
	in.mu.Unlock()
	if in.draining.Load() {
		in.giveBack(e)
		return
	}
	if after, ok := in.turns.Admit(e.host, e.waitingBytes); !ok {
		in.postpone(e, after)
		return
	}
	if in.await(e.waitingBytes) != nil {
		in.giveBack(e)
		return
	}
	in.turns.Put(e.host, turns.Item[*envelope]{Value: e, Bytes: e.waitingBytes, Size: int64(e.plainBytes), Joins: e.deliveries <= suspectAfter})
}

// hurryEvery is how often whoever rests is hurried while no more may wait.
const hurryEvery = time.Second

// await returns once so many bytes more may wait. While they may not, nobody rests that has a part in that.
func (in *intake) await(bytes int64) error {
	for !in.waiting.TryAcquire(bytes) {
		in.turns.Hurry()
		ctx, cancel := context.WithTimeout(in.work, hurryEvery)
		err := in.waiting.Acquire(ctx, bytes)
		cancel()
		if err == nil || in.work.Err() != nil {
			return err
		}
	}
	return nil
}

// run handles one host after the other.
func (in *intake) run() {
	for {
		host, items, ok := in.turns.Next()
		if !ok {
			return
		}
		in.turn(host, items)
	}
}

// turn handles some events of a host, or gives them back.
func (in *intake) turn(host string, items []turns.Item[*envelope]) {
	events, took := make([]*envelope, len(items)), turns.Took{}
	for i, item := range items {
		events[i] = item.Value
		took.Bytes += int64(payloadAndHeaderBytes(item.Value.msg))
	}
	began := time.Now()
	if in.draining.Load() {
		for _, e := range events {
			in.giveBack(e)
		}
	} else {
		took.Alone = in.handle(events)
		for _, e := range events {
			in.release(e)
		}
	}
	took.Time = time.Since(began)
	in.turns.Done(host, len(events), took)
	for _, item := range items {
		in.waiting.Release(item.Bytes)
	}
}

// giveBack lets another worker have an event at once: as soon as the server knows that this one takes no more,
// which would get it again.
func (in *intake) giveBack(e *envelope) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.back = append(in.back, e)
		return
	}
	in.nak(e)
}

// close is called when no event is handed out any more.
func (in *intake) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	for _, e := range in.back {
		in.nak(e)
	}
	in.back = nil
}

func (in *intake) nak(e *envelope) {
	delete(in.taken, e)
	if err := e.msg.Nak(); err != nil {
		in.w.cfg.Log.Debug().Err(err).Msg("giving back an event")
	}
}

func (in *intake) release(e *envelope) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.taken, e)
}

// keepAlive says to the server that what was taken is being worked on.
func (in *intake) keepAlive(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			in.mu.Lock()
			for e := range in.taken {
				_ = e.msg.InProgress() // the next tick tries again; at worst the event comes twice
			}
			in.mu.Unlock()
		}
	}
}
