package natsd

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// BenchmarkSync measures acknowledged messages a second with a sync before each acknowledgement and with one every
// two minutes, in one run, and their ratio.
func BenchmarkSync(b *testing.B) {
	for _, bytes := range []int{1 << 10, 50 << 10} {
		for _, publishers := range []int{1, 64} {
			b.Run(fmt.Sprintf("bytes=%d/publishers=%d", bytes, publishers), func(b *testing.B) {
				always := acknowledged(b, true, bytes, publishers)
				interval := acknowledged(b, false, bytes, publishers)
				b.ReportMetric(always, "always/s")
				b.ReportMetric(interval, "interval/s")
				b.ReportMetric(always/interval, "ratio")
			})
		}
	}
}

// acknowledged returns how many messages a second are acknowledged.
func acknowledged(b *testing.B, always bool, bytes, publishers int) float64 {
	b.Helper()
	s, err := Start(b.Context(), Config{StoreDir: b.TempDir(), Listen: "127.0.0.1:0", SyncAlways: always})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Shutdown()
	nc, err := s.Connect()
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		b.Fatal(err)
	}
	payload := make([]byte, bytes)
	var left atomic.Int64
	left.Store(int64(b.N))
	began := time.Now()
	var all sync.WaitGroup
	for range publishers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := js.Publish(b.Context(), "s", payload); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(b.N) / time.Since(began).Seconds()
}
