package record

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/patchstream/patchstream/messages"
)

// Records are written by workers alone, but the bound of a message is kept all the same.
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
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPartBytes))
		return must(d, err)
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

func decompress(packed []byte) ([]byte, error) {
	text, err := decoder().DecodeAll(packed, nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, fmt.Errorf("%w: a part of it has more than %d bytes", ErrTooLarge, maxPartBytes)
	}
	return text, err
}
