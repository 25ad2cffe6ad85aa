package dial

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/messages"
)

// JetStream connects and hands JetStream to do. The connection lives as long as do.
func (t *Target) JetStream(ctx context.Context, do func(context.Context, jetstream.JetStream) error) error {
	running, give := context.WithCancelCause(ctx)
	defer give(nil)
	// A publisher sends a full scan where it cannot see whether one is asked for, and waits where it cannot see why
	// nobody takes its events.
	nc, err := t.Open(t.OnDenied(give, messages.ResendSubject(""), ".STREAM.INFO."+messages.StreamEvents))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	return t.Explain(ctx, deniedOr(running, do(running, js)))
}

// OnlyViews reports whether we come as a viewer, who may make no consumer and read one stored message a request.
func (t *Target) OnlyViews(ctx context.Context, nc *nats.Conn) bool {
	if t.Nkey == "" && t.Creds == "" {
		return false
	}
	who := ask(ctx, nc)
	return who != nil && who.Account == auth.AccountViewers
}

// deniedOr returns why a context was cut short, where the server did that by refusing us, and err otherwise.
func deniedOr(running context.Context, err error) error {
	var denied *deniedError
	if err != nil && !errors.Is(err, nats.ErrPermissionViolation) && errors.As(context.Cause(running), &denied) {
		return denied
	}
	return err
}
