package baselines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
)

// The errors of who changes what stands, and nothing else.
var (
	ErrRegistered    = errors.New("another baseline applies to the group")
	ErrNotRegistered = errors.New("this baseline does not apply to the group")
)

// maxRounds bounds how often a change begins again after somebody else's.
const maxRounds = 10

// Register is [Store.Bind] for who would replace nothing: [ErrRegistered] where another baseline is bound to the group on that system.
func (s *Store) Register(ctx context.Context, system, group, id string) error {
	if err := s.usable(ctx, system, id); err != nil {
		return err
	}
	return s.change(ctx, groupKey(system, group), func(before []byte) ([]byte, error) {
		if before != nil && string(before) != id {
			return nil, fmt.Errorf("%q on %s: %w: %s", group, system, ErrRegistered, before)
		}
		return []byte(id), nil
	})
}

// Deregister ends that a baseline applies to a group. [ErrNotRegistered]: it does not.
func (s *Store) Deregister(ctx context.Context, system, group, id string) error {
	return s.change(ctx, groupKey(system, group), func(before []byte) ([]byte, error) {
		if string(before) != id {
			return nil, fmt.Errorf("%q on %s: %w", group, system, ErrNotRegistered)
		}
		return nil, nil
	})
}

// Update stores what becomes of a baseline, from what it is at that time: who changes a part of it undoes nothing that others do. It returns the
// revision, that which stands where nothing changes. [ErrNoBaseline]; [ErrConflict]: others kept writing it.
func (s *Store) Update(ctx context.Context, id string, change func(text []byte) ([]byte, error)) (Revision, error) {
	for range maxRounds {
		before, last, err := s.last(ctx, baselineKey(id))
		if err != nil {
			return Revision{}, err
		}
		if before == nil {
			return Revision{}, fmt.Errorf("%q: %w", id, ErrNoBaseline)
		}
		after, err := change(before)
		if err != nil {
			return Revision{}, err
		}
		if err := Check(id, after); err != nil {
			return Revision{}, err
		}
		next, isNew, err := s.Next(ctx, id, after)
		if err != nil || !isNew {
			return next, err
		}
		next.Revision, err = s.putAfter(ctx, id, after, next, last)
		if !errors.Is(err, ErrConflict) {
			return next, err
		}
	}
	return Revision{}, ErrConflict
}

// Tags returns what somebody noted about a baseline, which means nothing here. None where nothing was.
func (s *Store) Tags(ctx context.Context, id string) (map[string]string, error) {
	text, _, err := s.last(ctx, tagsKey(id))
	if err != nil || text == nil {
		return nil, err
	}
	var tags map[string]string
	return tags, json.Unmarshal(text, &tags)
}

// ChangeTags notes something else about a baseline. A change that returns no tags removes them.
func (s *Store) ChangeTags(ctx context.Context, id string, change func(map[string]string) (map[string]string, error)) error {
	return s.change(ctx, tagsKey(id), func(before []byte) ([]byte, error) {
		tags := make(map[string]string)
		if before != nil {
			if err := json.Unmarshal(before, &tags); err != nil {
				return nil, fmt.Errorf("the tags of %s: %w", id, err)
			}
		}
		tags, err := change(tags)
		if err != nil || len(tags) == 0 {
			return nil, err
		}
		return json.Marshal(tags)
	})
}

// change writes what becomes of an entry, nil for none, by compare-and-set, where that is another.
func (s *Store) change(ctx context.Context, key string, what func(before []byte) ([]byte, error)) error {
	for range maxRounds {
		before, last, err := s.last(ctx, key)
		if err != nil {
			return err
		}
		after, err := what(before)
		if err != nil || string(before) == string(after) {
			return err
		}
		var headers nats.Header
		if after == nil {
			headers = nats.Header{headerOperation: {operationDelete}}
		}
		_, err = s.write(ctx, key, after, headers, jetstream.WithExpectLastSequencePerSubject(last))
		if !publisher.IsWrongSequence(err) {
			return err
		}
	}
	return ErrConflict
}

// last returns the value of a key, nil where there is none, and the sequence of its newest entry, which may say just that.
func (s *Store) last(ctx context.Context, key string) ([]byte, uint64, error) {
	stream, err := s.js.Stream(ctx, messages.BucketStream(messages.BucketBaselines))
	if err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", key, err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, messages.KeySubject(messages.BucketBaselines, key))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("read %s: %w", key, err)
	case m.Header.Get(headerOperation) != "":
		return nil, m.Sequence, nil
	}
	return m.Data, m.Sequence, nil
}
