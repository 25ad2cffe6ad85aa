package query

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

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
	records *record.Store
	running sync.WaitGroup
	large   sync.Mutex // held while a large record is read
}

// job is an entry that is read.
type job struct {
	entry streams.Entry
	host  *entry // nil: there is none, or no more
	has   contents
	of    record.Listed // what it has is of this
	err   error
	after func()        // instead of an entry: what is to be done once all before it was taken in
	done  chan struct{} // closed when it is read
}

func newReading(ctx context.Context, x *Index) *reading {
	const queued = 64
	r := &reading{index: x, records: record.NewStore(x.js, nil, x.cfg.Timeout), table: newTable(), jobs: make(chan *job, queued), ordered: make(chan *job, queued), ctx: ctx}
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
			r.read(j)
		}
	}
}

func (r *reading) read(j *job) {
	j.read(r)
	close(j.done)
}

func (j *job) read(r *reading) {
	if j.entry.Deleted {
		return
	}
	l, err := r.listed(&j.entry)
	if err != nil {
		j.err = err
		return
	}
	j.entry.Value = nil
	if l.Report != nil {
		h := &Host{Report: l.Report, Revision: l.Revision, CommittedAt: l.CommittedAt, Heard: l.Heard}
		j.host, j.has = listedEntry(h, l.Installed)
		j.of = l
	}
}

// listed reads the report of a record and the full scan that it is of, however often it takes. Where nothing was published yet it has none.
func (r *reading) listed(e *streams.Entry) (record.Listed, error) {
	for {
		l, err := r.records.Listed(r.ctx, e.Key, e.Value, e.Seq, &r.large)
		if !errors.Is(err, record.ErrNotAsked) {
			return l, err
		}
		r.index.failed(r.ctx, err)
		select {
		case <-r.ctx.Done():
			return l, r.ctx.Err()
		case <-time.After(r.index.cfg.CheckEvery):
		}
	}
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
		j.of.Release()
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
	r.table.arrange() // nobody else knows it yet
	x.mu.Lock()
	defer x.mu.Unlock()
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
		r.index.failed(r.ctx, err)
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
