package pack

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// decompress returns a copy of what a payload comes to by its Content-Encoding.
func decompress(t testing.TB, payload []byte, encoding string) ([]byte, error) {
	t.Helper()
	method, err := ParseMethod(encoding)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Decompress(payload, method)
	defer plain.Release()
	return bytes.Clone(plain.Data), err
}

// text returns that many lines, each of its own.
func text(lines int) []byte {
	var b bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&b, "package-%d 1.%d-%d amd64\n", i, i*i, i%7)
	}
	return b.Bytes()
}

func TestReadsWhatOthersCompress(t *testing.T) {
	t.Parallel()
	payload := text(300)
	half := len(payload) / 2
	for name, tt := range map[string]struct {
		encoding string
		payload  []byte
	}{
		"zstd":                    {"zstd", zstdOf(t, payload)},
		"Zstd":                    {" ZSTD ", zstdOf(t, payload)},
		"zstd, best":              {"zstd", zstdOf(t, payload, zstd.WithEncoderLevel(zstd.SpeedBestCompression))},
		"zstd without checksum":   {"zstd", zstdOf(t, payload, zstd.WithEncoderCRC(false))},
		"zstd, one segment":       {"zstd", zstdOf(t, payload, zstd.WithSingleSegment(true))},
		"a zstd stream":           {"zstd", zstdStreamOf(t, payload)},
		"zstd --long=31":          {"zstd", zstdWindowOf(t, payload, 31)},
		"zstd --ultra -22":        {"zstd", zstdWindowOf(t, payload, 27)},
		"two zstd frames":         {"zstd", append(zstdOf(t, payload[:half]), zstdStreamOf(t, payload[half:])...)},
		"zstd and frames to skip": {"zstd", append(append([]byte(skippableFrame), zstdOf(t, payload)...), skippableFrame...)},
		"an s2 block":             {"s2", s2.Encode(nil, payload)},
		"a better s2 block":       {"S2", s2.EncodeBetter(nil, payload)},
		"an s2 stream":            {"s2", s2StreamOf(t, payload)},
	} {
		if got, err := decompress(t, tt.payload, tt.encoding); err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: another payload came back: %v", name, err)
		}
	}
}

func TestCompressesOnlyWhatGetsSmaller(t *testing.T) {
	t.Parallel()
	payload := bytes.Repeat([]byte("patch"), 100)
	if out, encoding := Compress(payload, len(payload)+1); encoding != "" || !bytes.Equal(out, payload) {
		t.Errorf("below the least size: %q", encoding)
	}
	out, encoding := Compress(payload, len(payload))
	if encoding != "zstd" || len(out) >= len(payload) {
		t.Errorf("%d bytes became %d, %q", len(payload), len(out), encoding)
	}
	if plain, err := decompress(t, out, encoding); err != nil || !bytes.Equal(plain, payload) {
		t.Error("another payload came back", err)
	}
	noise := make([]byte, 4096)
	rand.NewChaCha8([32]byte{}).Read(noise)
	if out, encoding := Compress(noise, 0); encoding != "" || !bytes.Equal(out, noise) {
		t.Errorf("noise: %q", encoding)
	}
}

func TestRefusesWhatCannotBeDecompressed(t *testing.T) {
	t.Parallel()
	payload := text(2)
	frame, stream, block := zstdOf(t, payload), s2StreamOf(t, payload), s2.Encode(nil, payload)
	damaged := bytes.Clone(frame)
	damaged[len(damaged)-1] ^= 1 // the checksum
	for name, tt := range map[string]struct {
		encoding string
		payload  []byte
	}{
		"not zstd":                   {"zstd", payload},
		"half a zstd frame":          {"zstd", frame[:len(frame)/2]},
		"a zstd frame with less":     {"zstd", frame[:len(frame)-1]},
		"a zstd frame and noise":     {"zstd", append(bytes.Clone(frame), "noise"...)},
		"a wrong zstd checksum":      {"zstd", damaged},
		"half a frame to skip":       {"zstd", []byte(skippableFrame[:9])},
		"zstd with a dictionary":     {"zstd", zstdOf(t, payload, zstd.WithEncoderDictRaw(7, bytes.Repeat([]byte("os"), 64)))},
		"half a zstd header":         {"zstd", frame[:5]},
		"zstd without its blocks":    {"zstd", frame[:9]},
		"not s2":                     {"s2", []byte("\xff\xff\xff\xff\xff\xff")},
		"an empty s2 block":          {"s2", nil},
		"half an s2 block":           {"s2", block[:len(block)/2]},
		"half an s2 stream":          {"s2", stream[:len(stream)/2]},
		"an s2 stream without magic": {"s2", stream[:4]},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decompress(t, tt.payload, tt.encoding)
			if err == nil || !strings.HasPrefix(err.Error(), "cannot be decompressed as "+tt.encoding) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPlainBytesAreKnownBeforeAnythingIsDecompressed(t *testing.T) {
	t.Parallel()
	plain := bytes.Repeat([]byte("0123456789"), 5000)
	packed, encoding := Compress(plain, 0)
	for name, c := range map[string]struct {
		encoding string
		payload  []byte
		want     int
	}{
		"as it is":  {"", plain, len(plain)},
		"zstd":      {encoding, packed, len(plain)},
		"s2":        {"s2", s2.Encode(nil, plain), len(plain)},
		"s2 stream": {"S2", s2StreamOf(t, plain), len(plain)},
		"corrupt":   {"zstd", []byte("no"), 2},
	} {
		method, err := ParseMethod(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		if got := PlainBytes(c.payload, method); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestRefusesAnotherMethod(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gzip", "zstd, s2", "snappy"} {
		if _, err := ParseMethod(name); err == nil || !strings.Contains(err.Error(), "is neither zstd nor s2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
