package pull

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// Msg is a message of a stream as it was stored, and one delivery of it. Its methods are safe for concurrent use.
type Msg struct {
	Subject string
	Header  nats.Header
	Data    []byte

	Stream     string
	Sequence   uint64    // in the stream
	Deliveries uint64    // this one included
	Stored     time.Time // by the server's clock
	Pending    uint64    // messages of the consumer that were not delivered yet

	raw *nats.Msg
}

// newMsg reads from the reply subject what the server says of a delivery.
func newMsg(raw *nats.Msg) (*Msg, error) {
	meta, err := raw.Metadata()
	if err != nil {
		return nil, fmt.Errorf("a message on %q that no consumer delivered: %w", raw.Subject, err)
	}
	return &Msg{
		Subject: raw.Subject, Header: raw.Header, Data: raw.Data,
		Stream: meta.Stream, Sequence: meta.Sequence.Stream, Deliveries: meta.NumDelivered, Stored: meta.Timestamp, Pending: meta.NumPending,
		raw: raw,
	}, nil
}

// Ack says that the message is done with. It does not wait for the server.
func (m *Msg) Ack() error { return m.raw.Respond([]byte("+ACK")) }

// Nak gives the message back, to be delivered again at once.
func (m *Msg) Nak() error { return m.raw.Respond([]byte("-NAK")) }

// NakWithDelay gives the message back, to be delivered again after a time.
func (m *Msg) NakWithDelay(after time.Duration) error {
	return m.raw.Respond([]byte(`-NAK {"delay": ` + strconv.FormatInt(after.Nanoseconds(), 10) + `}`))
}

// InProgress says that somebody works on the message: the acknowledgement wait begins anew.
func (m *Msg) InProgress() error { return m.raw.Respond([]byte("+WPI")) }

// Term says that the message is never to be delivered again.
func (m *Msg) Term() error { return m.raw.Respond([]byte("+TERM")) }
