package wire

import (
	"encoding/binary"
	"math"
)

// shape is how a value is passed without being read: it takes so many bytes, and so many values are in it.
type shape struct {
	bytes  uint8 // 0: what follows the first byte says it
	values uint8
}

// shapes has the shape of each value, by its first byte.
var shapes = func() (all [256]shape) {
	for c := range all {
		switch {
		case c <= fixNumMax, c >= fixNumMin, c == codeNil, c == codeFalse, c == codeTrue:
			all[c] = shape{bytes: 1}
		case c&0xf0 == fixMap:
			all[c] = shape{1, 2 * uint8(c&0x0f)}
		case c&0xf0 == fixList:
			all[c] = shape{1, uint8(c & 0x0f)}
		case c&0xe0 == fixText:
			all[c] = shape{bytes: 1 + uint8(c&0x1f)}
		}
	}
	for width := range uint8(4) {
		all[codeUint8+width] = shape{bytes: 1 + 1<<width}
		all[codeInt8+width] = shape{bytes: 1 + 1<<width}
	}
	all[codeFloat32], all[codeFloat64] = shape{bytes: 1 + 4}, shape{bytes: 1 + 8}
	for power := range uint8(5) {
		all[codeFixExt1+power] = shape{bytes: 2 + 1<<power} // its type, too
	}
	return all
}()

// valueEnd returns where the value of MessagePack ends that begins at pos, or -1 where there is none. It goes through lists and maps of
// any depth, and keeps nothing for that but how many values are still to come.
//
// The first cases are those of nearly all values. To look these up among the shapes as well would take twice as long: a processor guesses the
// case, and with it where the next value begins, before it has read this one.
func valueEnd(data []byte, pos int) int {
	for left := 1; left > 0; left-- {
		if pos >= len(data) {
			return -1
		}
		switch c := data[pos]; {
		case c&0xe0 == fixText:
			pos += 1 + int(c&0x1f)
		case c <= fixNumMax || c == codeNil || c == codeFalse:
			pos++
		case c&0xf0 == fixList:
			pos++
			left += int(c & 0x0f)
		default:
			if s := shapes[c]; s.bytes > 0 {
				pos += int(s.bytes)
				left += int(s.values)
				continue
			}
			next, values := longHead(data, pos)
			if left += values; next < 0 || left-1 > len(data)-next { // each takes a byte at least
				return -1
			}
			pos = next
		}
	}
	if pos > len(data) {
		return -1
	}
	return pos
}

// longHead passes a value of which a length follows the first byte, or of a list or map its head, and returns how many values
// are in it. It returns -1 where there is none.
func longHead(data []byte, pos int) (next, values int) {
	c, rest := data[pos], data[pos+1:]
	var width int
	switch c {
	case codeText8, codeBin8, codeExt8:
		width = 1
	case codeText16, codeBin16, codeExt16, codeList16, codeMap16:
		width = 2
	case codeText32, codeBin32, codeExt32, codeList32, codeMap32:
		width = 4
	}
	if width == 0 || len(rest) < width {
		return -1, 0
	}
	var n uint64
	for _, b := range rest[:width] {
		n = n<<8 | uint64(b)
	}
	pos += 1 + width
	switch c {
	case codeList16, codeList32:
		return pos, int(min(n, math.MaxInt32/2))
	case codeMap16, codeMap32:
		return pos, int(min(2*n, math.MaxInt32/2))
	case codeExt8, codeExt16, codeExt32:
		n++ // its type
	}
	if n > uint64(len(data)-pos) {
		return -1, 0
	}
	return pos + int(n), 0
}

// Fields goes through the fields of a record that is a list of them, as it came. It knows the encodings that most writers choose, which are
// the shortest. Where a method returns false, it has met another one, or something else than what was asked for.
type Fields struct {
	rest []byte
	left int
}

// FieldsOf returns the fields of an element of a [List].
func FieldsOf(element []byte) (Fields, bool) {
	if len(element) == 0 || element[0]&0xf0 != fixList {
		return Fields{}, false
	}
	return Fields{element[1:], int(element[0] & 0x0f)}, true
}

// Text passes a string and returns its bytes.
func (f *Fields) Text() ([]byte, bool) {
	if f.left == 0 || len(f.rest) == 0 {
		return nil, false
	}
	var begin, n int
	switch c := f.rest[0]; {
	case c&0xe0 == fixText:
		begin, n = 1, int(c&0x1f)
	case c == codeText8 && len(f.rest) > 1:
		begin, n = 2, int(f.rest[1])
	default:
		return nil, false
	}
	if begin+n > len(f.rest) {
		return nil, false
	}
	text := f.rest[begin : begin+n]
	f.rest = f.rest[begin+n:]
	f.left--
	return text, true
}

// TextOrNil is Text where nil may stand in its place, or the record may end.
func (f *Fields) TextOrNil() (text []byte, isNil, ok bool) {
	if f.left == 0 {
		return nil, true, true
	}
	if len(f.rest) > 0 && f.rest[0] == codeNil {
		f.rest = f.rest[1:]
		f.left--
		return nil, true, true
	}
	text, ok = f.Text()
	return text, false, ok
}

// Skip passes any value; at the end of the record, nothing.
func (f *Fields) Skip() bool {
	if f.left == 0 {
		return true
	}
	end := valueEnd(f.rest, 0)
	if end < 0 {
		return false
	}
	f.rest = f.rest[end:]
	f.left--
	return true
}

// Records passes a list of records that are lists of their fields, as long as visit says true of them; a nil, or the end of the record, is
// none.
func (f *Fields) Records(visit func(Fields) bool) bool {
	n, ok := f.Count()
	if !ok {
		return false
	}
	if n == 0 {
		return f.Skip()
	}
	pos := 1
	if f.rest[0] == codeList16 {
		pos = 3
	}
	for range n {
		record, ok := FieldsOf(f.rest[min(pos, len(f.rest)):])
		if !ok || !visit(record) {
			return false
		}
		if pos = valueEnd(f.rest, pos); pos < 0 {
			return false
		}
	}
	f.rest = f.rest[pos:]
	f.left--
	return true
}

// Count returns how many elements the list has that comes next. It does not pass it; a nil, or the end of the record, is none.
func (f *Fields) Count() (int, bool) {
	if f.left == 0 {
		return 0, true
	}
	if len(f.rest) == 0 {
		return 0, false
	}
	switch c := f.rest[0]; {
	case c == codeNil:
		return 0, true
	case c&0xf0 == fixList:
		return int(c & 0x0f), true
	case c == codeList16 && len(f.rest) > 2:
		return int(binary.BigEndian.Uint16(f.rest[1:])), true
	}
	return 0, false
}
