package worker

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/semaphore"

	"github.com/patchstream/patchstream/worker/pull"
	"github.com/patchstream/patchstream/worker/streams"
)

// intake takes deliveries from the consumers, takes each apart once, and puts it into the lane of its host. What waits
// in lanes is bounded in bytes; while the bound is reached it takes no more.
type intake struct {
	w     *Worker
	c     *committer
	lanes []chan *envelope
	seed  maphash.Seed

	waiting  *semaphore.Weighted // bytes that may wait in lanes
	draining atomic.Bool
	work     context.Context // of what is being handled; ends DrainTimeout after the draining began
	giveUp   context.CancelFunc

	mu     sync.Mutex
	taken  map[*envelope]struct{}
	back   []*envelope  // to be given back as soon as none would come here again
	closed bool         // none comes any more
	alone  sync.RWMutex // locked for writing while an event is handled that may be killing workers
}

const laneLength = 256

// consume takes events until ctx ends, which it answers with nil, or a consumer is lost.
func (w *Worker) consume(ctx context.Context, set *streams.Set, c *committer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	in := &intake{
		w: w, c: c, seed: maphash.MakeSeed(), work: work, giveUp: cancel, taken: make(map[*envelope]struct{}),
		waiting: semaphore.NewWeighted(max(waitingBytes, 2*w.cfg.Conn.MaxPayload())),
	}
	var lanes sync.WaitGroup
	for range w.cfg.Lanes {
		lane := make(chan *envelope, laneLength)
		in.lanes = append(in.lanes, lane)
		lanes.Go(func() { in.run(lane) })
	}
	var alive sync.WaitGroup
	alive.Go(func() { in.keepAlive(work, shortestAckWait(set)/3) })
	err := in.pullBoth(ctx, set)
	for _, lane := range in.lanes {
		close(lane)
	}
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
	in.w.health.seen(in.w.cfg.Now())
	in.w.once.Do(func() { close(in.w.started) })
}

// drain has everything given back that waits in lanes, and gives up what is being handled after DrainTimeout.
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

// take is called for one delivery after the other of each consumer. It blocks while the lanes are full.
func (in *intake) take(msg *pull.Msg) {
	e := newEnvelope(msg)
	in.mu.Lock()
	in.taken[e] = struct{}{}
	in.mu.Unlock()
	if in.draining.Load() || in.waiting.Acquire(in.work, e.waitingBytes) != nil {
		in.giveBack(e)
		return
	}
	lane := maphash.String(in.seed, e.host) % uint64(len(in.lanes))
	in.lanes[lane] <- e
}

func (in *intake) run(lane <-chan *envelope) {
	for e := range lane {
		if in.draining.Load() {
			in.giveBack(e)
		} else {
			in.handle(e)
			in.release(e)
		}
		in.waiting.Release(e.waitingBytes)
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
