package tally

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// reading is one pass through the bucket and what came after it.
type reading struct {
	tally  *Tally
	bucket *streams.Bucket

	// Under the tally's lock.
	fleet roll
	whole bool // all that was there at the beginning was read

	todo uint64 // messages that were there at the beginning, and did not come yet
}

// begin has the newest record of each host delivered, and then each that is written.
func (r *reading) begin(ctx context.Context) (jetstream.ConsumeContext, error) {
	ctx, cancel := context.WithTimeout(ctx, r.tally.cfg.Timeout)
	defer cancel()
	consumer, err := r.tally.js.OrderedConsumer(ctx, messages.BucketStream(messages.BucketHosts), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{messages.KeySubject(messages.BucketHosts, messages.AllHosts)}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, HeadersOnly: true,
	})
	if err != nil {
		return nil, fmt.Errorf("follow the hosts: %w", err)
	}
	if r.todo = consumer.CachedInfo().NumPending; r.todo == 0 {
		r.replace()
	}
	// It mends itself; what it does not mend is found by check.
	quiet := jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {})
	running, err := consumer.Consume(r.take, jetstream.PullMaxMessages(pullMessages), quiet)
	if err != nil {
		return nil, fmt.Errorf("follow the hosts: %w", err)
	}
	return running, nil
}

// take is called for one message after the other.
func (r *reading) take(msg jetstream.Msg) {
	name, h := hostOf(msg)
	meta, err := msg.Metadata()
	r.put(name, h)
	if r.todo == 0 {
		return
	}
	if r.todo--; err == nil && meta.NumPending == 0 {
		r.todo = 0
	}
	if r.todo == 0 {
		r.replace()
	}
}

func (r *reading) put(name string, h host) {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	r.fleet[name] = h
}

// replace puts what was read into the place of what was known before.
func (r *reading) replace() {
	t := r.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	r.whole = true
	t.fleet, t.followed, t.failing = r.fleet, true, false
}

// errTakenOut says that hosts were taken out of the bucket without a mark.
var errTakenOut = errors.New("hosts were taken out of the bucket PATCH_HOSTS")

// isAnother reports whether err says that the hosts are others than those that were read.
func isAnother(err error) bool { return errors.Is(err, streams.ErrAnew) || errors.Is(err, errTakenOut) }

// check asks whether the bucket is still there and has all that was read of it: a consumer does not notice when
// it is not so.
func (r *reading) check(ctx context.Context) error {
	t := r.tally
	t.mu.Lock()
	read := uint64(len(r.fleet)) // before it is asked: what comes meanwhile is no sign
	t.mu.Unlock()
	now, err := t.ask(ctx, r.bucket)
	if err != nil {
		return err
	}
	if now.Keys < read {
		return errTakenOut
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.whole {
		t.followed, t.failing = true, false
	}
	return nil
}
