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
	format, plain, err := enc.open(payload)
	if err != nil {
		return nil, err
	}
	defer plain.Release()
	return decodePlain(kind, plain.Data, format)
}

// DecodeSummed is [Decode] with the SHA-256 of what the event says, its kind included, in MessagePack: as it came, where it came
// so, which is [ContentSum] where [Encode] wrote it, and else [ContentSum].
func DecodeSummed(kind Kind, payload []byte, enc Encoding) (event Event, sum [32]byte, err error) {
	format, plain, err := enc.open(payload)
	if err != nil {
		return nil, sum, err
	}
	defer plain.Release()
	if event, err = decodePlain(kind, plain.Data, format); err != nil {
		return nil, sum, err
	}
	if format != MsgPack {
		return event, ContentSum(event), nil
	}
	return event, sumOf(kind, plain.Data), nil
}

func decodePlain(kind Kind, plain []byte, f Format) (Event, error) {
	switch kind {
	case KindScan:
		return decodeEvent(plain, f, scanFields, new(Scan))
	case KindRun:
		return decodeEvent(plain, f, runFields, new(Run))
	case KindOverride:
		return decodeEvent(plain, f, overrideFields, new(Override))
	case KindRecheck:
		return decodeEvent(plain, f, recheckFields, new(Recheck))
	case KindRetire:
		return decodeEvent(plain, f, retireFields, new(Retire))
	}
	return nil, refuse("kind", fmt.Sprintf("%.64q is none that is known", string(kind)))
}

func decodeEvent[T any, E interface {
	*T
	Event
}](plain []byte, f Format, fields wire.Table[T], event E) (Event, error) {
	err := wire.Read(plain, f, fields, (*T)(event))
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
