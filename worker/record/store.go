package record

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/streams"
)

// ErrConflict says that somebody else wrote the record since it was read.
var ErrConflict = errors.New("the host's record was written by another worker")

// ErrUnreadable says that what is stored of a host is no record that this version can read.
var ErrUnreadable = errors.New("the host's record cannot be read")

// Store reads and writes records. It is safe for concurrent use.
type Store struct {
	js      jetstream.JetStream
	kv      jetstream.KeyValue
	timeout time.Duration
}

// NewStore returns a store in the bucket PATCH_HOSTS, which kv is; who does nothing but [Store.Load] needs none. timeout bounds each request to the server.
func NewStore(js jetstream.JetStream, kv jetstream.KeyValue, timeout time.Duration) *Store {
	return &Store{js, kv, timeout}
}

// LargeError says that a record is larger than what the caller has memory for.
type LargeError struct{ Bytes int } // that the record takes, decompressed

func (e *LargeError) Error() string {
	return fmt.Sprintf("the host's record takes %d bytes, more than there is memory for", e.Bytes)
}

// Load returns a host's record, whole, and the version to save it under; nil and 0 where there is none. The leaders of the buckets
// answer. Where its full scan is gone the record is one without.
func (s *Store) Load(ctx context.Context, host string) (*Record, uint64, error) {
	for range rounds {
		r, version, err := s.LoadNewest(ctx, host, math.MaxInt)
		if r == nil || err != nil {
			return nil, 0, err
		}
		err = r.Provide(classify.Needs{Items: true, Packages: true}, s.scans(ctx, host, version, nowhere))
		switch {
		case errors.Is(err, ErrConflict): // it was written since
			continue
		case errors.Is(err, ErrScanGone):
			r.ForgetScan()
			err = nil
		}
		return r, version, err
	}
	return nil, 0, fmt.Errorf("load %s: %w", host, ErrConflict)
}

// rounds bounds how often something is tried again that others undo at the same time.
const rounds = 5

// LoadUpTo is Load for a record that takes at most so many bytes, decompressed, and without what [Record.Provide] decodes, which it bounds too. Any
// replica of the bucket answers, and one that lags has an older record, or none: [Store.Save] finds that out, and
// [Store.LoadNewest] has another. A [*LargeError]: this one takes more,
// and was not decompressed. [ErrTooLarge]: it takes more than any may, and never is.
func (s *Store) LoadUpTo(ctx context.Context, host string, maxBytes int) (*Record, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	entry, err := s.kv.Get(ctx, host)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("load %s: %w", host, err)
	}
	return decodeUpTo(host, entry.Value(), entry.Revision(), maxBytes)
}

func decodeUpTo(host string, text []byte, version uint64, maxBytes int) (*Record, uint64, error) {
	r, err := decode(text, maxBytes)
	if err != nil {
		return nil, 0, notRead(host, err)
	}
	r.LimitTo(maxBytes)
	return r, version, nil
}

// notRead says why a record was not read: it is too large, or [ErrUnreadable].
func notRead(host string, err error) error {
	if large := (*LargeError)(nil); !errors.Is(err, ErrTooLarge) && !errors.As(err, &large) {
		err = fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return fmt.Errorf("load %s: %w", host, err)
}

// Pending returns what is left to be done for a host; nothing where it has no record. Nothing large is decoded.
func (s *Store) Pending(ctx context.Context, host string) (Pending, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	entry, err := s.kv.Get(ctx, host)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Pending{}, nil
	}
	if err != nil {
		return Pending{}, fmt.Errorf("load %s: %w", host, err)
	}
	p, err := pendingOf(entry.Value())
	if err != nil {
		return Pending{}, fmt.Errorf("load %s: %w", host, err)
	}
	return p, nil
}

// Save writes an encoded record by compare-and-set on version, 0 where there was none, and returns the new version. The full
// scan that it names must be stored. [ErrConflict]: nothing was written. Any other error leaves open whether it was.
func (s *Store) Save(ctx context.Context, host string, e *Encoded, version uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m := nats.NewMsg(messages.KeySubject(messages.BucketHosts, host))
	m.Data = e.Text
	m.Header.Set(messages.HeaderSummary, e.Summary)
	m.Header.Set(messages.HeaderPending, e.Pending)
	saved, err := s.put(ctx, m, version)
	if version == 0 && publisher.IsWrongSequence(err) {
		if marker, lookErr := s.deleted(ctx, host); lookErr == nil && marker != 0 {
			saved, err = s.put(ctx, m, marker)
		}
	}
	if publisher.IsWrongSequence(err) {
		return 0, fmt.Errorf("save %s: %w", host, ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("save %s: %w", host, err)
	}
	return saved, nil
}

// put writes past the bucket's own client, which takes no headers, and once: a retry is not fenced off from what
// happened in between.
func (s *Store) put(ctx context.Context, m *nats.Msg, version uint64) (uint64, error) {
	ack, err := s.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(version), jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// deleted returns the version of the mark that a deleted record leaves behind; 0: the record is there.
func (s *Store) deleted(ctx context.Context, host string) (uint64, error) {
	entries, err := s.kv.History(ctx, host, jetstream.MetaOnly())
	if err != nil {
		return 0, err
	}
	last := entries[len(entries)-1]
	if last.Operation() == jetstream.KeyValuePut {
		return 0, nil
	}
	return last.Revision(), nil
}

// Hosts calls visit for all hosts that have a record, in no order, with what is left to be done for each. Only headers are read;
// of records that have none, the record, and err says that it could not be.
func (s *Store) Hosts(ctx context.Context, visit func(host string, left Pending, err error)) error {
	return streams.ReadHeaders(ctx, s.js, messages.BucketHosts, func(e streams.Entry) (err error) {
		left, ok := parsePending(e.Header.Get(messages.HeaderPending))
		if !ok {
			left, err = s.Pending(ctx, e.Key)
		}
		visit(e.Key, left, err)
		return nil
	})
}
