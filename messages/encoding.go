package messages

import (
	"fmt"

	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/messages/wire"
)

// Format is one of the two ways to write a payload.
type Format = wire.Format

// The formats. MessagePack is the default on the wire.
const (
	MsgPack = wire.MsgPack
	JSON    = wire.JSON
)

// Encoding is what the headers of a message say about its payload.
type Encoding struct {
	ContentType     string // header Content-Type: application/msgpack (also when empty) or application/json
	ContentEncoding string // header Content-Encoding: none (also "identity"), zstd, or s2 as a block or a stream
}

// Sniff returns the encoding of an event file that is not compressed, by its first byte: MessagePack where
// a map begins, JSON otherwise.
func Sniff(payload []byte) Encoding {
	return Encoding{ContentType: wire.Sniff(payload).ContentType()}
}

// PlainBytes returns what a payload comes to when it is decompressed, in bytes, as its headers say it. Nothing is
// decompressed. For a payload that cannot be decompressed it returns the length of the payload.
func (e Encoding) PlainBytes(payload []byte) int {
	method, err := pack.ParseMethod(e.ContentEncoding)
	if err != nil {
		return len(payload)
	}
	return pack.PlainBytes(payload, method)
}

// Readable returns what a payload says as indented JSON, for people who look at an event that could not be applied:
// any value, whatever its version and fields. It refuses, with a [*FieldError], what is no payload at all, and what
// comes to more than maxBytes when it is decompressed.
func Readable(payload []byte, enc Encoding, maxBytes int) ([]byte, error) {
	if n := enc.PlainBytes(payload); n > maxBytes {
		return nil, refuse("payload", fmt.Sprintf("comes to up to %d bytes, more than %d", n, maxBytes))
	}
	format, plain, err := enc.open(payload)
	if err != nil {
		return nil, err
	}
	defer plain.Release()
	return wire.Indent(plain.Data, format)
}

// open returns the format of a payload and the payload itself, decompressed where it is compressed.
func (e Encoding) open(payload []byte) (Format, pack.Buffer, error) {
	format, err := wire.ParseFormat(e.ContentType)
	if err != nil {
		return 0, pack.Buffer{}, refuse("Content-Type", err.Error())
	}
	if len(payload) > MaxPayloadBytes {
		return 0, pack.Buffer{}, refuse("payload", fmt.Sprintf("is larger than %d bytes", MaxPayloadBytes))
	}
	method, err := pack.ParseMethod(e.ContentEncoding)
	if err != nil {
		return 0, pack.Buffer{}, refuse("Content-Encoding", err.Error())
	}
	plain, err := pack.Decompress(payload, method)
	if err != nil {
		return 0, pack.Buffer{}, refuse("payload", err.Error())
	}
	return format, plain, nil
}
