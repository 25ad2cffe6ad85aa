package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What JetStream alone works on.
const (
	alonePrefix   = "BENCH_"
	aloneEvents   = alonePrefix + "EVENTS"
	aloneChanges  = alonePrefix + "CHANGES"
	aloneHosts    = alonePrefix + "HOSTS" // buckets
	aloneScans    = alonePrefix + "SCANS"
	aloneBare     = alonePrefix + "BARE"
	aloneConsumer = "alone"

	aloneEventSubject  = "bench.event."
	aloneChangeSubject = "bench.changed."
	aloneBareSubject   = "bench.bare."
)

const (
	aloneLanes     = 64
	aloneRecord    = 2 << 10
	mostChange     = 30 << 10
	aloneAtOnce    = 512 // messages that one request asks for
	aloneAckWait   = time.Minute
	alonePerBucket = 1
)

// steps are what JetStream alone does with an event, beside taking it, getting the record and acknowledging.
type steps struct {
	getScan   bool // read the scan that the record names
	putScan   bool // store the scan as it was sent
	putRecord bool // write the record by compare-and-set
	publish   bool // publish a change under a fence
}

func makeAlone(ctx context.Context, js jetstream.JetStream) error {
	for _, s := range []jetstream.StreamConfig{
		{Name: aloneEvents, Subjects: []string{aloneEventSubject + ">"}, Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew},
		{Name: aloneChanges, Subjects: []string{aloneChangeSubject + ">"}},
		{Name: aloneBare, Subjects: []string{aloneBareSubject + ">"}},
	} {
		if _, err := js.CreateStream(ctx, s); err != nil {
			return fmt.Errorf("stream %s: %w", s.Name, err)
		}
	}
	for _, bucket := range []string{aloneHosts, aloneScans} {
		if _, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, History: alonePerBucket}); err != nil {
			return fmt.Errorf("bucket %s: %w", bucket, err)
		}
	}
	_, err := js.CreateConsumer(ctx, aloneEvents, jetstream.ConsumerConfig{
		Durable: aloneConsumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: aloneAckWait, MaxDeliver: -1, MaxAckPending: -1,
	})
	return err
}

// alone is JetStream alone: everything that a worker asks of JetStream, and nothing else.
type alone struct {
	last sync.Map // the last sequence of a host in the changes, by name
}

// start takes events until the returned function is called, which waits for those that are in hand and returns the first error.
func (a *alone) start(ctx context.Context, nc *nats.Conn, do steps, changeBytes int) (stop func() error, err error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		return nil, err
	}
	hand := &aloneHand{alone: a, js: js, do: do, record: make([]byte, aloneRecord), change: make([]byte, min(changeBytes, mostChange))}
	if hand.hosts, err = js.KeyValue(ctx, aloneHosts); err != nil {
		return nil, err
	}
	if hand.scans, err = js.KeyValue(ctx, aloneScans); err != nil {
		return nil, err
	}
	consumer, err := js.Consumer(ctx, aloneEvents, aloneConsumer)
	if err != nil {
		return nil, err
	}
	events, err := consumer.Messages(jetstream.PullMaxMessages(aloneAtOnce))
	if err != nil {
		return nil, err
	}
	var lanes sync.WaitGroup
	waiting := make(chan jetstream.Msg, aloneLanes)
	for range aloneLanes {
		lanes.Go(func() {
			for m := range waiting {
				hand.keep(hand.handle(ctx, m))
			}
		})
	}
	lanes.Go(func() {
		defer close(waiting)
		for {
			m, err := events.Next()
			if err != nil {
				if !errors.Is(err, jetstream.ErrMsgIteratorClosed) {
					hand.keep(err)
				}
				return
			}
			waiting <- m
		}
	})
	return func() error {
		events.Stop()
		lanes.Wait()
		return errors.Join(hand.first(), nc.FlushTimeout(requestTimeout))
	}, nil
}

// aloneHand is JetStream alone while it runs.
type aloneHand struct {
	*alone
	js             jetstream.JetStream
	hosts, scans   jetstream.KeyValue
	do             steps
	record, change []byte
	failed         atomic.Pointer[error]
}

func (h *aloneHand) keep(err error) {
	if err != nil {
		h.failed.CompareAndSwap(nil, &err)
	}
}

func (h *aloneHand) first() error {
	if err := h.failed.Load(); err != nil {
		return fmt.Errorf("JetStream alone: %w", *err)
	}
	return nil
}

func (h *aloneHand) handle(ctx context.Context, m jetstream.Msg) error {
	host := strings.TrimPrefix(m.Subject(), aloneEventSubject)
	record, err := h.hosts.Get(ctx, host)
	revision := uint64(0)
	switch {
	case err == nil:
		revision = record.Revision()
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return err
	}
	if h.do.getScan {
		if _, err := h.scans.Get(ctx, host); err != nil {
			return err
		}
	}
	if h.do.putScan {
		if _, err := h.scans.Put(ctx, host, m.Data()); err != nil {
			return err
		}
	}
	if h.do.putRecord {
		if _, err := h.hosts.Update(ctx, host, h.record, revision); err != nil {
			return err
		}
	}
	if h.do.publish {
		if err := h.publish(ctx, host); err != nil {
			return err
		}
	}
	return m.Ack()
}

// publish publishes a change under a fence: the last sequence of its subject. A worker has it from the record.
func (h *aloneHand) publish(ctx context.Context, host string) error {
	after, _ := h.last.LoadOrStore(host, uint64(0))
	m := nats.NewMsg(aloneChangeSubject + host)
	m.Data = h.change
	m.Header.Set("Patch-Revision", strconv.FormatUint(after.(uint64), 10))
	ack, err := h.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(after.(uint64)))
	if err != nil {
		return err
	}
	h.last.Store(host, ack.Sequence)
	return nil
}
