package messages

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// zstdOf compresses in a way of its own: options that publishers in other languages may choose.
func zstdOf(t testing.TB, payload []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	enc, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	return enc.EncodeAll(payload, nil)
}

// streamOf writes a stream, whose zstd header does not say how long the content is.
func zstdStreamOf(t testing.TB, payload []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	enc, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for part := range bytes.SplitAfterSeq(payload, []byte("a")) {
		if _, err := enc.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zstdWindowOf writes a stream that says that it refers as far back as 2^log bytes (RFC 8878, 3.1.1.1.2).
func zstdWindowOf(t testing.TB, payload []byte, log byte) []byte {
	t.Helper()
	var b bytes.Buffer
	enc, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	_, err = enc.Write(payload)
	if err := errors.Join(err, enc.Flush(), enc.Close()); err != nil { // flushed before its end: its length is not known
		t.Fatal(err)
	}
	stream := b.Bytes()
	stream[5] = (log - 10) << 3
	return stream
}

func s2StreamOf(t testing.TB, payload []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := s2.NewWriter(&b)
	if _, err := w.Write(payload); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const skippableFrame = "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"

func TestReadsWhatOthersCompress(t *testing.T) {
	want := hostScan(300)
	payload, err := Encode(want, MsgPack)
	if err != nil {
		t.Fatal(err)
	}
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
		got, err := Decode(KindScan, tt.payload, Encoding{ContentEncoding: tt.encoding})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(Event(want), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCompressesOnlyWhatGetsSmaller(t *testing.T) {
	payload := bytes.Repeat([]byte("patch"), 100)
	if out, encoding := Compress(payload, len(payload)+1); encoding != "" || !bytes.Equal(out, payload) {
		t.Errorf("below the least size: %q", encoding)
	}
	out, encoding := Compress(payload, len(payload))
	if encoding != "zstd" || len(out) >= len(payload) {
		t.Errorf("%d bytes became %d, %q", len(payload), len(out), encoding)
	}
	plain, err := Encoding{ContentEncoding: encoding}.decompress(out)
	if err != nil || !bytes.Equal(plain.data, payload) {
		t.Error("another payload came back", err)
	}
	noise := make([]byte, 4096)
	rand.NewChaCha8([32]byte{}).Read(noise)
	if out, encoding := Compress(noise, 0); encoding != "" || !bytes.Equal(out, noise) {
		t.Errorf("noise: %q", encoding)
	}
}

func TestRefusesWhatCannotBeDecompressed(t *testing.T) {
	payload := []byte(leastScan)
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
			_, err := Decode(KindScan, tt.payload, Encoding{ContentType: "application/json", ContentEncoding: tt.encoding})
			refused(t, err, "payload", "cannot be decompressed as ")
		})
	}
}

func TestDecodesAtTheSameTimeInManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := hostScan(10 + 40*i)
			sum := ContentSum(want)
			for format := range Format(2) {
				payload, err := Encode(want, format)
				if err != nil {
					t.Error(err)
					return
				}
				out, encoding := Compress(payload, 0)
				for range 20 {
					got, err := Decode(KindScan, out, Encoding{format.ContentType(), encoding})
					if err != nil || ContentSum(got) != sum {
						t.Error("another scan", err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}
