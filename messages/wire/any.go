package wire

import (
	"bytes"
	"encoding/json"

	"github.com/vmihailenco/msgpack/v5"
)

// Check returns a [*FieldError] unless text is one value, in which nothing claims to be longer than the text is, and
// nothing is nested deeper than 32. What reads MessagePack by reflection makes room for what is claimed.
func Check(text []byte, f Format) error {
	var d decoder
	d.begin(text, f)
	if d.skip(); d.err == nil {
		d.end()
	}
	if d.err != nil {
		return &FieldError{"payload", d.err.Problem}
	}
	return nil
}

// Indent returns any value as indented JSON, for people. The error is a [*FieldError] where it is none.
func Indent(text []byte, f Format) ([]byte, error) {
	if err := Check(text, f); err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	if f == MsgPack {
		var err error
		if text, err = asJSON(text); err != nil {
			return nil, &FieldError{"payload", err.Error()}
		}
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, &FieldError{"payload", err.Error()}
	}
	return b.Bytes(), nil
}

func asJSON(text []byte) ([]byte, error) {
	var v any
	if err := msgpack.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
