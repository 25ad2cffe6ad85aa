package publisher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// deniedError says that the server does not let us publish on a subject. It wraps [nats.ErrPermissionViolation]:
// with other credentials, or other permissions, the same event will go out.
type deniedError struct{ subject string }

func (e *deniedError) Error() string {
	return fmt.Sprintf("the server does not let us publish on %s: connect as somebody who may", e.subject)
}

func (e *deniedError) Unwrap() error { return nats.ErrPermissionViolation }

// lookForDenial is how often a publish that waits looks whether it was refused: the server says so to the
// connection, and gives no answer to the message.
const lookForDenial = 20 * time.Millisecond

// untilDenied returns a context that ends with a [*deniedError] when the server refuses a message on subject that
// is published under it. stop frees what it holds, and returns when nothing of it runs any more.
func untilDenied(ctx context.Context, nc *nats.Conn, subject string) (_ context.Context, stop func()) {
	before := nc.LastError()
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lookForDenial)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := nc.LastError(); err != before && isDenial(err, subject) {
					cancel(&deniedError{subject})
					return
				}
			}
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

func isDenial(err error, subject string) bool {
	return errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), `Publish to "`+subject+`"`)
}
