package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// Entry is a change, and where it is in the stream.
type Entry struct {
	Sequence uint64
	StoredAt time.Time
	*messages.Changed
}

func entryOf(m jetstream.Msg) (Entry, error) {
	changed, err := messages.DecodeChanged(m.Data(), messages.EncodingOf(m.Headers()))
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Changed: changed}
	if meta, err := m.Metadata(); err == nil {
		e.Sequence, e.StoredAt = meta.Sequence.Stream, meta.Timestamp.UTC()
	}
	return e, nil
}

// pulled is how many changes are on their way to who reads them.
const pulled = 256

// ErrStop ends a [Read], which returns nil then.
var ErrStop = errors.New("that was enough")

// Read gives every change that there is when it is called to visit, in the order of the stream, and returns. It stops at the first error
// of visit. One that cannot be read is passed over. [ErrNoStream]: no worker ever ran there.
func Read(ctx context.Context, js jetstream.JetStream, from From, visit func(Entry) error) error {
	if r := streams.ReaderOf(js); r != nil {
		return readOneByOne(ctx, r, from, visit)
	}
	config := from.ordered()
	config.InactiveThreshold = streams.ForgottenAfter
	consumer, err := js.OrderedConsumer(ctx, messages.StreamChanges, config)
	if err != nil {
		return fmt.Errorf("read the changes: %w", streamMissing(err))
	}
	left := consumer.CachedInfo().NumPending
	if left == 0 {
		return nil
	}
	iterator, err := consumer.Messages(jetstream.PullMaxMessages(pulled))
	if err != nil {
		return fmt.Errorf("read the changes: %w", err)
	}
	defer iterator.Stop()
	for ; left > 0; left-- {
		m, err := iterator.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read the changes: %w", err)
		}
		e, err := entryOf(m)
		if err == nil {
			err = visit(e)
		} else {
			err = nil
		}
		switch {
		case errors.Is(err, ErrStop):
			return nil
		case err != nil:
			return err
		}
		if meta, err := m.Metadata(); err == nil && meta.NumPending == 0 {
			return nil
		}
	}
	return nil
}

// Kept is what the stream holds.
type Kept struct {
	First, Last uint64    // sequences; of an empty stream, Last is below First
	Since       time.Time // when the oldest change was stored; zero: there is none
}

// Keeps returns what the stream holds. [ErrNoStream]: no worker ever ran there.
func Keeps(ctx context.Context, js jetstream.JetStream) (Kept, error) {
	if r := streams.ReaderOf(js); r != nil {
		return keptByReader(ctx, r)
	}
	stream, err := js.Stream(ctx, messages.StreamChanges)
	if err != nil {
		return Kept{}, fmt.Errorf("look at the changes: %w", streamMissing(err))
	}
	state := stream.CachedInfo().State
	k := Kept{First: state.FirstSeq, Last: state.LastSeq}
	if state.Msgs > 0 {
		k.Since = state.FirstTime.UTC()
	}
	return k, nil
}
