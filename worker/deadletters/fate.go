package deadletters

import (
	"context"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// Fate is what became of events that were put back.
type Fate struct {
	Applied int
	Again   []*Letter // they are dead letters again, without headers and payload
	Waiting int       // no worker has dealt with them yet
}

const lookEvery = 200 * time.Millisecond

// Fate waits until workers have dealt with the events of some sequences in the queue, and says what became of them; what
// is left when patience ends is waiting.
func (s *Store) Fate(ctx context.Context, events map[uint64]bool, patience time.Duration) (*Fate, error) {
	newest := uint64(0)
	for event := range events {
		newest = max(newest, event)
	}
	end := time.NewTimer(patience)
	defer end.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for late := false; ; {
		dealt, err := s.dealtWith(ctx)
		if err != nil {
			return nil, err
		}
		if dealt >= newest || late {
			return s.fate(ctx, events, dealt)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-end.C:
			late = true
		case <-look.C:
		}
	}
}

// dealtWith returns up to which sequence of the queue workers have dealt with all events.
func (s *Store) dealtWith(ctx context.Context) (uint64, error) {
	consumer, err := s.js.Consumer(ctx, messages.StreamEvents, streams.ConsumerEvents)
	if err != nil {
		return 0, fmt.Errorf("look how far the workers are: %w", err)
	}
	return consumer.CachedInfo().AckFloor.Stream, nil
}

func (s *Store) fate(ctx context.Context, events map[uint64]bool, dealt uint64) (*Fate, error) {
	f := &Fate{}
	again := make(map[uint64]bool)
	err := s.Each(ctx, "", func(l *Letter) error {
		if events[l.Event] {
			again[l.Event] = true
			l.Headers, l.Payload = nil, nil
			f.Again = append(f.Again, l)
		}
		return nil
	})
	for event := range events {
		switch {
		case again[event]:
		case event <= dealt:
			f.Applied++
		default:
			f.Waiting++
		}
	}
	return f, err
}
