package wire

import (
	"math"
	"math/bits"
)

// readMap reads a map into a record. What is not in the table of fields is passed.
func readMap[T any](d *decoder, fields Table[T], rec *T) {
	var given, present uint32
	d.openMap()
	for next := 0; d.more(); {
		i := lookup(fields.list, d.key(), next)
		if i < 0 {
			d.skip()
			continue
		}
		next = i + 1
		if given&(1<<i) != 0 {
			d.fail("is given twice")
		}
		given |= 1 << i
		if !d.null() {
			if f := &fields.list[i]; f.text != nil {
				*f.text(rec) = d.keep(f.maxBytes)
			} else {
				f.read(d, rec)
			}
			present |= 1 << i
		}
		if d.err != nil {
			d.err.within(fields.list[i].name)
			return
		}
	}
	checkRequired(d, fields, present)
}

// readList reads a list of fields in the order of their table into a record. It may be shorter, from an older
// writer, or longer, from a newer one.
func readList[T any](d *decoder, fields Table[T], rec *T) {
	var present uint32
	d.openList()
	for i := 0; ; i++ {
		var ok bool
		i = readShortTexts(d, fields.list, i, rec, &present)
		if i, ok = d.element(i); !ok {
			break
		}
		if i >= len(fields.list) {
			d.skip()
			continue
		}
		switch f := &fields.list[i]; {
		case f.appended:
			readAppended(d, f, rec)
		case f.text != nil:
			*f.text(rec) = d.keep(f.maxBytes)
		default:
			f.read(d, rec)
		}
		present |= 1 << i
		if d.err != nil {
			d.err.within(fields.list[i].name)
			return
		}
	}
	checkRequired(d, fields, present)
}

// longestShort is what a short string of MessagePack may come to, where each of its bytes is none of UTF-8.
const longestShort = 3 * maxShort

// readShortTexts reads fields of a list from one on as long as they are short strings of MessagePack, within their bounds, or nil, and returns
// at which field it stopped. Most fields are such, and are read the quicker for being read in a row.
func readShortTexts[T any](d *decoder, fields []Field[T], at int, rec *T, present *uint32) int {
	if d.format != MsgPack || d.err != nil {
		return at
	}
	in := d.innermost()
	data, pos, left := d.data, d.pos, in.left
	for ; left > 0 && pos < len(data) && at < len(fields); at++ {
		if c := data[pos]; c == codeNil {
			pos++
		} else {
			f, end := &fields[at], pos+1+int(c&0x1f)
			if c&0xe0 != fixText || end > len(data) || f.text == nil || f.appended || f.maxBytes < longestShort {
				break
			}
			*f.text(rec) = d.interner.keep(data[pos+1 : end])
			*present |= 1 << at
			pos = end
		}
		left--
	}
	d.pos, in.left = pos, left
	return at
}

// readAppended reads an element of a list that is this field, or what stood there before the field came.
func readAppended[T any](d *decoder, f *Field[T], rec *T) {
	before, without := d.cursor, *rec
	if f.text != nil {
		*f.text(rec) = d.keep(f.maxBytes)
	} else {
		f.read(d, rec)
	}
	if d.err != nil {
		d.cursor, *rec = before, without
		d.skip()
	}
}

// readRecord reads a record in a list of records. A nil is one without any field.
func readRecord[T any](d *decoder, fields Table[T], rec *T) {
	switch {
	case fields.orList && d.isList():
		readList(d, fields, rec)
	case d.null():
		checkRequired(d, fields, 0)
	default:
		readMap(d, fields, rec)
	}
}

// checkRequired looks for a required field that is not among those present, one bit each.
func checkRequired[T any](d *decoder, fields Table[T], present uint32) {
	missing := fields.required &^ present
	if missing == 0 || d.err != nil {
		return
	}
	d.fail("is required")
	d.err.within(fields.list[bits.TrailingZeros32(missing)].name)
}

// lookup returns the position of the field of that name, or -1. It begins with next: most writers keep to the
// order of the table.
func lookup[T any](fields []Field[T], name []byte, next int) int {
	for range fields {
		if next >= len(fields) {
			next = 0
		}
		if fields[next].name == string(name) {
			return next
		}
		next++
	}
	return -1
}

// list reads the list of the present field. Read gets how many elements the list claims to have, 0 if it
// does not say.
func (d *decoder) list(most int, read func(claimed int)) {
	claimed := d.openList()
	if claimed > most {
		d.fail("has %d elements, the bound is %d", claimed, most)
	}
	for i := 0; d.more(); i++ {
		if i == most {
			d.fail("has more than %d elements", most)
			return
		}
		read(claimed)
		if d.err != nil {
			d.err.withinItem(i)
			return
		}
	}
}

// readItems reads a list of values without a bound of its own.
func readItems[V any](d *decoder, items *slab[V], read func() V) []V {
	d.openList()
	for i, ok := d.element(0); ok; i, ok = d.element(i + 1) {
		*items.next() = read()
		if d.countItems(1); d.err != nil {
			d.err.withinItem(i)
			break
		}
	}
	return items.cut()
}

// countItems counts elements of lists that have no bound of their own.
func (d *decoder) countItems(n int) {
	if d.nItem += n; d.nItem > MaxListItems {
		d.fail("is beyond %d elements in all lists of the message", MaxListItems)
	}
}

// keep reads a string that stays.
func (d *decoder) keep(maxBytes int) string {
	s := d.interner.keep(d.text(maxBytes))
	if len(s) > maxBytes {
		d.failLonger(maxBytes) // now that it is UTF-8
	}
	return s
}

func (d *decoder) int() int {
	n := d.integer()
	if n < math.MinInt || n > math.MaxInt {
		d.fail("is out of range")
	}
	return int(n)
}

// readRecords reads a list of records into an empty one. It makes room for no more than may be in the bytes that are left.
func readRecords[T any](d *decoder, fields Table[T], most int, recs []T) []T {
	const smallest = 16 // bytes; hardly a record takes less
	d.list(most, func(claimed int) {
		n := len(recs)
		if n == cap(recs) {
			room := max(2*n, min(claimed, d.left()/smallest), 4)
			recs = append(make([]T, 0, room), recs...)
		}
		recs = recs[:n+1] // never used before, hence zero
		readRecord(d, fields, &recs[n])
	})
	return recs
}
