package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

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

// settle removes the request for a full scan, whoever wrote it. Where a replica that lags does not show it yet, the
// next full scan removes it.
func (r *resend) settle(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	_, err := r.stream.GetLastMsgForSubject(ctx, messages.ResendSubject(host))
	if err == nil {
		err = r.stream.Purge(ctx, jetstream.WithPurgeSubject(messages.ResendSubject(host)))
	}
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("settle the request for a full scan of %s: %w", host, err)
	}
	return nil
}
