package messages

import "github.com/patchstream/patchstream/messages/wire"

// Transition is what became of one patch: the state that it came from, and the item as it is now. From is empty for
// one that was not known before, State for one that is gone; where both are equal only its version, its level or the
// like changed. On the wire State is called "to"; so it is for who reads or writes one by its tags.
type Transition struct {
	From State
	Item
}

// MarshalJSON writes what stands on the wire.
func (t Transition) MarshalJSON() ([]byte, error) { return t.marshal(JSON) }

// MarshalMsgpack writes what stands on the wire.
func (t Transition) MarshalMsgpack() ([]byte, error) { return t.marshal(MsgPack) }

// UnmarshalJSON reads what stands on the wire. Every error is a [*FieldError].
func (t *Transition) UnmarshalJSON(text []byte) error { return t.unmarshal(text, JSON) }

// UnmarshalMsgpack reads what stands on the wire. Every error is a [*FieldError].
func (t *Transition) UnmarshalMsgpack(text []byte) error { return t.unmarshal(text, MsgPack) }

func (t *Transition) marshal(f Format) ([]byte, error) {
	return readable(wire.Append(nil, f, transitionFields, t))
}

func (t *Transition) unmarshal(text []byte, f Format) error {
	var read Transition
	if err := decode(text, Encoding{ContentType: f.ContentType()}, transitionFields, &read); err != nil {
		return err
	}
	*t = read
	return nil
}
