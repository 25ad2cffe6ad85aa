package worker

import (
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// event is a decoded message.
type event struct {
	messages.Event
	payload  []byte // as it came
	encoding messages.Encoding

	host  string
	sum   [32]byte
	stamp time.Time // when JetStream stored it
	room  int64     // that was taken for its handling
}

// cause is what a change caused by the event says of it.
func (e *event) cause() messages.Cause {
	at := e.Time()
	if at.IsZero() {
		at = e.stamp
	}
	return messages.Cause{Kind: e.Kind(), ID: e.EventID(), OccurredAt: at.UTC()}
}

const duePrefix = "patch.due."

// parseSubject is [messages.ParseSubject], and knows that what fell due is a recheck.
func parseSubject(subject string) (messages.Kind, string, error) {
	if host, due := strings.CutPrefix(subject, duePrefix); due {
		return messages.ParseSubject(messages.KindRecheck.Subject(host))
	}
	return messages.ParseSubject(subject)
}

// hostOf returns the tail of a subject: what decides the lane.
func hostOf(subject string) string {
	parts := strings.SplitN(subject, ".", 3)
	return parts[len(parts)-1]
}

// decodeEvent reads a message and checks everything that the contract asks of it. Its errors are refusals.
func decodeEvent(msg jetstream.Msg, stamp time.Time) (*event, error) {
	kind, host, err := parseSubject(msg.Subject())
	if err != nil {
		return nil, refuse("subject", err)
	}
	if err := checkHeaders(msg.Subject(), msg.Headers()); err != nil {
		return nil, refuse("header", err)
	}
	if len(msg.Data()) > messages.MaxPayloadBytes {
		return nil, refuse("decode", &messages.FieldError{Field: "payload", Problem: fmt.Sprintf("%d bytes, the bound is %d", len(msg.Data()), messages.MaxPayloadBytes)})
	}
	encoding := messages.Encoding{
		ContentType: header(msg.Headers(), "Content-Type"), ContentEncoding: header(msg.Headers(), "Content-Encoding"),
	}
	decoded, err := messages.Decode(kind, msg.Data(), encoding)
	if err != nil {
		return nil, refuse("decode", err)
	}
	if decoded.HostName() != host {
		return nil, refuse("decode", &messages.FieldError{Field: "host", Problem: fmt.Sprintf("is %q, but the subject speaks for %q", decoded.HostName(), host)})
	}
	if err := decoded.CheckClock(stamp); err != nil {
		return nil, refuse("clock", err)
	}
	return &event{Event: decoded, payload: msg.Data(), encoding: encoding, host: host, sum: messages.ContentSum(decoded), stamp: stamp.UTC()}, nil
}

// checkHeaders refuses message schedules on the events: with them, whoever may publish on one subject could
// have the server publish on another.
func checkHeaders(subject string, headers nats.Header) error {
	if strings.HasPrefix(subject, duePrefix) {
		return nil
	}
	for name := range headers {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "nats-schedule") {
			return &messages.FieldError{Field: name, Problem: "message schedules are not allowed here"}
		}
	}
	return nil
}

// header returns a header whatever its case: NATS keeps the case of the sender.
func header(headers nats.Header, name string) string {
	if v := headers.Get(name); v != "" {
		return v
	}
	for key, values := range headers {
		if textproto.CanonicalMIMEHeaderKey(key) == name && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// fieldOf returns the field that a refusal names, for logs.
func fieldOf(err error) string {
	var field *messages.FieldError
	if errors.As(err, &field) {
		return field.Field
	}
	return ""
}
