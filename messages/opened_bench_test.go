package messages

import (
	"fmt"
	"testing"

	"github.com/patchstream/patchstream/messages/pack"
)

// BenchmarkOpenAndCompare is what a worker does with a full scan of which 5 packages changed until it knows which: with the lists left
// as they came, and, in "decoded", with all of it decoded first.
func BenchmarkOpenAndCompare(b *testing.B) {
	for _, packages := range []int{700, 2000} {
		before, now := hostScan(packages), hostScan(packages)
		for i := range 5 {
			now.Packages[i*packages/5].Hold = true
		}
		earlier, later := packed(b, before), packed(b, now)
		enc := Encoding{ContentEncoding: "zstd"}
		b.Run(fmt.Sprint(packages), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o, err := OpenScan(later, enc)
				if err != nil {
					b.Fatal(err)
				}
				_ = o.Sum()
				was, err := o.OpenEarlier(earlier, enc)
				if err != nil {
					b.Fatal(err)
				}
				if lists, err := o.Compare(was); err != nil || o.Whole() || len(lists.Added) != 5 {
					b.Fatal(err, o.Whole(), lists)
				}
				was.Release()
				o.Release()
			}
		})
		b.Run(fmt.Sprint(packages, "/decoded"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := DecodeSummed(KindScan, later, enc); err != nil {
					b.Fatal(err)
				}
				if lists, err := compareTaken(earlier, later, enc, enc); err != nil || len(lists.Added) != 5 {
					b.Fatal(err, lists)
				}
			}
		})
	}
}

// BenchmarkOpenParts is what there is in it.
func BenchmarkOpenParts(b *testing.B) {
	for _, packages := range []int{700, 2000} {
		payload := packed(b, hostScan(packages))
		enc := Encoding{ContentEncoding: "zstd"}
		_, plain, err := enc.open(payload)
		if err != nil {
			b.Fatal(err)
		}
		before, err := OpenTaken(payload, enc)
		if err != nil {
			b.Fatal(err)
		}
		parts := map[string]func(){
			"decompress": func() {
				_, plain, _ := enc.open(payload)
				plain.Release()
			},
			"sum":      func() { sumOf(KindScan, plain.Data) },
			"cut":      func() { _, _ = cut(plain.Data, Encoding{}, lists{}) },
			"cutalike": func() { _, _ = before.OpenEarlier(plain.Data, Encoding{}) },
			"open":     func() { _, _ = OpenScan(plain.Data, Encoding{}) },
			"whole": func() {
				o, _ := OpenTaken(plain.Data, Encoding{})
				_ = o.Packages()
				o.Release()
			},
			"differing": func() { differing(&before.lists.packages, &before.lists.packages) },
		}
		for name, part := range parts {
			b.Run(fmt.Sprint(packages, "/", name), func(b *testing.B) {
				b.SetBytes(int64(len(plain.Data)))
				b.ReportAllocs()
				for b.Loop() {
					part()
				}
			})
		}
	}
}

func packed(tb testing.TB, s *Scan) []byte {
	tb.Helper()
	payload, err := Encode(s, MsgPack)
	if err != nil {
		tb.Fatal(err)
	}
	out, encoding := pack.Compress(payload, 0)
	if encoding == "" {
		tb.Fatal("not compressed")
	}
	return out
}
