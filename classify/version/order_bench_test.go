package version

import "testing"

// The other orders, on versions of ordinary hosts: some pairs are the same text, some differ late.
func BenchmarkCompareRPM(b *testing.B) {
	benchOrder(b, CompareRPM, [][2]string{
		{"1:3.0.7-25.el9_3", "1:3.0.7-27.el9_3"},
		{"5.14.0-362.24.1.el9_3.0.1", "5.14.0-427.13.1.el9_4"},
		{"2.34-83.el9.12", "2.34-83.el9.12"},
		{"8.7p1-38.el9_4.1", "8.7p1-38.el9_4.4"},
		{"1:1.22.1-3.module+el9.2.0+100+aaaaaaaa", "1:1.22.1-4.module+el9.3.0+110+bbbbbbbb"},
	})
}

func BenchmarkCompareDotted(b *testing.B) {
	benchOrder(b, CompareDotted, [][2]string{
		{"26.3.1", "26.3.1 (a)"}, {"18.6", "18.6.1"}, {"5290", "5291"}, {"15.7.1", "15.7.1"}, {"9.9", "9.10"},
	})
}

func benchOrder(b *testing.B, compare func(a, b string) int, pairs [][2]string) {
	b.ReportAllocs()
	for b.Loop() {
		for _, pair := range pairs {
			compare(pair[0], pair[1])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(pairs)), "ns/pair")
}
