package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// observed is all that can be seen from outside when everything is quiet.
type observed struct {
	at          time.Time
	incarnation string
	published   []published
	dead        []letter
	records     map[string]*record.Record
	pending     pending
	crashes     int // of the server
}

// published is a message of PATCH_CHANGES. Either changed or status is set.
type published struct {
	message
	host    string
	changed *messages.Changed
	status  *messages.StatusChanged
}

// letter is a message of PATCH_DEAD.
type letter struct{ message }

// message is what a consumer gets.
type message struct {
	sequence uint64
	at       time.Time // when the leader of the stream took it
	subject  string
	header   nats.Header
	payload  []byte
}

// observe reads the streams and the records. A cluster may have a leader to elect, so it tries for a while.
func (w *world) observe(ctx context.Context) (*observed, error) {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		try, end := context.WithTimeout(ctx, readyWithin)
		o, err := w.look(try)
		end()
		if err == nil || !wait(patient, time.Second) {
			return o, err
		}
	}
}

func (w *world) look(ctx context.Context) (*observed, error) {
	o := &observed{at: time.Now(), records: make(map[string]*record.Record)}
	changes, err := w.js.Stream(ctx, messages.StreamChanges)
	if err != nil {
		return nil, err
	}
	o.incarnation = changes.CachedInfo().Config.Metadata["incarnation"]
	all, err := read(ctx, w.js, changes)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		change, err := decode(m)
		if err != nil {
			return nil, err
		}
		o.published = append(o.published, change)
	}
	dead, err := w.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		return nil, err
	}
	if all, err = read(ctx, w.js, dead); err != nil {
		return nil, err
	}
	for _, m := range all {
		o.dead = append(o.dead, letter{m})
	}
	if err := w.records(ctx, o); err != nil {
		return nil, err
	}
	o.crashes = w.report.count(kill+" server", 0)
	o.pending, err = w.pending(ctx)
	return o, err
}

// read returns all messages of a stream, by an ordinary consumer.
func read(ctx context.Context, js jetstream.JetStream, stream jetstream.Stream) ([]message, error) {
	want := int(stream.CachedInfo().State.Msgs)
	consumer, err := js.CreateConsumer(ctx, stream.CachedInfo().Config.Name, jetstream.ConsumerConfig{
		AckPolicy: jetstream.AckNonePolicy, DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return nil, err
	}
	var all []message
	for len(all) < want && ctx.Err() == nil {
		batch, err := consumer.Fetch(want-len(all), jetstream.FetchMaxWait(time.Second))
		if err != nil {
			return nil, err
		}
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				return nil, err
			}
			all = append(all, message{meta.Sequence.Stream, meta.Timestamp, m.Subject(), m.Headers(), m.Data()})
		}
		if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) {
			return nil, err
		}
	}
	return all, ctx.Err()
}

func decode(m message) (published, error) {
	t := published{message: m}
	enc := messages.EncodingOf(m.header)
	var err error
	if host, ok := strings.CutPrefix(m.subject, messages.ChangedSubject("")); ok {
		t.host = host
		t.changed, err = messages.DecodeChanged(m.payload, enc)
	} else {
		t.host = strings.TrimPrefix(m.subject, messages.StatusSubject(""))
		t.status, err = messages.DecodeStatusChanged(m.payload, enc)
	}
	if err != nil {
		return t, fmt.Errorf("%s, sequence %d: %w", m.subject, m.sequence, err)
	}
	return t, nil
}

// head returns what both sorts of messages have.
func (t *published) head() *messages.Head {
	if t.changed != nil {
		return &t.changed.Head
	}
	return &t.status.Head
}

// records reads every record of a host.
func (w *world) records(ctx context.Context, o *observed) error {
	kv, err := w.js.KeyValue(ctx, messages.BucketHosts)
	if err != nil {
		return err
	}
	keys, err := kv.ListKeys(ctx)
	if err != nil {
		return err
	}
	store := record.NewStore(w.js, kv, 5*time.Second)
	for host := range keys.Keys() {
		if o.records[host], _, err = store.Load(ctx, host); err != nil {
			return err
		}
	}
	return ctx.Err()
}
