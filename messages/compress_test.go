package messages

import (
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/patchstream/patchstream/messages/pack"
)

// zstdOf compresses as publishers of others may, even what does not get smaller.
func zstdOf(t testing.TB, payload []byte) []byte {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	return enc.EncodeAll(payload, nil)
}

func TestDecodesAtTheSameTimeInManyGoroutines(t *testing.T) {
	t.Parallel()
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
				out, encoding := pack.Compress(payload, 0)
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
