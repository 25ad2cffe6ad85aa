package messages

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/klauspost/compress/s2"
)

// plainPayload is a payload that is not compressed, or no longer.
type plainPayload struct {
	data   []byte
	buffer *[]byte // from buffers; nil where data is the payload as it came
}

// buffers are what payloads are decompressed into. Nothing of them is kept when a payload is decoded.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const maxIdleBuffer = 4 << 20

func (p plainPayload) release() {
	if p.buffer == nil {
		return
	}
	if *p.buffer = p.data[:0]; cap(p.data) > maxIdleBuffer {
		*p.buffer = nil
	}
	buffers.Put(p.buffer)
}

// decompress returns the payload that the Content-Encoding stands for. What it would come to is known from its
// headers before anything is allocated for it.
//
// For s2 it takes both what [s2.Encode] makes (a block) and what [s2.NewWriter] makes (a stream). A stream
// begins with its magic chunk; a block that begins with the same bytes would hold a payload that begins with
// a zero byte, which is neither JSON nor a MessagePack map.
func (e Encoding) decompress(payload []byte) (plainPayload, error) {
	if len(payload) > MaxPayloadBytes {
		return plainPayload{}, failLarger(MaxPayloadBytes)
	}
	var into func(dst, payload []byte) ([]byte, error)
	switch name := strings.ToLower(strings.TrimSpace(e.ContentEncoding)); {
	case name == "" || name == "identity":
		return plainPayload{data: payload}, nil
	case name == contentEncodingZstd:
		into = decompressZstd
	case name == contentEncodingS2 && bytes.HasPrefix(payload, s2StreamMagic):
		into = decompressS2Stream
	case name == contentEncodingS2:
		into = decompressS2Block
	default:
		return plainPayload{}, &FieldError{"Content-Encoding", fmt.Sprintf("%.64q is neither %s nor %s", e.ContentEncoding, contentEncodingZstd, contentEncodingS2)}
	}
	buffer := buffers.Get().(*[]byte)
	data, err := into((*buffer)[:0], payload)
	plain := plainPayload{data, buffer}
	if err != nil {
		plain.release()
		return plainPayload{}, err
	}
	return plain, nil
}

// PlainBytes returns what a payload comes to when it is decompressed, in bytes, as its headers say it. Nothing is
// decompressed. For a payload that cannot be decompressed it returns the length of the payload.
func (e Encoding) PlainBytes(payload []byte) int {
	n, err := len(payload), error(nil)
	switch name := strings.ToLower(strings.TrimSpace(e.ContentEncoding)); {
	case name == contentEncodingZstd:
		var said, unsaid int64
		said, unsaid, _, err = zstdContent(payload)
		n = int(min(said+unsaid, MaxDecompressedBytes))
	case name == contentEncodingS2 && bytes.HasPrefix(payload, s2StreamMagic):
		n, err = s2StreamContent(payload)
	case name == contentEncodingS2:
		n, err = s2.DecodedLen(payload)
	}
	if err != nil {
		return len(payload)
	}
	return min(n, MaxDecompressedBytes)
}

func failCorrupt(encoding string, err error) *FieldError {
	return &FieldError{"payload", fmt.Sprintf("cannot be decompressed as %s: %v", encoding, err)}
}
