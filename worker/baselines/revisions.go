package baselines

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// Revision is one of those that a baseline has had. The bucket keeps the newest 64 of each.
type Revision struct {
	Number   uint64 // 1, 2, 3 … for each baseline; of a removal, that of what it removed
	Revision uint64 // of the bucket
	At       time.Time
	Created  time.Time // when the baseline's first revision was stored, after a removal the first one since
	By       string    // who stored it; empty: not noted
	Removed  bool      // it is the removal
}

// Numbers are the revisions of all baselines, by id, oldest first.
type Numbers map[string][]Revision

// Of returns which revision of a baseline has a revision of the bucket; 0: it is not known any more.
func (n Numbers) Of(id string, revision uint64) uint64 {
	for _, r := range n[id] {
		if r.Revision == revision && !r.Removed {
			return r.Number
		}
	}
	return 0
}

// Numbers returns the revisions of all baselines.
func (s *Store) Numbers(ctx context.Context) (Numbers, error) {
	return s.numbers(ctx, prefixBaseline+">")
}

// History returns the revisions of one baseline, oldest first; none where there never was one.
func (s *Store) History(ctx context.Context, id string) ([]Revision, error) {
	numbers, err := s.numbers(ctx, baselineKey(id))
	return numbers[id], err
}

// At returns a baseline as it was stored as one of its revisions. [ErrNoBaseline]: it is not kept.
func (s *Store) At(ctx context.Context, id string, number uint64) ([]byte, Revision, error) {
	history, err := s.History(ctx, id)
	if err != nil {
		return nil, Revision{}, err
	}
	for _, r := range history {
		if r.Number != number || r.Removed {
			continue
		}
		text, err := s.Text(ctx, id, r)
		return text, r, err
	}
	return nil, Revision{}, fmt.Errorf("%q, revision %d: %w", id, number, ErrNoBaseline)
}

// Text returns a baseline as it was stored as one of its revisions that is no removal.
func (s *Store) Text(ctx context.Context, id string, r Revision) ([]byte, error) {
	entry, err := s.kv.GetRevision(ctx, baselineKey(id), r.Revision)
	if err != nil {
		return nil, fmt.Errorf("read baseline %s, revision %d: %w", id, r.Number, err)
	}
	return entry.Value, nil
}

// numbers reads the headers of the entries of some keys.
func (s *Store) numbers(ctx context.Context, keys string) (Numbers, error) {
	numbers := make(Numbers)
	err := s.entries(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{messages.KeySubject(messages.BucketBaselines, keys)}, HeadersOnly: true}, numbers.add)
	if err != nil {
		return nil, fmt.Errorf("read the revisions of baselines: %w", err)
	}
	return numbers, nil
}

// entries gives all entries that the bucket keeps, deletions too, to visit, in the order in which they were written.
func (s *Store) entries(ctx context.Context, which jetstream.OrderedConsumerConfig, visit func(*streams.Stored)) error {
	stream := messages.BucketStream(messages.BucketBaselines)
	if r := streams.ReaderOf(s.js); r != nil {
		_, err := r.Onward(ctx, stream, which.FilterSubjects[0], 0, func(e *streams.Stored) error { visit(e); return nil })
		return err
	}
	which.DeliverPolicy, which.InactiveThreshold = jetstream.DeliverAllPolicy, streams.ForgottenAfter
	consumer, err := s.js.OrderedConsumer(ctx, stream, which)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return ErrNoBucket
	}
	if err != nil {
		return err
	}
	left := consumer.CachedInfo().NumPending
	if left == 0 {
		return nil
	}
	iterator, err := consumer.Messages(jetstream.PullMaxMessages(256))
	if err != nil {
		return err
	}
	defer iterator.Stop()
	for ; left > 0; left-- {
		m, err := iterator.Next(jetstream.NextContext(ctx))
		if err != nil {
			return errors.Join(err, ctx.Err())
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		visit(&streams.Stored{Subject: m.Subject(), Header: m.Headers(), Data: m.Data(), Seq: meta.Sequence.Stream, Time: meta.Timestamp})
		if meta.NumPending == 0 {
			break
		}
	}
	return nil
}

// add counts on from the revision before where an entry has no number, and takes its creation over where it has none: another tool or an
// older version stored it. Of a baseline whose first revision is forgotten, and was noted nowhere, the oldest that is kept stands for it.
func (n Numbers) add(m *streams.Stored) {
	token, ours := strings.CutPrefix(m.Subject, messages.KeySubject(messages.BucketBaselines, prefixBaseline))
	id, err := messages.ParseKeyToken(token)
	if !ours || err != nil {
		return
	}
	r := Revision{By: m.Header.Get(messages.HeaderBy), Removed: m.Header.Get(headerOperation) != ""}
	r.Revision, r.At = m.Seq, m.Time.UTC()
	r.Created = r.At
	if before := n[id]; len(before) > 0 {
		newest := before[len(before)-1]
		r.Number = newest.Number
		if !newest.Removed {
			r.Created = newest.Created
		}
	}
	if !r.Removed {
		r.Number++
	}
	if given, err := strconv.ParseUint(m.Header.Get(messages.HeaderNumber), 10, 64); err == nil && given > r.Number {
		r.Number = given
	}
	if created, err := time.Parse(time.RFC3339Nano, m.Header.Get(messages.HeaderCreated)); err == nil && created.Before(r.Created) {
		r.Created = created.UTC()
	}
	n[id] = append(n[id], r)
}
