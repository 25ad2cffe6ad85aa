package dial

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
)

// deniedError says that the server does not let us do something. It wraps nats.ErrPermissionViolation.
type deniedError struct {
	what string // "publish on" or "subscribe to" a subject
	who  string
}

func (e *deniedError) Error() string {
	return fmt.Sprintf("the server does not let us %s: %s", e.what, e.who)
}

func (e *deniedError) Unwrap() error { return nats.ErrPermissionViolation }

var violation = regexp.MustCompile(`(Publish|Subscription) to "(\S+)"`)

// denied puts into words what the server refused us.
func (t *Target) denied(err error) error {
	e := &deniedError{what: strings.TrimPrefix(err.Error(), nats.ErrPermissionViolation.Error()+": "), who: t.Who()}
	if m := violation.FindStringSubmatch(err.Error()); m != nil {
		e.what = map[string]string{"Publish": "publish on ", "Subscription": "subscribe to "}[m[1]] + m[2]
	}
	return e
}

// Who says as whom we came.
func (t *Target) Who() string {
	switch {
	case t.Nkey != "":
		return fmt.Sprintf("--nkey %s says who we are", t.Nkey)
	case t.Creds != "":
		return fmt.Sprintf("--creds %s says who we are", t.Creds)
	}
	return "say who you are with --nkey or --creds"
}

// withWho adds as whom we came to an error that says that we may not do something.
func (t *Target) withWho(err error) error {
	var denied *deniedError
	if errors.As(err, &denied) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, t.Who())
}

// OnDenied has give called when the server refuses what nothing can do without; a subject that contains one of without
// is done without. Nothing is printed: an error is reported once, by who meets it. What else NATS reports by itself goes
// to the handler that was there before.
func (t *Target) OnDenied(give func(error), without ...string) nats.Option {
	return func(o *nats.Options) error {
		before := o.AsyncErrorCB
		o.AsyncErrorCB = func(nc *nats.Conn, sub *nats.Subscription, err error) {
			switch {
			case slices.ContainsFunc(without, func(subject string) bool { return strings.Contains(err.Error(), subject) }):
			case errors.Is(err, nats.ErrPermissionViolation):
				give(t.denied(err))
			case before != nil:
				before(nc, sub, err)
			}
		}
		return nil
	}
}
