package streams

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// ErrAnew says that a bucket was made anew since it was last looked at. A watch or a consumer does not notice, and
// what was read of the old one is of no use: revisions of the new one begin at 1 again.
var ErrAnew = errors.New("the bucket was made anew")

// Bucket is a bucket that somebody follows, and must notice when it is made anew. It is not safe for concurrent use.
type Bucket struct {
	js      jetstream.JetStream
	name    string
	created time.Time // as of the last look
}

// BucketState is what JetStream says of a bucket at one time.
type BucketState struct {
	Created time.Time
	LastSeq uint64 // revision of the newest entry that was ever written
	Keys    uint64 // deleted ones included of which only a mark is left
}

// NewBucket returns the bucket of that name. It does no I/O.
func NewBucket(js jetstream.JetStream, name string) *Bucket { return &Bucket{js: js, name: name} }

// Look asks JetStream for the bucket. [ErrAnew]: it is another one than at the last look; the state beside the error is
// that of the new one, and the next look compares with that.
func (b *Bucket) Look(ctx context.Context) (BucketState, error) {
	stream, err := b.js.Stream(ctx, messages.BucketStream(b.name))
	if err != nil {
		return BucketState{}, fmt.Errorf("bucket %s: %w", b.name, err)
	}
	info := stream.CachedInfo()
	before := b.created
	b.created = info.Created
	state := BucketState{Created: info.Created, LastSeq: info.State.LastSeq, Keys: info.State.NumSubjects}
	if !before.IsZero() && !before.Equal(info.Created) {
		return state, fmt.Errorf("%s: %w", b.name, ErrAnew)
	}
	return state, nil
}

// ReadBucket calls visit for every entry that a bucket has when it is called, and for none that is deleted, in the order
// in which they were written. It stops at the first error of visit and returns it.
func ReadBucket(ctx context.Context, kv jetstream.KeyValue, visit func(jetstream.KeyValueEntry) error) error {
	watch, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("read the bucket %s: %w", kv.Bucket(), err)
	}
	defer watch.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("read the bucket %s: %w", kv.Bucket(), ctx.Err())
		case entry, open := <-watch.Updates():
			if !open {
				return fmt.Errorf("read the bucket %s: the connection was lost", kv.Bucket())
			}
			if entry == nil { // all that was there
				return nil
			}
			if err := visit(entry); err != nil {
				return err
			}
		}
	}
}

// ForgottenAfter is how long the server keeps a consumer of what is read once, after its reader is done. By default it would be five
// minutes, in which whoever asks a thousand times has used up the consumers that a stream may have.
const ForgottenAfter = 10 * time.Second

// headersOnTheWay is how many of them may be.
const headersOnTheWay = 2000

// ReadHeaders is ReadBucket without the values.
func ReadHeaders(ctx context.Context, js jetstream.JetStream, bucket string, visit func(Entry) error) error {
	consumer, err := js.OrderedConsumer(ctx, messages.BucketStream(bucket), jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, HeadersOnly: true, MaxResetAttempts: 1, InactiveThreshold: ForgottenAfter,
	})
	if err != nil {
		return fmt.Errorf("read the bucket %s: %w", bucket, err)
	}
	todo := consumer.CachedInfo().NumPending
	if todo == 0 {
		return nil
	}
	entries, err := consumer.Messages(jetstream.PullMaxMessages(headersOnTheWay))
	if err != nil {
		return fmt.Errorf("read the bucket %s: %w", bucket, err)
	}
	defer entries.Stop()
	for ; todo > 0; todo-- {
		msg, err := entries.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read the bucket %s: %w", bucket, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read the bucket %s: %w", bucket, err)
		}
		if e := entryOfMsg(msg, meta, messages.KeySubject(bucket, "")); !e.Deleted {
			if err := visit(e); err != nil {
				return err
			}
		}
		if meta.NumPending == 0 {
			return nil
		}
	}
	return nil
}
