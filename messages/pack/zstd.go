package pack

import (
	"errors"
	"io"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// decompressZstd appends the content of all frames of a payload to dst. It makes room only once: a decoder
// that is left alone makes it anew for each frame.
func decompressZstd(dst, payload []byte) ([]byte, error) {
	stated, unstated, wide, err := zstdContent(payload)
	if err != nil {
		return dst, corrupt(zstdName, err)
	}
	payload = narrowed(payload, wide)
	if stated > MaxPlainBytes {
		return dst, ErrTooLarge
	}
	dec, err := zstdDecoder()
	if err != nil {
		return dst, corrupt(zstdName, err)
	}
	const spare = 16 // the decoder writes a little beyond the end
	dst = slices.Grow(dst, int(min(stated+unstated, MaxPlainBytes))+spare)
	data, err := dec.DecodeAll(payload, dst)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return dst, ErrTooLarge
	case err != nil:
		return dst, corrupt(zstdName, err)
	}
	return data, nil
}

// maxZstdBlock is how much a block may hold (RFC 8878, 3.1.1.2.4).
const maxZstdBlock = 128 << 10

// narrowed returns a payload in which the frames at these places, which have a wider window than can be of use to
// them, as "zstd --long" writes it, have one that the decoder takes.
func narrowed(payload []byte, wide []int) []byte {
	if len(wide) == 0 {
		return payload
	}
	widest := bits.Len(MaxPlainBytes - 1) // nothing can refer further back than the most that is decompressed
	payload = slices.Clone(payload)
	for _, at := range wide {
		const descriptor = 5 // behind the magic number and the frame's own descriptor (RFC 8878, 3.1.1.1)
		payload[at+descriptor] = byte(widest-10) << 3
	}
	return payload
}

// zstdContent goes from header to header and returns how many bytes the frames say they hold, how many more may be in
// blocks that do not say, and where the frames with too wide a window begin.
func zstdContent(payload []byte) (stated, unstated int64, wide []int, err error) {
	whole := len(payload)
	for len(payload) > 0 && stated <= MaxPlainBytes {
		var h zstd.Header
		if err := h.Decode(payload); err != nil {
			return 0, 0, nil, err
		}
		if !h.SingleSegment && h.WindowSize > MaxPlainBytes {
			wide = append(wide, whole-len(payload))
		}
		payload = payload[h.HeaderSize:]
		if h.Skippable {
			if uint64(h.SkippableSize) > uint64(len(payload)) {
				return 0, 0, nil, io.ErrUnexpectedEOF
			}
			payload = payload[h.SkippableSize:]
			continue
		}
		blocks, inFrame, more := zstdBlocks(payload)
		if h.HasCheckSum {
			blocks += 4
		}
		if blocks > len(payload) {
			return 0, 0, nil, io.ErrUnexpectedEOF
		}
		payload = payload[blocks:]
		if h.HasFCS {
			if h.FrameContentSize > uint64(inFrame+more) {
				return 0, 0, nil, zstd.ErrFrameSizeMismatch
			}
			inFrame, more = int64(h.FrameContentSize), 0
		}
		stated += inFrame
		unstated += more
	}
	return stated, unstated, wide, nil
}

// zstdBlocks returns how long the blocks of a frame are, and how many bytes they hold: stated for those that say
// so, the most there can be for the others. What it returns is longer than payload where that ends too early.
func zstdBlocks(payload []byte) (length int, stated, unstated int64) {
	for {
		if length+3 > len(payload) {
			return len(payload) + 1, 0, 0
		}
		b := payload[length:]
		header := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
		last, kind, size := header&1 == 1, header>>1&3, header>>3
		length += 3
		switch kind {
		case 0: // as it is
			stated += int64(size)
			length += size
		case 1: // one byte, repeated
			stated += int64(size)
			length++
		default: // compressed
			unstated += maxZstdBlock
			length += size
		}
		if last || length > len(payload) {
			return length, stated, unstated
		}
	}
}
