package pack

import (
	"testing"

	"github.com/klauspost/compress/s2"
)

// What can be decompressed comes to no more than its headers say and to no more than the bound, and what we make of
// it comes back.
func FuzzDecompress(f *testing.F) {
	for _, payload := range [][]byte{nil, text(1), text(100)} {
		f.Add(byte(Zstd), zstdOf(f, payload))
		f.Add(byte(Zstd), zstdStreamOf(f, payload))
		f.Add(byte(S2), s2.Encode(nil, payload))
		f.Add(byte(S2), s2StreamOf(f, payload))
	}
	f.Add(byte(Zstd), []byte(skippableFrame))
	f.Fuzz(func(t *testing.T, method byte, payload []byte) {
		m := Method(method % 3)
		plain, err := Decompress(payload, m)
		if err != nil {
			return
		}
		defer plain.Release()
		if stated := PlainBytes(payload, m); len(plain.Data) > stated || stated > MaxPlainBytes && m != Identity {
			t.Fatalf("%d bytes, %d were stated", len(plain.Data), stated)
		}
		packed, encoding := Compress(plain.Data, 0)
		if again, err := decompress(t, packed, encoding); err != nil || string(again) != string(plain.Data) {
			t.Fatalf("%q comes back as something else: %v", encoding, err)
		}
	})
}
