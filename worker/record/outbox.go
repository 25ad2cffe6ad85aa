package record

import (
	"bytes"
	"fmt"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
)

// Outbox is the change that a commit has to publish, as it was encoded once, in MessagePack, and is stored. It does
// not change.
type Outbox struct {
	Status bool // the host's status changed too, or a condition came or went

	packed []byte
}

// stored is how an outbox is encoded.
var stored = messages.Encoding{ContentEncoding: zstdName}

// NewOutbox returns the outbox of a change, of which text is the payload as [messages.EncodeChange] returned it in
// MessagePack. [ErrTooLarge]: no reader would take it even compressed, and a commit of it would keep the host where it is for
// ever.
func NewOutbox(change *messages.Changed, text []byte) (*Outbox, error) {
	b := pack.Borrow()
	defer func() { b.Release() }()
	b.Data = fastEncoder().EncodeAll(text, b.Data)
	o := &Outbox{
		Status: change.Status.From != change.Status.To || change.ConditionsFrom != nil,
		packed: bytes.Clone(b.Data),
	}
	if n := len(o.packed); n > messages.MaxPayloadBytes {
		return nil, fmt.Errorf("%w: its change has %d bytes, compressed", ErrTooLarge, n)
	}
	return o, nil
}

// Change returns the change.
func (o *Outbox) Change() (*messages.Changed, error) {
	change, err := messages.DecodeChanged(o.packed, stored)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return change, nil
}

// Text returns the payload of the change in MessagePack, as [NewOutbox] was given it.
func (o *Outbox) Text() ([]byte, error) {
	text, err := unpackText(o.packed)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return text, nil
}

// Compressed returns [Outbox.Text] compressed, and the Content-Encoding by which it is sent. It must not be changed.
func (o *Outbox) Compressed() (payload []byte, contentEncoding string) { return o.packed, zstdName }
