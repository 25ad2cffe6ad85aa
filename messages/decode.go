package messages

import (
	"fmt"

	"github.com/patchstream/patchstream/messages/wire"
)

// Decode returns the [*Scan], [*Run], [*Override], [*Recheck] or [*Retire] in a payload, decoded and validated. It is
// safe for concurrent use and keeps nothing of the payload. Every error is a [*FieldError]; no retry mends it.
//
// Whatever the payload is, no more is allocated than a small multiple of the bounds, and in step with what was
// really read. The strings of one event share memory: clone those that are kept long after it.
func Decode(kind Kind, payload []byte, enc Encoding) (Event, error) {
	switch kind {
	case KindScan:
		return decodeEvent(payload, enc, scanFields, new(Scan))
	case KindRun:
		return decodeEvent(payload, enc, runFields, new(Run))
	case KindOverride:
		return decodeEvent(payload, enc, overrideFields, new(Override))
	case KindRecheck:
		return decodeEvent(payload, enc, recheckFields, new(Recheck))
	case KindRetire:
		return decodeEvent(payload, enc, retireFields, new(Retire))
	}
	return nil, refuse("kind", fmt.Sprintf("%.64q is none that is known", string(kind)))
}

func decodeEvent[T any, E interface {
	*T
	Event
}](payload []byte, enc Encoding, fields wire.Table[T], event E) (Event, error) {
	err := decode(payload, enc, fields, (*T)(event))
	if err == nil {
		err = event.Validate()
	}
	if err != nil {
		return nil, err
	}
	return event, nil
}

// decode fills a record from a payload.
func decode[T any](payload []byte, enc Encoding, fields wire.Table[T], rec *T) error {
	format, plain, err := enc.open(payload)
	if err != nil {
		return err
	}
	defer plain.Release()
	return wire.Read(plain.Data, format, fields, rec)
}
