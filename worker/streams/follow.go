package streams

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// ErrTakenOut says that keys are gone from a bucket without a mark, as by a purge of its stream.
var ErrTakenOut = errors.New("keys were taken out of the bucket")

// Entry is the value of a key as it was written, or that it was deleted.
type Entry struct {
	Key     string
	Value   []byte
	Header  nats.Header
	Seq     uint64 // revision
	Time    time.Time
	Deleted bool
}

// Follower is given a bucket: first the newest entry of each key, then each that is written, in the order of their revisions.
// Its methods are called one at a time, but for Looked.
type Follower interface {
	// Begin comes first. As many entries as it says are there already.
	Begin(BucketState, uint64)
	Take(Entry)
	// Whole comes once all was taken that was there at the beginning.
	Whole()
	// Looked says how the bucket was when JetStream was last asked, or why it did not answer. It may be called while another
	// method is.
	Looked(state BucketState, asked time.Time, err error)
	// Keys is how many keys were taken. It may be called while another method is.
	Keys() uint64
}

// Follow is how a bucket is followed.
type Follow struct {
	Bucket      string
	HeadersOnly bool          // without values
	Messages    int           // at most so many on their way
	Bytes       int           // or, where it is not 0, as many bytes
	CheckEvery  time.Duration // how soon it is noticed that the bucket is another one
	Timeout     time.Duration // of a request
}

// Run has the bucket followed until the context ends, the consumer is lost, or it is another bucket: [ErrAnew], [ErrTakenOut].
// The caller runs it again, from the beginning. It outlives a server that is away.
func (f Follow) Run(ctx context.Context, js jetstream.JetStream, to Follower) error {
	if r := ReaderOf(js); r != nil {
		return f.poll(ctx, r, to)
	}
	bucket := NewBucket(js, f.Bucket)
	state, err := f.look(ctx, bucket)
	if err != nil {
		return err
	}
	running, err := f.consume(ctx, js, state, to)
	if err != nil {
		return err
	}
	ended := running.Closed() // asked for now: later it may never be closed
	defer running.Stop()
	check := time.NewTicker(f.CheckEvery)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			return fmt.Errorf("follow the bucket %s: the consumer was lost", f.Bucket)
		case <-check.C:
			if err := f.check(ctx, bucket, to); err != nil {
				return err
			}
		}
	}
}

// check asks whether the bucket is still there and has all that was taken of it: a consumer does not notice when it is not so.
func (f Follow) check(ctx context.Context, bucket *Bucket, to Follower) error {
	taken, asked := to.Keys(), time.Now() // before it is asked: what comes meanwhile is no sign
	state, err := f.look(ctx, bucket)
	if errors.Is(err, ErrAnew) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	if err == nil && state.Keys < taken {
		return fmt.Errorf("%s: %w", f.Bucket, ErrTakenOut)
	}
	to.Looked(state, asked, err)
	return nil
}

func (f Follow) look(ctx context.Context, bucket *Bucket) (BucketState, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	return bucket.Look(ctx)
}

func (f Follow) consume(ctx context.Context, js jetstream.JetStream, state BucketState, to Follower) (jetstream.ConsumeContext, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	consumer, err := js.OrderedConsumer(ctx, messages.BucketStream(f.Bucket), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{messages.KeySubject(f.Bucket, messages.AllHosts)}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, HeadersOnly: f.HeadersOnly,
	})
	if err != nil {
		return nil, fmt.Errorf("follow the bucket %s: %w", f.Bucket, err)
	}
	d := &delivery{to: to, prefix: messages.KeySubject(f.Bucket, ""), todo: consumer.CachedInfo().NumPending}
	to.Begin(state, d.todo)
	if d.todo == 0 {
		to.Whole()
	}
	opts := []jetstream.PullConsumeOpt{jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {})} // it mends itself; what it does not is found by check
	if f.Bytes > 0 {
		opts = append(opts, jetstream.PullMaxBytes(f.Bytes))
	} else {
		opts = append(opts, jetstream.PullMaxMessages(f.Messages))
	}
	running, err := consumer.Consume(d.take, opts...)
	if err != nil {
		return nil, fmt.Errorf("follow the bucket %s: %w", f.Bucket, err)
	}
	return running, nil
}

// entryOfMsg makes an entry of a message. meta is nil where it could not be told.
func entryOfMsg(msg jetstream.Msg, meta *jetstream.MsgMetadata, prefix string) Entry {
	e := Entry{Key: strings.TrimPrefix(msg.Subject(), prefix), Value: msg.Data(), Header: msg.Headers()}
	e.Deleted = e.isMark()
	if meta != nil {
		e.Seq, e.Time = meta.Sequence.Stream, meta.Timestamp
	}
	return e
}

// delivery makes entries of messages.
type delivery struct {
	to     Follower
	prefix string

	mu   sync.Mutex
	todo uint64 // entries that were there at the beginning, and did not come yet
}

func (d *delivery) take(msg jetstream.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	meta, err := msg.Metadata()
	d.to.Take(entryOfMsg(msg, meta, d.prefix))
	if d.todo == 0 {
		return
	}
	if d.todo--; err == nil && meta.NumPending == 0 {
		d.todo = 0
	}
	if d.todo == 0 {
		d.to.Whole()
	}
}
