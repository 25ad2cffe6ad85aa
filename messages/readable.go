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
	var d decoder
	d.begin(plain.data, format)
	if d.skip(); d.err == nil { // it bounds the nesting, which what follows does not
		d.end()
	}
	if d.err != nil {
		return nil, &FieldError{"payload", d.err.Problem}
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
