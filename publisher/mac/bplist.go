package mac

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A binary property list is objects, a table of where each begins, and a trailer of 32 bytes: at 6 the bytes of an offset in the
// table, at 7 those of a reference to an object, then as 64 bits the number of objects, the top one, and where the table is.
// An object begins with a byte: the upper half is its kind (A array, C set, D dictionary), the lower its length, or F where a
// number follows. Containers then have references to what is in them; a dictionary all keys before all values.
//
// The library follows these without a bound, and takes the square of their depth in time. So the depth is looked at first.
type binaryList struct {
	text                []byte
	offsetBytes, refLen int
	objects, table      uint64
	seen                []int8 // the deepest that an object was met at
}

var errDamaged = errors.New("a damaged property list")

const trailerBytes = 32

// checkBinary returns an error where a list nests too deeply, or in itself, or points out of itself.
func checkBinary(text []byte) error {
	if len(text) < len("bplist00")+trailerBytes {
		return errDamaged
	}
	trailer := text[len(text)-trailerBytes:]
	b := &binaryList{
		text: text, offsetBytes: int(trailer[6]), refLen: int(trailer[7]),
		objects: binary.BigEndian.Uint64(trailer[8:]), table: binary.BigEndian.Uint64(trailer[24:]),
	}
	size := uint64(len(text) - trailerBytes)
	if b.offsetBytes < 1 || b.offsetBytes > 8 || b.refLen < 1 || b.refLen > 8 || b.table > size || b.objects > (size-b.table)/uint64(b.offsetBytes) {
		return errDamaged
	}
	b.seen = make([]int8, b.objects)
	return b.walk(binary.BigEndian.Uint64(trailer[16:]), 1)
}

// walk looks at an object and what is in it, again only where it is met deeper than before.
func (b *binaryList) walk(object uint64, depth int8) error {
	switch {
	case object >= b.objects:
		return errDamaged
	case depth > maxPlistDepth:
		return fmt.Errorf("a property list that nests deeper than %d", maxPlistDepth)
	case b.seen[object] >= depth:
		return nil
	}
	b.seen[object] = depth
	at, ok := b.number(b.table+object*uint64(b.offsetBytes), b.offsetBytes)
	if !ok || at >= b.table {
		return errDamaged
	}
	kind, n := b.text[at]>>4, uint64(b.text[at]&0xF)
	if kind != 0xA && kind != 0xC && kind != 0xD {
		return nil
	}
	at++
	if n == 0xF {
		width := 1 << (b.text[at] & 3) // an integer object
		if n, ok = b.number(at+1, width); !ok {
			return errDamaged
		}
		at += 1 + uint64(width)
	}
	if kind == 0xD {
		n *= 2
	}
	if n > uint64(len(b.text)) {
		return errDamaged
	}
	for i := range n {
		inner, ok := b.number(at+i*uint64(b.refLen), b.refLen)
		if !ok {
			return errDamaged
		}
		if err := b.walk(inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// number reads one of so many bytes, and reports whether it is within the list.
func (b *binaryList) number(at uint64, width int) (n uint64, ok bool) {
	if at > uint64(len(b.text)) || uint64(width) > uint64(len(b.text))-at {
		return 0, false
	}
	for _, c := range b.text[at : at+uint64(width)] {
		n = n<<8 | uint64(c)
	}
	return n, true
}
