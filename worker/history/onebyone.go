package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// What is here reads the changes one a request, for who may make no consumer.

// pollEvery is how soon it is noticed that there is another change.
const pollEvery = time.Second

func entryOfStored(s *streams.Stored) (Entry, error) {
	changed, err := messages.DecodeChanged(s.Data, messages.EncodingOf(s.Header))
	if err != nil {
		return Entry{}, err
	}
	return Entry{Sequence: s.Seq, StoredAt: s.Time.UTC(), Changed: changed}, nil
}

// behind returns the sequence behind which it begins.
func (f From) behind(ctx context.Context, r *streams.Reader) (uint64, error) {
	if f.After > 0 || f.Oldest {
		return f.After, nil
	}
	if !f.Since.IsZero() {
		first, err := r.NextAt(ctx, messages.StreamChanges, messages.ChangedSubject(">"), f.Since)
		switch {
		case err == nil:
			return first.Seq - 1, nil
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return 0, err
		}
	}
	kept, err := keptByReader(ctx, r)
	return kept.Last, err
}

func readOneByOne(ctx context.Context, r *streams.Reader, from From, visit func(Entry) error) error {
	kept, err := keptByReader(ctx, r)
	if err != nil {
		return err
	}
	behind, err := from.behind(ctx, r)
	if err != nil {
		return fmt.Errorf("read the changes: %w", streamMissing(err))
	}
	_, err = r.Onward(ctx, messages.StreamChanges, from.Subjects()[0], behind, func(s *streams.Stored) error {
		if s.Seq > kept.Last { // it came later
			return ErrStop
		}
		e, err := entryOfStored(s)
		if err != nil { // it is passed over
			return nil
		}
		return visit(e)
	})
	if errors.Is(err, ErrStop) {
		return nil
	}
	return err
}

func keptByReader(ctx context.Context, r *streams.Reader) (k Kept, err error) {
	first, err := r.Next(ctx, messages.StreamChanges, ">", 0)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Kept{First: 1}, nil
	}
	if err != nil {
		return k, fmt.Errorf("look at the changes: %w", streamMissing(err))
	}
	last, err := r.Last(ctx, messages.StreamChanges, ">")
	if err != nil {
		return k, fmt.Errorf("look at the changes: %w", streamMissing(err))
	}
	return Kept{First: first.Seq, Last: last.Seq, Since: first.Time.UTC()}, nil
}

// followOneByOne is Follow by asking whether there is more. Where the stream was made anew it says so, and begins with what that one has.
func followOneByOne(ctx context.Context, r *streams.Reader, from From, log zerolog.Logger) (*Feed, error) {
	behind, err := from.behind(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("follow the changes: %w", streamMissing(err))
	}
	f := newFeed(ctx, log)
	polling, stop := context.WithCancel(ctx)
	f.consuming = stopping(stop)
	go f.poll(polling, r, from.Subjects()[0], behind)
	return f, nil
}

// stopping is what Feed.Close stops.
type stopping context.CancelFunc

func (s stopping) Stop() { s() }

func (f *Feed) poll(ctx context.Context, r *streams.Reader, subject string, behind uint64) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	said := false
	for {
		kept, err := keptByReader(ctx, r)
		if err == nil && kept.Last < behind {
			f.log.Warn().Uint64("read", behind).Uint64("last", kept.Last).Msg("the stream of changes was made anew: what it has is read from its begin")
			behind = 0
		}
		if err == nil && kept.Last > behind {
			behind, err = r.Onward(ctx, messages.StreamChanges, subject, behind, func(s *streams.Stored) error {
				e, err := entryOfStored(s)
				if !f.pass(e, err, s.Subject) {
					return ErrStop
				}
				return nil
			})
			if err == nil && behind < kept.Last { // what is there is of others
				behind = kept.Last
			}
		}
		if err != nil && ctx.Err() == nil && !said && r.Conn().IsConnected() {
			f.log.Warn().Err(err).Msg("following the changes was interrupted; trying again")
		}
		said = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
