package dial

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/messages"
)

// deniedError says that the server does not let us do something, for whom it is, and what to do next. It wraps
// nats.ErrPermissionViolation.
type deniedError struct{ text string }

func (e *deniedError) Error() string { return e.text }
func (e *deniedError) Unwrap() error { return nats.ErrPermissionViolation }

// violation finds the subject in what a server, or a publisher, says of one that was refused.
var violation = regexp.MustCompile(`(?i)(?:publish|subscription) (?:to|on) "?([^\s":]+)`)

// Denied puts into words that the server refused us. The subject stands at the end, for who writes permissions by hand.
func (t *Target) Denied(err error) error {
	var already *deniedError
	if errors.As(err, &already) {
		return err
	}
	subject := ""
	if m := violation.FindStringSubmatch(err.Error()); m != nil {
		subject = m[1]
	}
	text := t.who() + " may not do that"
	if len(t.For) > 0 {
		text += ": " + t.forWhom(subject)
	}
	if subject != "" {
		text += "; refused: " + allowable(subject)
	}
	return &deniedError{text}
}

// allowable is what to allow for a subject: that of a consumer that is made has a name that chance made, and what it reads.
func allowable(subject string) string {
	parts := strings.Split(subject, ".")
	if parts[0] != "$JS" || len(parts) <= 6 {
		return subject
	}
	return strings.Join(parts[:5], ".") + ".>"
}

// who is as whom we came.
func (t *Target) who() string {
	switch {
	case t.Nkey != "":
		return "the key in --nkey " + t.Nkey
	case t.Creds != "":
		return "the credentials in --creds " + t.Creds
	}
	return "who names neither --nkey nor --creds"
}

// forWhom says who may, and how to become one. A host may do so for itself alone, and is in the subject.
func (t *Target) forWhom(subject string) string {
	itself, name := "the host itself", "NAME"
	if _, host, err := messages.ParseSubject(subject); err == nil && t.For[0] == auth.Host {
		itself, name = "host "+host, host
	}
	words := make([]string, len(t.For))
	for i, role := range t.For {
		switch role {
		case auth.Host:
			words[i] = itself
		case auth.Operator:
			words[i] = "an operator"
		default:
			words[i] = "a " + string(role)
		}
	}
	who := strings.Join(words, " or ")
	if t.Creds != "" {
		return fmt.Sprintf("%q takes those of %s", t.Name, who)
	}
	return fmt.Sprintf("%q takes the key of %s (\"patchstream auth %s %s\" makes one)", t.Name, who, t.For[0], name)
}

// howToCome says what to do for a server that does not let us in.
func (t *Target) howToCome() string {
	switch {
	case t.Nkey != "":
		return fmt.Sprintf("it does not know the key in --nkey %s (any more): \"patchstream auth list\" beside it shows whom it knows", t.Nkey)
	case t.Creds != "":
		return fmt.Sprintf("it does not know the user in --creds %s (any more)", t.Creds)
	case t.namesUser():
		return "check the user and the password in the URL, or say who you are with --nkey or --creds"
	}
	return "say who you are with --nkey or --creds"
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
				give(t.Denied(err))
			case before != nil:
				before(nc, sub, err)
			}
		}
		return nil
	}
}
