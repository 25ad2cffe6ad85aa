package streams

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// Keys reads a bucket, by whatever is allowed to who reads it. It is safe for concurrent use.
type Keys struct {
	kv     jetstream.KeyValue // nil: by reader
	reader *Reader
	bucket string
}

// OpenKeys returns the bucket of that name. [jetstream.ErrBucketNotFound]: there is none.
func OpenKeys(ctx context.Context, js jetstream.JetStream, bucket string) (*Keys, error) {
	r := ReaderOf(js)
	if r == nil {
		kv, err := js.KeyValue(ctx, bucket)
		return &Keys{kv: kv, bucket: bucket}, err
	}
	_, err := r.Last(ctx, messages.BucketStream(bucket), messages.KeySubject(bucket, ">"))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		err = jetstream.ErrBucketNotFound
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) { // it is empty
		err = nil
	}
	return &Keys{reader: r, bucket: bucket}, err
}

// Get returns the newest entry of a key. [jetstream.ErrKeyNotFound]: there is none, or it is deleted.
func (k *Keys) Get(ctx context.Context, key string) (Entry, error) {
	if k.kv != nil {
		e, err := k.kv.Get(ctx, key)
		if err != nil {
			return Entry{}, err
		}
		return entryOf(e), nil
	}
	s, err := k.reader.Last(ctx, messages.BucketStream(k.bucket), messages.KeySubject(k.bucket, key))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Entry{}, jetstream.ErrKeyNotFound
	}
	if err != nil {
		return Entry{}, err
	}
	if e := k.entry(s); !e.Deleted {
		return e, nil
	}
	return Entry{}, jetstream.ErrKeyNotFound
}

// GetRevision returns an entry of a key by its sequence. [jetstream.ErrKeyNotFound]: it is kept no longer.
func (k *Keys) GetRevision(ctx context.Context, key string, revision uint64) (Entry, error) {
	if k.kv != nil {
		e, err := k.kv.GetRevision(ctx, key, revision)
		if err != nil {
			return Entry{}, err
		}
		return entryOf(e), nil
	}
	s, err := k.reader.Next(ctx, messages.BucketStream(k.bucket), messages.KeySubject(k.bucket, key), revision-1)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && s.Seq != revision {
		return Entry{}, jetstream.ErrKeyNotFound
	}
	if err != nil {
		return Entry{}, err
	}
	return k.entry(s), nil
}

// Names returns all keys, sorted.
func (k *Keys) Names(ctx context.Context) (names []string, err error) {
	defer func() { slices.Sort(names) }()
	if k.kv == nil {
		err := k.Each(ctx, func(e Entry) error { names = append(names, e.Key); return nil })
		return names, err
	}
	keys, err := k.kv.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	for name := range keys.Keys() {
		names = append(names, name)
	}
	return names, ctx.Err()
}

// Each gives the newest entry of each key to visit, and none that is deleted. It stops at the first error of visit and returns it.
func (k *Keys) Each(ctx context.Context, visit func(Entry) error) error {
	if k.kv != nil {
		return ReadBucket(ctx, k.kv, func(e jetstream.KeyValueEntry) error { return visit(entryOf(e)) })
	}
	stream, subject := messages.BucketStream(k.bucket), messages.KeySubject(k.bucket, ">")
	if k.bucket == messages.BucketBaselines { // many entries of a key are kept: which is the newest shows once all are read
		return k.newest(ctx, stream, subject, visit)
	}
	seen := make(map[string]bool)
	_, err := k.reader.Each(ctx, stream, subject, func(s *Stored) error {
		e := k.entry(s)
		if seen[e.Key] || e.Deleted {
			return nil
		}
		seen[e.Key] = true
		return visit(e)
	})
	return err
}

func (k *Keys) newest(ctx context.Context, stream, subject string, visit func(Entry) error) error {
	all := make(map[string]Entry)
	_, err := k.reader.Each(ctx, stream, subject, func(s *Stored) error {
		if e := k.entry(s); e.Seq > all[e.Key].Seq {
			all[e.Key] = e
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the bucket %s: %w", k.bucket, err)
	}
	var list []Entry
	for _, e := range all {
		if !e.Deleted {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, e := range list {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keys) entry(s *Stored) Entry { return entryOfStored(s, messages.KeySubject(k.bucket, "")) }

func entryOfStored(s *Stored, prefix string) Entry {
	e := Entry{Key: strings.TrimPrefix(s.Subject, prefix), Value: s.Data, Header: s.Header, Seq: s.Seq, Time: s.Time}
	e.Deleted = e.isMark()
	return e
}

// isMark reports whether it says that the key was deleted.
func (e *Entry) isMark() bool {
	return e.Header.Get("KV-Operation") != "" || e.Header.Get(jetstream.MarkerReasonHeader) != ""
}

func entryOf(e jetstream.KeyValueEntry) Entry {
	return Entry{Key: e.Key(), Value: e.Value(), Seq: e.Revision(), Time: e.Created(), Deleted: e.Operation() != jetstream.KeyValuePut}
}

// poll follows a bucket by asking whether there is more.
func (f Follow) poll(ctx context.Context, r *Reader, to Follower) error {
	stream, subject, prefix := messages.BucketStream(f.Bucket), messages.KeySubject(f.Bucket, messages.AllHosts), messages.KeySubject(f.Bucket, "")
	to.Begin(BucketState{}, 0)
	take := func(s *Stored) error {
		to.Take(entryOfStored(s, prefix))
		return nil
	}
	seq, err := r.Each(ctx, stream, subject, take)
	if err != nil {
		return err
	}
	to.Whole()
	check := time.NewTicker(f.CheckEvery)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-check.C:
		}
		asked := time.Now()
		if seq, err = r.Onward(ctx, stream, subject, seq, take); err != nil {
			return err
		}
		last, err := r.Last(ctx, stream, subject)
		if err == nil && last.Seq < seq {
			return fmt.Errorf("%s: %w", f.Bucket, ErrAnew)
		}
		to.Looked(BucketState{LastSeq: seq}, asked, nil)
	}
}
