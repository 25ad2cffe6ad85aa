package pack

import (
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Compress returns payload compressed with zstd and "zstd", the header Content-Encoding to send it with; or
// payload itself and an empty string where it is shorter than minBytes or would not become smaller. It is safe
// for concurrent use.
func Compress(payload []byte, minBytes int) (out []byte, contentEncoding string) {
	if len(payload) < minBytes {
		return payload, ""
	}
	enc, err := zstdEncoder()
	if err != nil {
		return payload, ""
	}
	out = enc.EncodeAll(payload, nil)
	if len(out) >= len(payload) {
		return payload, ""
	}
	return out, zstdName
}

// windowBytes is how far back the encoder looks for what it has seen. Each processor's takes a little more than
// that in memory, for ever; by default it would be 16 MiB.
const windowBytes = 1 << 20

// zstdEncoder and zstdDecoder return what all goroutines share. They fail only if their options are wrong.
var (
	zstdEncoder = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithWindowSize(windowBytes), zstd.WithLowerEncoderMem(true))
	})
	zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(0), // as many as there are processors
			zstd.WithDecoderMaxMemory(MaxPlainBytes),
			zstd.WithDecoderMaxWindow(MaxPlainBytes))
	})
)
