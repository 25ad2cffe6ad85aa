package tally

import (
	"context"
	"time"

	"github.com/patchstream/patchstream/worker/streams"
)

// reading is one pass through the bucket and what came after it.
type reading struct {
	ctx   context.Context
	tally *Tally

	// Under the tally's lock.
	fleet roll
	whole bool // all that was there at the beginning was read
}

// Begin implements [streams.Follower].
func (r *reading) Begin(streams.BucketState, uint64) {}

// Take implements [streams.Follower].
func (r *reading) Take(e streams.Entry) {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	r.fleet[e.Key] = hostOf(&e)
}

// Whole puts what was read into the place of what was known before.
func (r *reading) Whole() {
	t := r.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	r.whole = true
	t.fleet, t.followed, t.failing = r.fleet, true, false
}

// Keys implements [streams.Follower].
func (r *reading) Keys() uint64 {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	return uint64(len(r.fleet))
}

// Looked asks for what is counted besides. Where JetStream does not answer, the consumer outlives it.
func (r *reading) Looked(_ streams.BucketState, _ time.Time, err error) {
	t := r.tally
	if err == nil {
		err = t.ask(r.ctx)
	}
	if err != nil {
		t.lost(r.ctx, err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.whole {
		t.followed, t.failing = true, false
	}
}
