package pack

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/s2"
)

// MaxPlainBytes is the most that a payload may come to when it is decompressed.
const MaxPlainBytes = 64 << 20

// ErrTooLarge is the error of a payload that comes to more than [MaxPlainBytes].
var ErrTooLarge = fmt.Errorf("is larger than %d bytes", MaxPlainBytes)

// Decompress returns what a payload comes to, in a buffer that has to be released. The error is [ErrTooLarge] or
// says why the payload cannot be decompressed; no retry mends it.
//
// For s2 it takes both what [s2.Encode] makes (a block) and what [s2.NewWriter] makes (a stream). A stream
// begins with its magic chunk; a block that begins with the same bytes would hold a payload that begins with
// a zero byte, which is neither JSON nor a MessagePack map.
func Decompress(payload []byte, m Method) (Buffer, error) {
	var into func(dst, payload []byte) ([]byte, error)
	switch {
	case m == Zstd:
		into = decompressZstd
	case m == S2 && bytes.HasPrefix(payload, s2StreamMagic):
		into = decompressS2Stream
	case m == S2:
		into = decompressS2Block
	default:
		return Buffer{Data: payload}, nil
	}
	plain := Borrow()
	var err error
	if plain.Data, err = into(plain.Data, payload); err != nil {
		plain.Release()
		return Buffer{}, err
	}
	return plain, nil
}

// PlainBytes returns what a payload comes to when it is decompressed, in bytes, as its headers say it, and at most
// [MaxPlainBytes]. Nothing is decompressed. For a payload that cannot be decompressed it returns the length of the
// payload.
func PlainBytes(payload []byte, m Method) int {
	n, err := len(payload), error(nil)
	switch {
	case m == Zstd:
		var stated, unstated int64
		stated, unstated, _, err = zstdContent(payload)
		n = int(min(stated+unstated, MaxPlainBytes))
	case m == S2 && bytes.HasPrefix(payload, s2StreamMagic):
		n, err = s2StreamContent(payload)
	case m == S2:
		n, err = s2.DecodedLen(payload)
	}
	if err != nil {
		return len(payload)
	}
	return min(n, MaxPlainBytes)
}

func corrupt(method string, err error) error {
	return fmt.Errorf("cannot be decompressed as %s: %w", method, err)
}
