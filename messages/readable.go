package messages

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// Readable returns what a payload says as indented JSON, for people who look at an event that could not be applied:
// any value, whatever its version and fields. It refuses, with a [*FieldError], what is no payload at all, and what
// comes to more than maxBytes when it is decompressed.
func Readable(payload []byte, enc Encoding, maxBytes int) ([]byte, error) {
	if n := enc.PlainBytes(payload); n > maxBytes {
		return nil, &FieldError{"payload", fmt.Sprintf("comes to up to %d bytes, more than %d", n, maxBytes)}
	}
	format, err := enc.format()
	if err != nil {
		return nil, err
	}
	plain, err := enc.decompress(payload)
	if err != nil {
		return nil, err
	}
	defer plain.release()
	if err := whole(plain.data, format); err != nil {
		return nil, err
	}
	text := plain.data
	if format == MsgPack {
		var v any
		if err = msgpack.Unmarshal(plain.data, &v); err == nil {
			text, err = json.Marshal(v)
		}
		if err != nil {
			return nil, &FieldError{"payload", err.Error()}
		}
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimPrefix(text, byteOrderMark), "", "  "); err != nil {
		return nil, &FieldError{"payload", err.Error()}
	}
	return b.Bytes(), nil
}

// CheckMsgPack returns a [*FieldError] unless a text is one MessagePack value, in which nothing claims to be longer than
// the text is, and nothing is nested deeper than 32. What reads it by reflection makes room for what is claimed.
func CheckMsgPack(text []byte) error { return whole(text, MsgPack) }

// whole reads one value and its end.
func whole(text []byte, format Format) error {
	var d decoder
	d.begin(text, format)
	if d.skip(); d.err == nil {
		d.end()
	}
	if d.err != nil {
		return &FieldError{"payload", d.err.Problem}
	}
	return nil
}
