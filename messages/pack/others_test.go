package pack

import (
	"bytes"
	"errors"
	"testing"

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

// zstdStreamOf writes a stream, whose zstd header does not say how long the content is.
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

// skippableFrame is a frame of three bytes that mean nothing (RFC 8878, 3.1.2).
const skippableFrame = "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
