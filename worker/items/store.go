package items

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
)

// ErrNoBucket says that no worker has made the bucket.
var ErrNoBucket = errors.New("no bucket PATCH_ITEMS here: start a worker of this version (`patchstream serve` or `patchstream worker`), which creates it")

// ErrConflict says that others kept writing a host's items.
var ErrConflict = errors.New("others kept writing the items of the host at the same time: put them again")

// Store reads and writes the bucket. It is safe for concurrent use.
type Store struct{ js jetstream.JetStream }

// NewStore returns the store of a server. It does no I/O.
func NewStore(js jetstream.JetStream) *Store { return &Store{js} }

// Lists returns what a host has, by type; none where nothing was put, or where it was retired since. [ErrNoBucket].
func (s *Store) Lists(ctx context.Context, host string) ([]List, error) {
	lists, _, err := s.read(ctx, host)
	return lists, err
}

func (s *Store) read(ctx context.Context, host string) ([]List, uint64, error) {
	stream, err := s.js.Stream(ctx, messages.BucketStream(messages.BucketItems))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, 0, ErrNoBucket
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the items of %s: %w", host, err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, messages.KeySubject(messages.BucketItems, host))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the items of %s: %w", host, err)
	}
	if m.Header.Get(headerOperation) != "" {
		return nil, m.Sequence, nil
	}
	lists, err := decode(m.Data, messages.EncodingOf(m.Header))
	if err != nil {
		return nil, 0, fmt.Errorf("read the items of %s: %w; \"nats kv del %s %s\" removes them", host, err, messages.BucketItems, host)
	}
	return lists, m.Sequence, nil
}

// Put stores a list, and reports whether anything is another by it: one whose hash is the one that is stored changes nothing. [ErrTypes],
// [ErrSize]: it would be too much; [ErrConflict].
func (s *Store) Put(ctx context.Context, host string, l List, how Upload) (changed bool, err error) {
	err = s.change(ctx, host, func(lists []List) []List {
		if before := Of(lists, l.Type); before != nil && l.Hash != "" && before.Hash == l.Hash {
			changed = false
			return lists
		}
		changed = true
		return put(lists, l, how)
	})
	return changed && err == nil, err
}

// Retire removes what was put on a host up to a time. Doing so again does nothing.
func (s *Store) Retire(ctx context.Context, host string, at time.Time) error {
	return s.change(ctx, host, func(lists []List) []List {
		return slices.DeleteFunc(slices.Clone(lists), func(l List) bool { return !l.PutAt.After(at) })
	})
}

// maxRounds bounds how often a change begins again after somebody else's.
const maxRounds = 10

// change writes what becomes of the lists of a host, where that is another.
func (s *Store) change(ctx context.Context, host string, what func([]List) []List) error {
	for range maxRounds {
		before, revision, err := s.read(ctx, host)
		if err != nil {
			return err
		}
		after := what(before)
		if slices.EqualFunc(before, after, sameList) {
			return nil
		}
		if err = s.write(ctx, host, after, revision); !publisher.IsWrongSequence(err) {
			return err
		}
	}
	return ErrConflict
}

// headerOperation marks a key as deleted.
const headerOperation = "KV-Operation"

// write stores lists, or that there are none, past the bucket's own client, which takes no headers.
func (s *Store) write(ctx context.Context, host string, lists []List, last uint64) error {
	m := nats.NewMsg(messages.KeySubject(messages.BucketItems, host))
	if len(lists) == 0 {
		m.Header.Set(headerOperation, "DEL")
	} else {
		value, encoding, err := encode(lists)
		if err != nil {
			return err
		}
		m.Data, m.Header = value, encoding.Headers()
		if err := setCounts(m.Header, lists); err != nil {
			return err
		}
	}
	if _, err := s.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(last)); err != nil {
		return fmt.Errorf("store the items of %s: %w", host, err)
	}
	return nil
}
