package wire

import "math"

// The first bytes of MessagePack values (MessagePack specification, "Formats"). A fixed number, map, list or
// string holds its value or length in the low bits of the same byte; the others are followed by it.
const (
	fixNumMax   = 0x7f // and from fixNumMin up
	fixMap      = 0x80 // to 0x8f
	fixList     = 0x90 // to 0x9f
	fixText     = 0xa0 // to 0xbf
	codeNil     = 0xc0
	codeNever   = 0xc1
	codeFalse   = 0xc2
	codeTrue    = 0xc3
	codeBin8    = 0xc4
	codeBin16   = 0xc5
	codeBin32   = 0xc6
	codeExt8    = 0xc7
	codeExt16   = 0xc8
	codeExt32   = 0xc9
	codeFloat32 = 0xca
	codeFloat64 = 0xcb
	codeUint8   = 0xcc
	codeUint16  = 0xcd
	codeUint32  = 0xce
	codeUint64  = 0xcf
	codeInt8    = 0xd0
	codeInt16   = 0xd1
	codeInt32   = 0xd2
	codeInt64   = 0xd3
	codeFixExt1 = 0xd4
	codeFixExt2 = 0xd5
	codeFixExt4 = 0xd6
	codeFixExt8 = 0xd7
	codeFixExtX = 0xd8 // 16 bytes
	codeText8   = 0xd9
	codeText16  = 0xda
	codeText32  = 0xdb
	codeList16  = 0xdc
	codeList32  = 0xdd
	codeMap16   = 0xde
	codeMap32   = 0xdf
	fixNumMin   = 0xe0
)

// timestampExt is the extension type of a MessagePack timestamp.
const timestampExt = 0xff // -1 as a byte

// code passes the first byte of a value.
func (r packReader) code() byte {
	if r.stuck() {
		r.failEnds()
		return codeNever
	}
	r.pos++
	return r.data[r.pos-1]
}

// take passes n bytes.
func (r packReader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > r.left() {
		r.fail("claims %d bytes where %d are left", n, r.left())
		return nil
	}
	r.pos += n
	return r.data[r.pos-n : r.pos]
}

// uint passes an unsigned number of that many bytes.
func (r packReader) uint(width int) uint64 {
	var n uint64
	for _, b := range r.take(width) {
		n = n<<8 | uint64(b)
	}
	return n
}

// length passes a length or a count of that many bytes.
func (r packReader) length(width int) int {
	return int(min(r.uint(width), math.MaxInt-1))
}

// The lengths of a string, a list, a map and an extension that begin with c; false where c begins none.

func (r packReader) textLen(c byte) (int, bool) {
	if c&0xe0 == fixText {
		return int(c & 0x1f), true
	}
	switch c {
	case codeText8, codeBin8:
		return r.length(1), true
	case codeText16, codeBin16:
		return r.length(2), true
	case codeText32, codeBin32:
		return r.length(4), true
	}
	return 0, false
}

func (r packReader) listLen(c byte) (int, bool) {
	if c&0xf0 == fixList {
		return int(c & 0x0f), true
	}
	switch c {
	case codeList16:
		return r.length(2), true
	case codeList32:
		return r.length(4), true
	}
	return 0, false
}

func (r packReader) mapLen(c byte) (int, bool) {
	if c&0xf0 == fixMap {
		return int(c & 0x0f), true
	}
	switch c {
	case codeMap16:
		return r.length(2), true
	case codeMap32:
		return r.length(4), true
	}
	return 0, false
}

func (r packReader) extLen(c byte) (int, bool) {
	switch c {
	case codeFixExt1, codeFixExt2, codeFixExt4, codeFixExt8, codeFixExtX:
		return 1 << (c - codeFixExt1), true
	case codeExt8:
		return r.length(1), true
	case codeExt16:
		return r.length(2), true
	case codeExt32:
		return r.length(4), true
	}
	return 0, false
}

// failCode says that a value that begins with c is not what was wanted, or is no MessagePack at all.
func (r packReader) failCode(c byte, want string) {
	if c == codeNever {
		want = "is not MessagePack"
	}
	r.fail("%s", want)
}
