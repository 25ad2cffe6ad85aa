package version

import (
	"testing"

	reference "github.com/knqyf263/go-deb-version"
)

// The versions of an ordinary host: most pairs are the same text, some differ late.
var benchPairs = [][2]string{
	{"1:2.38.1-5+deb12u3", "1:2.38.1-5+deb12u3"},
	{"3.0.2-0ubuntu1.15", "3.0.2-0ubuntu1.18"},
	{"1:9.2p1-2+deb12u6", "1:9.2p1-2+deb12u10"},
	{"5.15.0-100.110", "5.15.0-101.111"},
	{"2.36-9+deb12u10", "2.36-9+deb12u13"},
}

func BenchmarkCompareDeb(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, pair := range benchPairs {
				CompareDeb(pair[0], pair[1])
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(benchPairs)), "ns/pair")
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, pair := range benchPairs {
				x, _ := reference.NewVersion(pair[0])
				y, _ := reference.NewVersion(pair[1])
				x.Compare(y)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(benchPairs)), "ns/pair")
	})
}
