package wire

import (
	"encoding/binary"
	"encoding/hex"
	"math"
)

// Bytes are any bytes, absent when there are none, in MessagePack alone. They have no bound of their own. Those that are read are the very
// bytes of the payload: whoever keeps them longer clones them.
func Bytes[T any](name string, at func(*T) *[]byte) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = d.bytes() },
		write:  func(e *encoder, rec *T) { e.bytes(*at(rec)) },
		absent: func(rec *T) bool { return len(*at(rec)) == 0 },
	}
}

// BytesRead are bytes that are never written. read is given them, as they stand in the payload, and its error is the problem of the field.
func BytesRead[T any](name string, read func(*T, []byte) error) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			b := d.bytes()
			if d.err != nil {
				return
			}
			if err := read(rec, b); err != nil {
				d.fail("%s", err)
			}
		},
		absent: func(*T) bool { return true },
	}
}

// Digest is a SHA-256, absent when zero: in MessagePack its bytes, in JSON hex.
func Digest[T any, D ~[32]byte](name string, at func(*T) *D) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			*at(rec) = D(d.digest())
		},
		write: func(e *encoder, rec *T) {
			if sum := [32]byte(*at(rec)); e.format == JSON {
				e.text(hex.EncodeToString(sum[:]), MaxStringBytes)
			} else {
				e.bytes(sum[:])
			}
		},
		absent: func(rec *T) bool { return *at(rec) == D{} },
	}
}

// bytes passes bytes. They are those of the payload.
func (d *decoder) bytes() []byte {
	if d.format == JSON {
		d.fail("is read from MessagePack alone")
		return nil
	}
	return d.text(math.MaxInt)
}

func (d *decoder) digest() (sum [32]byte) {
	b := d.text(MaxStringBytes)
	if d.format == JSON {
		digits, err := hex.DecodeString(string(b))
		if b = digits; err != nil {
			b = nil
		}
	}
	if len(b) != len(sum) {
		d.fail("must be a digest of %d bytes", len(sum))
	}
	copy(sum[:], b)
	return sum
}

func (e *encoder) bytes(b []byte) {
	switch n := len(b); {
	case e.format == JSON:
		e.fail("is written in MessagePack alone")
		return
	case n <= math.MaxUint8:
		e.buf = append(e.buf, codeBin8, byte(n))
	case n <= math.MaxUint16:
		e.buf = binary.BigEndian.AppendUint16(append(e.buf, codeBin16), uint16(n))
	default:
		e.buf = binary.BigEndian.AppendUint32(append(e.buf, codeBin32), uint32(n))
	}
	e.buf = append(e.buf, b...)
}
