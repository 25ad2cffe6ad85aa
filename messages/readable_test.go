package messages

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/vmihailenco/msgpack/v5"
)

func TestReadableShowsWhatNoVersionOfOursKnows(t *testing.T) {
	t.Parallel()
	text, err := msgpack.Marshal(map[string]any{"v": 9, "host": "web-1", "list": []any{1, nil, []byte("ab")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		payload []byte
		enc     Encoding
	}{
		"MessagePack": {text, Encoding{}},
		"zstd":        {zstdOf(t, text), Encoding{ContentEncoding: "zstd"}},
		"s2":          {s2.Encode(nil, text), Encoding{ContentEncoding: "s2"}},
		"JSON":        {[]byte("\ufeff{\"v\":9,\"host\":\"web-1\",\"list\":[1,null,\"YWI=\"]}"), Encoding{ContentType: "application/json"}},
	} {
		got, err := Readable(c.payload, c.enc, 1<<10)
		if err != nil || !json.Valid(got) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		for _, part := range []string{`"v": 9`, `"host": "web-1"`, "null", `"YWI="`} {
			if !strings.Contains(string(got), part) {
				t.Errorf("%s: %s lacks %s", name, got, part)
			}
		}
	}
}

func TestReadableRefusesWhatNobodyCouldRead(t *testing.T) {
	t.Parallel()
	long := zstdOf(t, make([]byte, 2<<10))
	for name, c := range map[string]struct {
		payload []byte
		enc     Encoding
	}{
		"nothing":               {nil, Encoding{}},
		"cut off":               {[]byte{0x82, 0xa1, 'v'}, Encoding{}},
		"nested without end":    {[]byte(strings.Repeat("\x91", 1000) + "\x01"), Encoding{}},
		"keys that are no text": {[]byte{0x81, 0x01, 0x02}, Encoding{}},
		"not JSON":              {[]byte(`{"a":}`), Encoding{ContentType: "application/json"}},
		"too long":              {long, Encoding{ContentEncoding: "zstd"}},
		"no zstd":               {[]byte("hello"), Encoding{ContentEncoding: "zstd"}},
		"another type":          {[]byte("a: b"), Encoding{ContentType: "text/yaml"}},
	} {
		got, err := Readable(c.payload, c.enc, 1<<10)
		if fe := (*FieldError)(nil); !errors.As(err, &fe) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
