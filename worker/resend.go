package worker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// askForScan writes patch.resend.<host> where an unchanged scan rests on none that is kept, and removes it
// when a full scan came. Both may happen twice without harm. A request that could not be removed is removed by the
// next full scan: no event waits for that.
func (c *committer) askForScan(ctx context.Context, l *loaded, events []*event) error {
	complete, full := false, false
	for _, e := range events {
		if scan, ok := e.content.(*messages.Scan); ok && scan.Complete {
			complete, full = true, full || !scan.Unchanged
		}
	}
	switch {
	case !complete:
	case l.record.Facts.NeedsFullScan():
		return c.resend.ask(ctx, l.host)
	case full:
		if err := c.resend.settle(ctx, l.host); err != nil {
			c.log.Warn().Err(err).Str("host", l.host).Msg("the host sends one more full scan than it needs to")
		}
	}
	return nil
}

// askForLost asks for a full scan, before the record is written that knows of none, in the place of one that is lost: afterwards
// nobody would know that it is to be asked for.
func (c *committer) askForLost(ctx context.Context, l *loaded) error {
	if !l.scanGone || l.record.Facts.Full != nil {
		return nil
	}
	return c.resend.ask(ctx, l.host)
}

// resend asks publishers for full scans, and knows who is asked, whoever asked: no full scan has to ask the server. It is safe for
// concurrent use.
type resend struct {
	js      jetstream.JetStream
	stream  jetstream.Stream
	timeout time.Duration

	once  sync.Once
	known chan struct{} // closed once all requests are known that there were at the beginning

	mu    sync.Mutex
	asked map[string]uint64 // hosts, and the sequences of the requests; some may be settled by others
}

func newResend(js jetstream.JetStream, stream jetstream.Stream, timeout time.Duration) *resend {
	return &resend{js: js, stream: stream, timeout: timeout, known: make(chan struct{}), asked: make(map[string]uint64)}
}

func (r *resend) ask(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	ack, err := r.js.Publish(ctx, messages.ResendSubject(host), nil)
	if err != nil {
		return fmt.Errorf("ask %s for a full scan: %w", host, err)
	}
	r.note(host, ack.Sequence)
	return nil
}

func (r *resend) note(host string, sequence uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[host] = sequence
}

// settle removes the request for a full scan that is known, and none that came after it.
func (r *resend) settle(ctx context.Context, host string) error {
	r.mu.Lock()
	sequence, asked := r.asked[host]
	r.mu.Unlock()
	if !asked {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	if err := r.stream.Purge(ctx, jetstream.WithPurgeSubject(messages.ResendSubject(host)), jetstream.WithPurgeSequence(sequence+1)); err != nil {
		return fmt.Errorf("settle the request for a full scan of %s: %w", host, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked[host] == sequence {
		delete(r.asked, host)
	}
	return nil
}

// follow notes who is asked until the context ends. A request that is noted too late is settled by the next full scan.
func (r *resend) follow(ctx context.Context) {
	for ctx.Err() == nil {
		_ = r.read(ctx) // whoever watches the health says what is wrong with the stream
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (r *resend) read(ctx context.Context) error {
	consumer, err := r.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{HeadersOnly: true, MaxResetAttempts: 1})
	if err != nil {
		return err
	}
	if consumer.CachedInfo().NumPending == 0 {
		r.once.Do(func() { close(r.known) })
	}
	requests, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer requests.Stop()
	for {
		m, err := requests.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		r.note(strings.TrimPrefix(m.Subject(), messages.ResendSubject("")), meta.Sequence.Stream)
		if meta.NumPending == 0 {
			r.once.Do(func() { close(r.known) })
		}
	}
}

// await returns once the requests are known that there were at the beginning.
func (r *resend) await(ctx context.Context) error {
	select {
	case <-r.known:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("read %s: %w", messages.StreamResend, ctx.Err())
	}
}
