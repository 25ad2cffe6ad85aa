package messages

import (
	"bytes"
	"fmt"
	"sync"
)

// Decode returns the [*Scan], [*Run], [*Override] or [*Recheck] in a payload, decoded and validated. It is
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
	}
	return nil, &FieldError{"kind", fmt.Sprintf("%.64q is none that is known", string(kind))}
}

func decodeEvent[T any, E interface {
	*T
	Event
}](payload []byte, enc Encoding, fields table[T], event E) (Event, error) {
	err := open(payload, enc, func(d *decoder) {
		readMap(d, fields, (*T)(event))
	})
	if err == nil {
		err = event.Validate()
	}
	if err != nil {
		return nil, err
	}
	return event, nil
}

// open has a payload read, decompressed where it is compressed. A payload of another major version is refused
// for that reason, whatever else is wrong with it.
func open(payload []byte, enc Encoding, read func(*decoder)) error {
	format, err := enc.format()
	if err != nil {
		return err
	}
	plain, err := enc.decompress(payload)
	if err != nil {
		return err
	}
	defer plain.release()
	d := decoders.Get().(*decoder)
	defer d.release()
	d.begin(plain.data, format)
	if read(d); d.err == nil {
		d.end()
	}
	if d.err == nil {
		return nil
	}
	found := d.err
	if found.Field == "" {
		found.Field = "payload"
	}
	d.begin(plain.data, format)
	if err := d.checkMajor(); err != nil {
		return err
	}
	return found
}

// decoder makes structs of what tokens reads.
type decoder struct {
	tokens
	interner interner
	versions slab[Version]
	ints     slab[int]
	strings  slab[string]
	nVersion int // versions in the scan
	nItem    int // elements of lists that have no bound of their own
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// begin starts at the beginning of a payload.
func (d *decoder) begin(payload []byte, format Format) {
	if d.format = format; format == JSON {
		payload = bytes.TrimPrefix(payload, byteOrderMark)
	}
	d.cursor.reset(payload)
}

// release puts d back, without a hold on the payload or the event.
func (d *decoder) release() {
	d.cursor.reset(nil)
	d.interner = interner{}
	d.versions, d.ints, d.strings = slab[Version]{}, slab[int]{}, slab[string]{}
	d.nVersion, d.nItem = 0, 0
	decoders.Put(d)
}

// major reads the major version.
func (d *decoder) major() int {
	v := d.integer()
	if v != SchemaVersion {
		d.fail(otherMajor, v, SchemaVersion)
	}
	return SchemaVersion
}

// otherMajor is the problem of a payload that was written for other readers.
const otherMajor = "major version %d is not supported: this reader knows %d"

// checkMajor reads a payload for its major version alone and returns an error if that is another one.
func (d *decoder) checkMajor() error {
	d.openMap()
	for d.more() {
		if string(d.key()) != "v" {
			d.skip()
			continue
		}
		if v := d.integer(); d.err == nil && v != SchemaVersion {
			return &FieldError{"v", fmt.Sprintf(otherMajor, v, SchemaVersion)}
		}
		break
	}
	return nil
}
