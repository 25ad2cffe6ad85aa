package worker

import (
	"context"
	"fmt"
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

// resend asks publishers for full scans.
type resend struct {
	js      jetstream.JetStream
	stream  jetstream.Stream
	timeout time.Duration
}

func (r *resend) ask(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	if _, err := r.js.Publish(ctx, messages.ResendSubject(host), nil); err != nil {
		return fmt.Errorf("ask %s for a full scan: %w", host, err)
	}
	return nil
}

// settle removes the request for a full scan, whoever wrote it. The leader of the stream is asked: a replica that
// lags might not know of it.
func (r *resend) settle(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	subject := messages.ResendSubject(host)
	info, err := r.stream.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err == nil && info.State.Subjects[subject] > 0 {
		err = r.stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
	}
	if err != nil {
		return fmt.Errorf("settle the request for a full scan of %s: %w", host, err)
	}
	return nil
}
