package pack

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// allocatedBy returns how many bytes run allocates, whether or not they are let go again.
func allocatedBy(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestRefusesWhatDecompressesToTooMuch(t *testing.T) {
	const most = 4 * MaxPlainBytes
	zeros := make([]byte, MaxPlainBytes+1)
	mebibyte := zstdOf(t, zeros[:1<<20], zstd.WithEncoderCRC(false))
	for name, tt := range map[string]struct {
		encoding string
		payload  []byte
	}{
		"a zstd frame":          {"zstd", zstdOf(t, zeros)},
		"a zstd stream":         {"zstd", zstdStreamOf(t, zeros)},
		"65 zstd frames":        {"zstd", bytes.Repeat(mebibyte, 65)},
		"a zstd frame too many": {"zstd", append(zstdStreamOf(t, zeros[1:]), zstdStreamOf(t, []byte("a"))...)},
		"many zstd frames":      {"zstd", bytes.Repeat(mebibyte, (7<<20)/len(mebibyte))},
		"an s2 block":           {"s2", s2.Encode(nil, zeros)},
		"an s2 stream":          {"s2", s2StreamOf(t, zeros)},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			got := allocatedBy(func() { _, err = decompress(t, tt.payload, tt.encoding) })
			if got > most {
				t.Errorf("it allocated %d bytes, more than %d", got, most)
			}
			if !errors.Is(err, ErrTooLarge) {
				t.Error(err)
			}
		})
	}
}

func TestManySmallFramesAllocateOnce(t *testing.T) {
	frame := zstdOf(t, []byte("a"), zstd.WithEncoderCRC(false))
	payload := bytes.Repeat(frame, 200_000)
	var plain Buffer
	var err error
	got := allocatedBy(func() { plain, err = Decompress(payload, Zstd) })
	if err != nil || len(plain.Data) != 200_000 {
		t.Fatal(len(plain.Data), err)
	}
	if got > 1<<20 {
		t.Errorf("200,000 bytes in as many frames made it allocate %d", got)
	}
}
