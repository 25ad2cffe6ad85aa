package wire

import (
	"bytes"
	"fmt"
	"strings"
)

// Format is one of the two ways to write a payload.
type Format int

// The formats. MessagePack is the default on the wire.
const (
	MsgPack Format = iota
	JSON
)

const (
	contentTypeMsgPack = "application/msgpack"
	contentTypeJSON    = "application/json"
)

// byteOrderMark may stand before JSON in a file.
var byteOrderMark = []byte("\xef\xbb\xbf")

// ContentType returns the media type of payloads of format f.
func (f Format) ContentType() string {
	if f == JSON {
		return contentTypeJSON
	}
	return contentTypeMsgPack
}

// ParseFormat returns the format of a media type, whatever its case and its parameters; an empty one is that of
// MessagePack.
func ParseFormat(contentType string) (Format, error) {
	name, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", contentTypeMsgPack, "application/x-msgpack", "application/vnd.msgpack":
		return MsgPack, nil
	case contentTypeJSON:
		return JSON, nil
	}
	return 0, fmt.Errorf("%.64q is neither %s nor %s", contentType, contentTypeMsgPack, contentTypeJSON)
}

// Sniff returns the format of a payload by its first byte: MessagePack where a map begins, JSON otherwise.
func Sniff(payload []byte) Format {
	payload = bytes.TrimPrefix(payload, byteOrderMark)
	if len(payload) > 0 && payload[0] >= fixMap {
		return MsgPack
	}
	return JSON
}
