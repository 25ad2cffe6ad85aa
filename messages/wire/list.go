package wire

import "bytes"

// List is a list of records in MessagePack that were not read: of each it has the bytes, which are those of the payload.
type List struct {
	payload []byte
	begins  []uint32 // where each element begins in the payload, and where the last one ends; none: there is no list
}

// Len returns how many elements the list has.
func (l *List) Len() int { return max(len(l.begins)-1, 0) }

// At returns the bytes of an element. They are those of the payload.
func (l *List) At(i int) []byte {
	begin, end := l.begins[i], l.begins[i+1]
	return l.payload[begin:end:end]
}

// Bytes returns the bytes of all elements in a row.
func (l *List) Bytes() []byte {
	if l.Len() == 0 {
		return nil
	}
	return l.payload[l.begins[0]:l.begins[l.Len()]]
}

// AsItCame is a list of at most so many records that is left unread. It is read from MessagePack alone, and never written. Its elements are
// values, whatever they say: whether one is a record, [ReadElements] finds out. like returns a list that probably has most of the same
// elements, which makes this one quicker to cut, or an empty one.
func AsItCame[T any](name string, most int, at, like func(*T) *List) Field[T] {
	return Field[T]{name: name, read: func(d *decoder, rec *T) { *at(rec) = d.cut(most, like(rec)) }}
}

// cut passes a list and notes where its elements begin. They are likely those of another list, which may be empty.
func (d *decoder) cut(most int, like *List) List {
	if d.format != MsgPack {
		d.fail("is read as it came from MessagePack alone")
		return List{}
	}
	n := d.openList()
	if n > most {
		d.fail("has %d elements, the bound is %d", n, most)
	}
	if d.err != nil {
		return List{}
	}
	begins, next := make([]uint32, 0, n+1), 0
	for range n {
		begins = append(begins, uint32(d.pos))
		if d.pos = like.valueEnd(d.data, d.pos, &next); d.pos < 0 {
			d.pos = len(d.data)
			d.fail("has an element that is no value")
			return List{}
		}
	}
	d.depth--
	return List{payload: d.data, begins: append(begins, uint32(d.pos))}
}

// ahead is how many elements are tried behind the one that most likely comes next.
const ahead = 2

// valueEnd is [valueEnd] of what is likely an element of the list, most often the next one. No value is the beginning of a longer one: where
// the bytes of an element stand in data, the value ends with them, and need not be looked into.
func (l *List) valueEnd(data []byte, pos int, next *int) int {
	for i := *next; i < min(*next+1+ahead, l.Len()); i++ {
		if element := l.At(i); bytes.HasPrefix(data[pos:], element) {
			*next = i + 1
			return pos + len(element)
		}
	}
	return valueEnd(data, pos)
}

// Within returns the table of a map that has the fields of another record, which is a part of this one, and more of its own.
func Within[T, P any](fields Table[P], part func(*T) *P, more ...Field[T]) Table[T] {
	list := make([]Field[T], 0, len(fields.list)+len(more))
	for _, f := range fields.list {
		outer := Field[T]{name: f.name, maxBytes: f.maxBytes, major: f.major, required: f.required, appended: f.appended, late: f.late}
		if f.text != nil {
			outer.text = func(rec *T) *string { return f.text(part(rec)) }
		}
		if f.word != nil {
			outer.word = func(rec *T) string { return f.word(part(rec)) }
		}
		if f.read != nil {
			outer.read = func(d *decoder, rec *T) { f.read(d, part(rec)) }
		}
		if f.write != nil {
			outer.write = func(e *encoder, rec *T) { f.write(e, part(rec)) }
		}
		if f.absent != nil {
			outer.absent = func(rec *T) bool { return f.absent(part(rec)) }
		}
		list = append(list, outer)
	}
	return MapOf(append(list, more...)...)
}

// elementDepth is how deep an element of a list stands in its payload: in that list, in a map.
const elementDepth = 2

// ReadElements reads some elements of a list into records, as [Read] does that reads the whole payload. Its errors do not say
// which element it is.
func ReadElements[T any](l *List, at []int, fields Table[T]) ([]T, error) {
	if len(at) == 0 {
		return nil, nil
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	recs := make([]T, len(at))
	for i, n := range at {
		d.begin(l.At(n), MsgPack)
		d.depth = elementDepth
		if readRecord(d, fields, &recs[i]); d.err == nil {
			d.end()
		}
		if d.err != nil {
			return nil, d.err
		}
	}
	return recs, nil
}
