package record

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/messages/wire"
)

var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false),
			zstd.WithWindowSize(windowBytes), zstd.WithLowerEncoderMem(true))
		return must(e, err)
	})
	// fastEncoder is for what is written anew with every change, and is small beside the full scan.
	fastEncoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
			zstd.WithWindowSize(windowBytes), zstd.WithLowerEncoderMem(true))
		return must(e, err)
	})
)

// windowBytes bounds what each encoder keeps in memory for ever, and with that how far back it looks.
const windowBytes = 1 << 20

// maxPartBytes bounds a part of a record before it is compressed.
const maxPartBytes = messages.MaxDecompressedBytes

// must is for options that are constants: they are good or the program is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func compress(text []byte) []byte { return encoder().EncodeAll(text, nil) }

// quickBytes is up to which size a part is compressed with s2: zstd takes ten times as long for so little, most of it for its tables.
const quickBytes = 32 << 10

// packPart appends a part of a record, compressed, to dst.
func packPart(dst, plain []byte) []byte {
	if len(plain) > quickBytes {
		return fastEncoder().EncodeAll(plain, dst)
	}
	begin := len(dst)
	dst = slices.Grow(dst, s2.MaxEncodedLen(len(plain)))
	return dst[:begin+len(s2.Encode(dst[begin:cap(dst)], plain))]
}

// packText returns a part of a record, compressed.
func packText(plain []byte) []byte {
	b := pack.Borrow()
	defer func() { b.Release() }()
	b.Data = packPart(b.Data, plain)
	return bytes.Clone(b.Data)
}

// unpackText returns what a part comes to. [ErrTooLarge].
func unpackText(packed []byte) ([]byte, error) {
	plain, err := openPart(packed)
	if err != nil {
		return nil, err
	}
	defer plain.Release()
	return bytes.Clone(plain.Data), nil
}

// methodOf returns how a part is compressed. No block of s2 begins as a frame of zstd does: it would begin with a copy of what stands before
// its beginning.
func methodOf(packed []byte) pack.Method {
	if bytes.HasPrefix(packed, zstdMagic) {
		return pack.Zstd
	}
	return pack.S2
}

// plainBytes returns what a part comes to.
func plainBytes(packed []byte) int { return pack.PlainBytes(packed, methodOf(packed)) }

// openPart returns what a part comes to, in a buffer that has to be released. [ErrTooLarge].
func openPart(packed []byte) (pack.Buffer, error) {
	method := methodOf(packed)
	if n := plainBytes(packed); method == pack.S2 && n > quickBytes { // a few bytes of s2 may claim to come to anything
		return pack.Buffer{}, fmt.Errorf("claims %d bytes, the bound of s2 is %d", n, quickBytes)
	}
	plain, err := pack.Decompress(packed, method)
	if errors.Is(err, pack.ErrTooLarge) {
		return pack.Buffer{}, fmt.Errorf("%w: a part of it has more than %d bytes", ErrTooLarge, maxPartBytes)
	}
	return plain, err
}

// readPart reads a part that has fields into a record.
func readPart[T any](packed []byte, fields wire.Table[T], rec *T) error {
	plain, err := openPart(packed)
	if err != nil {
		return err
	}
	defer plain.Release()
	return wire.Read(plain.Data, wire.MsgPack, fields, rec)
}
