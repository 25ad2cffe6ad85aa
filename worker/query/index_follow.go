package query

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

// onTheWay is how many bytes of records may be on their way to an index.
const onTheWay = 16 << 20

// Run follows the fleet until the context ends. It outlives every failure; what was last known stays, and answers say how old
// they are.
func (x *Index) Run(ctx context.Context) {
	var parts sync.WaitGroup
	parts.Go(func() { x.again(ctx, x.followBaselines) })
	parts.Go(func() { x.again(ctx, x.followHosts) })
	parts.Go(func() { x.keepSettled(ctx) })
	parts.Wait()
}

// again calls follow until the context ends.
func (x *Index) again(ctx context.Context, follow func(context.Context) error) {
	for ctx.Err() == nil {
		if err := follow(ctx); err != nil && ctx.Err() == nil {
			x.failed(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(x.cfg.CheckEvery):
		}
	}
}

// failed notes why the fleet is not followed, and logs it once. Where the connection is lost somebody else does.
func (x *Index) failed(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	first := x.state.failed == nil
	x.state.failed = err
	if first && x.cfg.Conn.IsConnected() && !errors.Is(err, streams.ErrAnew) && !errors.Is(err, streams.ErrTakenOut) {
		x.cfg.Log.Warn().Err(err).Msg("the index of the fleet is not followed for now; trying again")
	}
}

func (x *Index) followHosts(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	r := newReading(ctx, x)
	defer func() { cancel(); r.running.Wait() }()
	return streams.Follow{
		Bucket: messages.BucketHosts, Bytes: onTheWay, CheckEvery: x.cfg.CheckEvery, Timeout: x.cfg.Timeout,
	}.Run(ctx, x.js, r)
}

// reading is one pass through the bucket and what came after it. Records are read by several at a time and taken in one after the
// other, in their order.
type reading struct {
	index *Index
	table *table // the index's own, once it is whole
	whole bool
	keys  atomic.Uint64

	state   streams.BucketState
	began   time.Time
	left    uint64    // of what was there when it began
	seq     uint64    // of the newest entry
	jobs    chan *job // for the readers
	ordered chan *job // the same, for who takes them in
	ctx     context.Context
	running sync.WaitGroup
}

// job is an entry that is read.
type job struct {
	entry streams.Entry
	host  *entry // nil: there is none, or no more
	has   []installation
	err   error
	after func()        // instead of an entry: what is to be done once all before it was taken in
	done  chan struct{} // closed when it is read
}

func newReading(ctx context.Context, x *Index) *reading {
	const queued = 64
	r := &reading{index: x, table: newTable(), jobs: make(chan *job, queued), ordered: make(chan *job, queued), ctx: ctx}
	for range x.cfg.Readers {
		r.running.Go(r.readAll)
	}
	r.running.Go(r.takeAll)
	return r
}

// Begin implements [streams.Follower].
func (r *reading) Begin(state streams.BucketState, todo uint64) {
	r.state, r.left, r.began = state, todo, time.Now()
	x := r.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.state.whole {
		x.state.todo, x.state.total = todo, todo
	}
}

// Take implements [streams.Follower].
func (r *reading) Take(e streams.Entry) { r.put(&job{entry: e, done: make(chan struct{})}) }

// Whole implements [streams.Follower].
func (r *reading) Whole() {
	done := make(chan struct{})
	close(done)
	r.put(&job{after: r.replace, done: done})
}

// put waits until there is a place in both queues.
func (r *reading) put(j *job) {
	select {
	case r.ordered <- j:
	case <-r.ctx.Done():
		return
	}
	if j.after != nil {
		return
	}
	select {
	case r.jobs <- j:
	case <-r.ctx.Done():
	}
}

func (r *reading) readAll() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case j := <-r.jobs:
			j.read()
			close(j.done)
		}
	}
}

func (j *job) read() {
	if j.entry.Deleted {
		return
	}
	h, err := readHost(j.entry.Value)
	if err != nil {
		j.err = err
		return
	}
	j.entry.Value = nil
	if h != nil {
		j.host, j.has = entryOf(h)
	}
}

// readHost decodes the report of a record; nil where nothing was published yet.
func readHost(value []byte) (*Host, error) {
	stored, err := record.DecodeReport(value)
	if stored.Report == nil || err != nil {
		return nil, err
	}
	return &Host{Report: stored.Report, Revision: stored.Revision, CommittedAt: stored.CommittedAt, Heard: stored.Heard}, nil
}

func (r *reading) takeAll() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case j := <-r.ordered:
			select {
			case <-r.ctx.Done():
				return
			case <-j.done:
			}
			if j.after != nil {
				j.after()
				continue
			}
			r.take(j)
		}
	}
}

// take puts a host into the table, or out of it.
func (r *reading) take(j *job) {
	x := r.index
	if j.err != nil {
		x.cfg.Log.Error().Err(j.err).Str("host", j.entry.Key).Msg("a host's record cannot be read")
		j.host = unreadable(j.entry.Key)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if j.host == nil {
		r.table.remove(j.entry.Key)
	} else {
		r.table.put(j.host, j.has)
	}
	r.keys.Store(uint64(len(r.table.numbers)))
	r.seq = max(r.seq, j.entry.Seq)
	if !r.whole {
		if r.left > 0 {
			r.left--
		}
		if !x.state.whole {
			x.state.todo = r.left
		}
		return
	}
	x.state.seq = r.seq
	x.wake()
}

// wake tells those who wait that something was written. The caller holds the lock.
func (x *Index) wake() {
	close(x.written)
	x.written = make(chan struct{})
}

// unreadable is a host of which nothing is known but its name: it is not called compliant.
func unreadable(name string) *entry {
	e, _ := entryOf(&Host{Report: &classify.Report{Host: name, Status: messages.Unknown}})
	return e
}

// replace puts what was read into the place of what was known before.
func (r *reading) replace() {
	x := r.index
	x.mu.Lock()
	defer x.mu.Unlock()
	r.table.have.shrink()
	r.whole = true
	x.table, x.created = r.table, r.state.Created
	x.table.decide(x.library)
	x.state = following{whole: true, seq: max(r.state.LastSeq, r.seq), confirmedAt: r.began, total: x.state.total}
	x.wake()
}

// Keys implements [streams.Follower]. Deleted keys leave a mark that the bucket counts.
func (r *reading) Keys() uint64 { return r.keys.Load() }

// Looked implements [streams.Follower].
func (r *reading) Looked(state streams.BucketState, asked time.Time, err error) {
	if err != nil {
		r.index.failed(err)
		return
	}
	x := r.index
	x.mu.Lock()
	defer x.mu.Unlock()
	x.state.failed = nil
	if r.whole && x.state.seq >= state.LastSeq {
		x.state.confirmedAt = asked
	}
}

// followBaselines keeps the library until it is lost.
func (x *Index) followBaselines(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- x.view.Run(ctx) }()
	for {
		s, changed := x.view.Latest()
		if s != nil {
			x.mu.Lock()
			x.library, x.librarySeq, x.libraryRead = s.Library, s.Seq, true
			x.table.decide(s.Library)
			x.table.doubt()
			x.wake()
			x.mu.Unlock()
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// settle makes reports again that are true no more, as an override has expired or two machines share a name no longer: workers do
// so too, a moment later. What cannot be read now stays as it is, and is not called compliant.
func (x *Index) settle(ctx context.Context, now time.Time) {
	x.settling.Lock() // whoever comes later waits for what is under way
	defer x.settling.Unlock()
	x.mu.Lock()
	overdue, library, table := x.table.overdue(now), x.library, x.table
	x.mu.Unlock()
	if len(overdue) == 0 {
		return
	}
	err := x.settleAll(ctx, table, library, overdue, now)
	if err != nil && x.cfg.Conn.IsConnected() && ctx.Err() == nil {
		x.cfg.Log.Warn().Err(err).Msg("reports that time has changed could not be made again; trying again")
	}
}

func (x *Index) settleAll(ctx context.Context, t *table, l *classify.Library, overdue []again, now time.Time) error {
	var kv jetstream.KeyValue
	err := nats.ErrDisconnected
	if x.cfg.Conn.IsConnected() {
		ctx, cancel := context.WithTimeout(ctx, x.cfg.Timeout)
		defer cancel()
		kv, err = x.js.KeyValue(ctx, messages.BucketHosts)
	}
	for i, a := range overdue {
		if err == nil {
			err = x.settleHost(ctx, &Fleet{kv, l, now}, t, a)
		}
		if err != nil {
			x.mu.Lock()
			t.owe(overdue[i:])
			x.mu.Unlock()
			return err
		}
	}
	return nil
}

func (x *Index) settleHost(ctx context.Context, f *Fleet, t *table, a again) error {
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Timeout)
	defer cancel()
	h, err := f.Host(ctx, a.name)
	if errors.Is(err, ErrUnknownHost) { // deleted a moment ago
		return nil
	}
	if err != nil {
		return fmt.Errorf("settle %s: %w", a.name, err)
	}
	e, has := entryOf(h)
	x.mu.Lock()
	defer x.mu.Unlock()
	if t.get(a.name) == a.entry { // else a newer record came meanwhile
		t.put(e, has)
		t.settled[e.name] = e
		if x.library != f.library { // it changed meanwhile
			t.doubt()
		}
	}
	return nil
}

// keepSettled settles hosts as they fall due, so that no question has to.
func (x *Index) keepSettled(ctx context.Context) {
	tick := time.NewTicker(x.cfg.CheckEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			x.settle(ctx, x.cfg.Now())
		}
	}
}
