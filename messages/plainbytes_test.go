package messages

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/s2"
)

func TestPlainBytesAreKnownBeforeAnythingIsDecompressed(t *testing.T) {
	plain := bytes.Repeat([]byte("0123456789"), 5000)
	packed, encoding := Compress(plain, 0)
	var stream bytes.Buffer
	w := s2.NewWriter(&stream)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		encoding string
		payload  []byte
		want     int
	}{
		"as it is":  {"", plain, len(plain)},
		"zstd":      {encoding, packed, len(plain)},
		"s2":        {"s2", s2.Encode(nil, plain), len(plain)},
		"s2 stream": {"S2", stream.Bytes(), len(plain)},
		"corrupt":   {"zstd", []byte("no"), 2},
	} {
		if got := (Encoding{ContentEncoding: c.encoding}).PlainBytes(c.payload); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
