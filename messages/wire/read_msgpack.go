package wire

import (
	"encoding/binary"
	"math"
	"time"
)

// packReader reads MessagePack. A value is a byte that says what it is, then, for some, a length or a count
// in big-endian, then what it holds. Every length and count is held against the bytes that are left first.
type packReader struct{ *cursor }

func (r packReader) null() bool {
	if r.stuck() || r.data[r.pos] != codeNil {
		return false
	}
	r.pos++
	return true
}

func (r packReader) flag() bool {
	c := r.code()
	if c != codeTrue && c != codeFalse {
		r.failCode(c, "must be true or false")
	}
	return c == codeTrue
}

func (r packReader) integer() int64 {
	c := r.code()
	if c <= fixNumMax || c >= fixNumMin {
		return int64(int8(c))
	}
	switch c {
	case codeUint8, codeUint16, codeUint32, codeUint64:
		n := r.uint(1 << (c - codeUint8))
		if n > math.MaxInt64 {
			r.fail("is out of range")
		}
		return int64(n)
	case codeInt8:
		return int64(int8(r.uint(1)))
	case codeInt16:
		return int64(int16(r.uint(2)))
	case codeInt32:
		return int64(int32(r.uint(4)))
	case codeInt64:
		return int64(r.uint(8))
	case codeFloat32:
		return r.whole(float64(math.Float32frombits(uint32(r.uint(4)))))
	case codeFloat64:
		return r.whole(math.Float64frombits(r.uint(8)))
	}
	r.failCode(c, "must be an integer")
	return 0
}

func (r packReader) text(maxBytes int) []byte {
	if r.pos < len(r.data) && r.err == nil { // nearly every string is a short one, and within every bound
		if c := r.data[r.pos]; c&0xe0 == fixText {
			start, end := r.pos+1, r.pos+1+int(c&0x1f)
			if end <= len(r.data) {
				r.pos = end
				return r.data[start:end]
			}
		}
	}
	c := r.code()
	n, ok := r.textLen(c)
	if !ok {
		r.failCode(c, "must be a string")
	}
	return r.bounded(r.take(n), maxBytes)
}

func (r packReader) element(i int) (int, bool) {
	if r.err != nil {
		return i, false
	}
	in := r.innermost()
	for ; in.left > 0; i++ {
		in.left--
		if r.pos == len(r.data) || r.data[r.pos] != codeNil {
			return i, true
		}
		r.pos++
	}
	r.depth--
	return i, false
}

func (r packReader) key() []byte {
	c := r.code()
	n, ok := r.textLen(c)
	if !ok {
		r.failCode(c, "has a key that is not a string")
	}
	return r.bounded(r.take(n), MaxStringBytes)
}

func (r packReader) instant() time.Time {
	start := r.pos
	c := r.code()
	if _, ok := r.textLen(c); ok && r.err == nil {
		r.pos = start
		return r.parseInstant(r.text(MaxStringBytes))
	}
	n, ok := r.extLen(c)
	if !ok {
		r.failCode(c, "must be a time")
	}
	ext := r.take(n + 1)
	if r.err != nil {
		return time.Time{}
	}
	return r.timestamp(ext[0], ext[1:])
}

// timestamp reads the body of a timestamp in one of its three sizes: seconds; 30 bits of nanoseconds and
// 34 of seconds; 4 bytes of nanoseconds and 8 of seconds.
func (r packReader) timestamp(extType byte, b []byte) time.Time {
	var seconds, nanos int64
	switch {
	case extType == timestampExt && len(b) == 4:
		seconds = int64(binary.BigEndian.Uint32(b))
	case extType == timestampExt && len(b) == 8:
		both := binary.BigEndian.Uint64(b)
		seconds, nanos = int64(both&(1<<34-1)), int64(both>>34)
	case extType == timestampExt && len(b) == 12:
		nanos, seconds = int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint64(b[4:]))
	default:
		r.fail("must be a time, not %d bytes of extension %d", len(b), int8(extType))
		return time.Time{}
	}
	if nanos >= 1e9 {
		r.fail("has %d nanoseconds in a second", nanos)
	}
	if seconds < firstSecond || seconds > lastSecond {
		r.fail(yearBeyond)
		return time.Time{}
	}
	return time.Unix(seconds, nanos).UTC()
}

func (r packReader) isList() bool {
	if r.stuck() {
		return false
	}
	c := r.data[r.pos]
	return c&0xf0 == fixList || c == codeList16 || c == codeList32
}

func (r packReader) openList() int {
	c := r.code()
	n, ok := r.listLen(c)
	if !ok {
		r.failCode(c, "must be a list")
	}
	return r.open(n, 1, n)
}

func (r packReader) openMap() {
	c := r.code()
	n, ok := r.mapLen(c)
	if !ok {
		r.failCode(c, "must be a map")
	}
	r.open(n, 2, n)
}

// open begins a list or map that claims n elements of so many values each, of which left are to be read.
func (r packReader) open(n, values, left int) int {
	if n > r.left()/values {
		r.fail("claims %d elements where %d bytes are left", n, r.left())
		return 0
	}
	r.begin(container{left: left})
	return n
}

func (r packReader) more() bool {
	if r.err != nil {
		return false
	}
	in := r.innermost()
	if in.left == 0 {
		r.depth--
		return false
	}
	in.left--
	return true
}

// skipHead takes a map for a list of twice as many values: the keys of what is not known do not matter.
func (r packReader) skipHead() {
	c := r.code()
	if n, ok := r.listLen(c); ok {
		r.open(n, 1, n)
		return
	}
	if n, ok := r.mapLen(c); ok {
		r.open(n, 2, 2*n)
		return
	}
	if n, ok := r.textLen(c); ok {
		r.take(n)
		return
	}
	if n, ok := r.extLen(c); ok {
		r.take(n + 1) // its type, too
		return
	}
	switch c {
	case codeUint8, codeUint16, codeUint32, codeUint64:
		r.take(1 << (c - codeUint8))
	case codeInt8, codeInt16, codeInt32, codeInt64:
		r.take(1 << (c - codeInt8))
	case codeFloat32:
		r.take(4)
	case codeFloat64:
		r.take(8)
	case codeNever:
		r.failCode(c, "")
	}
}
