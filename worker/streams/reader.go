package streams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Reader is JetStream for who may only read, one stored message a request, and make no consumer. Each request is answered by the stream's leader
// and costs the server as much as one message does: whoever asks so can ask often, but never for much at once. What cannot be done so is
// refused here, with [nats.ErrPermissionViolation]; the rooms above look with [ReaderOf] whether they have such a one.
type Reader struct{ jetstream.JetStream }

// NewReader returns a reader by the connection of js.
func NewReader(js jetstream.JetStream) *Reader { return &Reader{js} }

// ReaderOf returns js where it is a reader, else nil.
func ReaderOf(js jetstream.JetStream) *Reader {
	r, _ := js.(*Reader)
	return r
}

var errOnlyReads = fmt.Errorf("a viewer may not do that: %w", nats.ErrPermissionViolation)

// Stream implements [jetstream.JetStream]; it refuses.
func (r *Reader) Stream(context.Context, string) (jetstream.Stream, error) { return nil, errOnlyReads }

// OrderedConsumer implements [jetstream.JetStream]; it refuses.
func (r *Reader) OrderedConsumer(context.Context, string, jetstream.OrderedConsumerConfig) (jetstream.Consumer, error) {
	return nil, errOnlyReads
}

// CreateConsumer implements [jetstream.JetStream]; it refuses.
func (r *Reader) CreateConsumer(context.Context, string, jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	return nil, errOnlyReads
}

// KeyValue implements [jetstream.JetStream]; it refuses.
func (r *Reader) KeyValue(context.Context, string) (jetstream.KeyValue, error) {
	return nil, errOnlyReads
}

// Publish implements [jetstream.JetStream]; it refuses.
func (r *Reader) Publish(context.Context, string, []byte, ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return nil, errOnlyReads
}

// PublishMsg implements [jetstream.JetStream]; it refuses.
func (r *Reader) PublishMsg(context.Context, *nats.Msg, ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return nil, errOnlyReads
}

// Stored is a message of a stream.
type Stored struct {
	Subject string
	Header  nats.Header
	Data    []byte
	Seq     uint64
	Time    time.Time
}

// Next returns the first message on a subject behind a sequence. [jetstream.ErrMsgNotFound]: there is none. [jetstream.ErrStreamNotFound].
func (r *Reader) Next(ctx context.Context, stream, subject string, behind uint64) (*Stored, error) {
	return r.get(ctx, stream, map[string]any{"seq": behind + 1, "next_by_subj": subject})
}

// NextAt returns the first message on a subject that was stored at a time or later; errors are as of [Reader.Next].
func (r *Reader) NextAt(ctx context.Context, stream, subject string, at time.Time) (*Stored, error) {
	return r.get(ctx, stream, map[string]any{"start_time": at.UTC(), "next_by_subj": subject})
}

// Last returns the newest message on a subject; errors are as of [Reader.Next].
func (r *Reader) Last(ctx context.Context, stream, subject string) (*Stored, error) {
	return r.get(ctx, stream, map[string]any{"last_by_subj": subject})
}

// readWithin bounds a request.
const readWithin = 10 * time.Second

func (r *Reader) get(ctx context.Context, stream string, request any) (*Stored, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	m, err := r.Conn().RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, text)
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message *struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	switch got := answer.Message; {
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, jetstream.ErrMsgNotFound
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeStreamNotFound:
		return nil, jetstream.ErrStreamNotFound
	case answer.Error != nil:
		return nil, fmt.Errorf("read stream %s: %w", stream, answer.Error)
	case got == nil:
		return nil, fmt.Errorf("read stream %s: %w", stream, jetstream.ErrInvalidJetStreamResponse)
	default:
		s := &Stored{Subject: got.Subject, Data: got.Data, Seq: got.Seq, Time: got.Time}
		if len(got.Header) > 0 {
			if s.Header, err = nats.DecodeHeadersMsg(got.Header); err != nil {
				return nil, fmt.Errorf("read stream %s: %w", stream, err)
			}
		}
		return s, nil
	}
}

// inFlight is how many requests of one who reads a whole stream are on their way.
const inFlight = 8

// Each gives the messages on a subject that there are to visit, one at a time and in no order; those that come while it reads come last. It
// returns the sequence up to which it read.
func (r *Reader) Each(ctx context.Context, stream, subject string, visit func(*Stored) error) (uint64, error) {
	last, err := r.Last(ctx, stream, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	first, err := r.Next(ctx, stream, subject, 0)
	if errors.Is(err, jetstream.ErrMsgNotFound) { // it was taken out meanwhile
		return last.Seq, nil
	}
	if err != nil {
		return 0, err
	}
	if err := r.sections(ctx, stream, subject, first.Seq, last.Seq, visit); err != nil {
		return 0, err
	}
	return r.Onward(ctx, stream, subject, last.Seq, visit)
}

// sections reads from one sequence to another, several parts of it at a time.
func (r *Reader) sections(ctx context.Context, stream, subject string, from, to uint64, visit func(*Stored) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	read := make(chan *Stored)
	var parts sync.WaitGroup
	step := (to-from)/inFlight + 1
	for ; from <= to; from += step {
		begin, end := from-1, min(from+step-1, to)
		parts.Go(func() {
			if err := r.section(ctx, stream, subject, begin, end, read); err != nil {
				cancel(err)
			}
		})
	}
	go func() { parts.Wait(); close(read) }()
	for s := range read {
		if ctx.Err() != nil {
			continue
		}
		if err := visit(s); err != nil {
			cancel(err)
		}
	}
	return context.Cause(ctx)
}

func (r *Reader) section(ctx context.Context, stream, subject string, behind, to uint64, read chan<- *Stored) error {
	for behind < to {
		s, err := r.Next(ctx, stream, subject, behind)
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && s.Seq > to {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case read <- s:
		case <-ctx.Done():
			return ctx.Err()
		}
		behind = s.Seq
	}
	return nil
}

// Onward gives the messages on a subject behind a sequence to visit, in their order, and returns up to where it read.
func (r *Reader) Onward(ctx context.Context, stream, subject string, behind uint64, visit func(*Stored) error) (uint64, error) {
	for {
		s, err := r.Next(ctx, stream, subject, behind)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return behind, nil
		}
		if err == nil {
			err = visit(s)
		}
		if err != nil {
			return behind, err
		}
		behind = s.Seq
	}
}
