package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// identity is who we are. A flag counts for more than a variable of the environment that says otherwise.
func (c *connection) identity() (opts []nats.Option, err error) {
	if c.creds != "" && c.nkey != "" {
		switch {
		case c.given("creds") == c.given("nkey"):
			return nil, usagef("--creds and --nkey exclude each other")
		case c.given("creds"):
			c.nkey = ""
		default:
			c.creds = ""
		}
	}
	switch {
	case c.creds != "":
		if opts, err = withCreds(c.creds); err != nil {
			return nil, fmt.Errorf("--creds %s: %w", c.creds, err)
		}
	case c.nkey != "":
		if opts, err = withNkey(c.nkey); err != nil {
			return nil, fmt.Errorf("--nkey %s: %w", c.nkey, err)
		}
	}
	return opts, nil
}

// withNkey says who we are by the seed in a file, and receives replies where only that user does.
func withNkey(file string) ([]nats.Option, error) {
	key, err := auth.PublicKey(file)
	if err != nil {
		return nil, err
	}
	nkey, err := nats.NkeyOptionFromSeed(file)
	if err != nil {
		return nil, err
	}
	return []nats.Option{nkey, nats.CustomInboxPrefix(auth.InboxPrefix(key))}, nil
}

// withCreds does the same by a user's JWT and seed. The file may be replaced while we run, by one of the same user.
func withCreds(file string) ([]nats.Option, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	token, err := jwt.ParseDecoratedJWT(text)
	if err != nil {
		return nil, err
	}
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return nil, fmt.Errorf("no credentials of a NATS user: %w", err)
	}
	return []nats.Option{nats.UserCredentials(file), nats.CustomInboxPrefix(auth.InboxPrefix(claims.Subject))}, nil
}

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
func (c *connection) denied(err error) error {
	e := &deniedError{what: strings.TrimPrefix(err.Error(), nats.ErrPermissionViolation.Error()+": "), who: c.who()}
	if m := violation.FindStringSubmatch(err.Error()); m != nil {
		e.what = map[string]string{"Publish": "publish on ", "Subscription": "subscribe to "}[m[1]] + m[2]
	}
	return e
}

// who says as whom we came.
func (c *connection) who() string {
	switch {
	case c.nkey != "":
		return fmt.Sprintf("--nkey %s says who we are", c.nkey)
	case c.creds != "":
		return fmt.Sprintf("--creds %s says who we are", c.creds)
	}
	return "say who you are with --nkey or --creds"
}

// withWho adds as whom we came to an error that says that we may not do something.
func (c *connection) withWho(err error) error {
	var told *deniedError
	if errors.As(err, &told) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, c.who())
}

// onDenied has give called when the server refuses what nothing can do without; a subject that contains one of without
// is done without. Nothing is printed: an error is told once, by who meets it. What else NATS reports by itself goes
// to the handler that was there before.
func (c *connection) onDenied(give func(error), without ...string) nats.Option {
	return func(o *nats.Options) error {
		before := o.AsyncErrorCB
		o.AsyncErrorCB = func(nc *nats.Conn, sub *nats.Subscription, err error) {
			switch {
			case slices.ContainsFunc(without, func(subject string) bool { return strings.Contains(err.Error(), subject) }):
			case errors.Is(err, nats.ErrPermissionViolation):
				give(c.denied(err))
			case before != nil:
				before(nc, sub, err)
			}
		}
		return nil
	}
}
