package pack

import (
	"bytes"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
)

func decompressS2Block(dst, payload []byte) ([]byte, error) {
	n, err := s2.DecodedLen(payload)
	if err != nil {
		return dst, corrupt(s2Name, err)
	}
	if n > MaxPlainBytes {
		return dst, ErrTooLarge
	}
	data, err := s2.Decode(dst[:0:cap(dst)], payload)
	if err != nil {
		return dst, corrupt(s2Name, err)
	}
	return data, nil
}

// s2StreamMagic is the head of the chunk that a stream of s2 or of Snappy begins with.
var s2StreamMagic = []byte("\xff\x06\x00\x00")

// s2Readers are readers of streams. What they allocate grows with the blocks that they read.
var s2Readers = sync.Pool{New: func() any { return s2.NewReader(nil, s2.ReaderAllocBlock(64<<10)) }}

func decompressS2Stream(dst, payload []byte) ([]byte, error) {
	n, err := s2StreamContent(payload)
	if err != nil {
		return dst, corrupt(s2Name, err)
	}
	if n > MaxPlainBytes {
		return dst, ErrTooLarge
	}
	r := s2Readers.Get().(*s2.Reader)
	defer func() {
		r.Reset(nil)
		s2Readers.Put(r)
	}()
	r.Reset(bytes.NewReader(payload))
	plain := bytes.NewBuffer(slices.Grow(dst, n+bytes.MinRead))
	if _, err := plain.ReadFrom(io.LimitReader(r, int64(n)+1)); err != nil {
		return plain.Bytes(), corrupt(s2Name, err)
	}
	return plain.Bytes(), nil
}

// s2StreamContent goes from chunk to chunk and returns how many bytes they say they hold (Snappy framing
// format, 4.2 and 4.3). It stops when they are too many.
func s2StreamContent(payload []byte) (n int, err error) {
	const compressed, asItIs, head, checksum = 0, 1, 4, 4
	for len(payload) > 0 && n <= MaxPlainBytes {
		if len(payload) < head {
			return 0, io.ErrUnexpectedEOF
		}
		kind, length := payload[0], int(payload[1])|int(payload[2])<<8|int(payload[3])<<16
		if payload = payload[head:]; length > len(payload) {
			return 0, io.ErrUnexpectedEOF
		}
		switch {
		case kind <= asItIs && length < checksum:
			return 0, io.ErrUnexpectedEOF
		case kind == asItIs:
			n += length - checksum
		case kind == compressed:
			block, err := s2.DecodedLen(payload[checksum:length])
			if err != nil {
				return 0, err
			}
			if block > MaxPlainBytes {
				return block, nil
			}
			n += block
		}
		payload = payload[length:]
	}
	return n, nil
}
