package wire

import (
	"bytes"
	"fmt"
	"sync"
)

// Read fills a record from a payload, which is a map of its fields and nothing behind it. It is safe for concurrent
// use and keeps nothing of the payload but [Bytes] and [AsItCame]. Every error is a [*FieldError]; no retry mends it. A payload of another major
// version is refused for that reason, whatever else is wrong with it.
//
// No more is allocated than a small multiple of the bounds, and in step with what was really read. The strings of one
// record share memory: clone those that are kept long after it.
func Read[T any](payload []byte, f Format, fields Table[T], rec *T) error {
	d := decoders.Get().(*decoder)
	defer d.release()
	return read(d, payload, f, fields, rec)
}

// ReadInto is [Read] with memory for the records of type E that stand in short lists, which has to be zero. What does not fit in there is
// allocated. It returns how many such records there are, with room or without.
func ReadInto[T, E any](payload []byte, f Format, fields Table[T], rec *T, memory []E) (int, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	short := listsOf[E](d)
	short.run = memory[:0]
	err := read(d, payload, f, fields, rec)
	return short.n, err
}

func read[T any](d *decoder, payload []byte, f Format, fields Table[T], rec *T) error {
	d.begin(payload, f)
	if readMap(d, fields, rec); d.err == nil {
		d.end()
	}
	if d.err == nil {
		return nil
	}
	found := d.err
	if found.Field == "" {
		found.Field = "payload"
	}
	d.begin(payload, f)
	if err := d.checkMajor(fields.major); err != nil {
		return err
	}
	return found
}

// decoder makes structs of what tokens reads.
type decoder struct {
	tokens
	interner interner
	ints     slab[int]
	strings  slab[string]
	lists    []emptier // one for each type that has them
	nItem    int       // elements of lists that have no bound of their own
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// begin starts at the beginning of a payload.
func (d *decoder) begin(payload []byte, format Format) {
	if d.format = format; format == JSON {
		payload = bytes.TrimPrefix(payload, byteOrderMark)
	}
	d.cursor.reset(payload)
}

// release puts d back, without a hold on the payload or the record.
func (d *decoder) release() {
	d.cursor.reset(nil)
	if d.interner.next > 0 { // it is large, and holds nothing of a payload without strings
		d.interner = interner{}
	}
	d.ints, d.strings = slab[int]{}, slab[string]{}
	for _, l := range d.lists {
		l.empty()
	}
	d.nItem = 0
	decoders.Put(d)
}

// otherMajor is the problem of a payload that was written for other readers.
const otherMajor = "major version %d is not supported: this reader knows %d"

// checkMajor reads a payload for its major version alone and returns an error if that is another one. Zero is that of
// a table without it.
func (d *decoder) checkMajor(major int64) error {
	if major == 0 {
		return nil
	}
	d.openMap()
	for d.more() {
		if string(d.key()) != majorName {
			d.skip()
			continue
		}
		if v := d.integer(); d.err == nil && v != major {
			return &FieldError{majorName, fmt.Sprintf(otherMajor, v, major)}
		}
		break
	}
	return nil
}
