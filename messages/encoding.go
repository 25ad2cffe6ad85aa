package messages

import (
	"bytes"
	"fmt"
	"strings"
)

// Encoding is what the headers of a message say about its payload.
type Encoding struct {
	ContentType     string // header Content-Type: application/msgpack (also when empty) or application/json
	ContentEncoding string // header Content-Encoding: none (also "identity"), zstd, or s2 as a block or a stream
}

// The values of the headers as we write them.
const (
	contentTypeMsgPack  = "application/msgpack"
	contentTypeJSON     = "application/json"
	contentEncodingZstd = "zstd"
	contentEncodingS2   = "s2"
)

// Format is one of the two ways to write a payload.
type Format int

// The formats. MessagePack is the default on the wire.
const (
	MsgPack Format = iota
	JSON
)

// ContentType returns the value of the header Content-Type for payloads of format f.
func (f Format) ContentType() string {
	if f == JSON {
		return contentTypeJSON
	}
	return contentTypeMsgPack
}

// Sniff returns the encoding of an event file that is not compressed, by its first byte: MessagePack where
// a map begins, JSON otherwise.
func Sniff(payload []byte) Encoding {
	payload = bytes.TrimPrefix(payload, byteOrderMark)
	if len(payload) > 0 && payload[0] >= fixMap {
		return Encoding{ContentType: contentTypeMsgPack}
	}
	return Encoding{ContentType: contentTypeJSON}
}

// format returns the format that the Content-Type names, whatever its case and its parameters.
func (e Encoding) format() (Format, error) {
	name, _, _ := strings.Cut(e.ContentType, ";")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", contentTypeMsgPack, "application/x-msgpack", "application/vnd.msgpack":
		return MsgPack, nil
	case contentTypeJSON:
		return JSON, nil
	}
	return 0, &FieldError{"Content-Type", fmt.Sprintf("%.64q is neither %s nor %s", e.ContentType, contentTypeMsgPack, contentTypeJSON)}
}
