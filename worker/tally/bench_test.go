package tally

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// benchHosts is the largest fleet that is measured.
const benchHosts = 100_000

// parsed is what arrives of a host in the middle of being patched.
func parsed(b *testing.B, now time.Time) host {
	b.Helper()
	at := now.Add(-time.Hour)
	text, err := record.Summary{Status: messages.NonCompliant, ScanAt: at, Patches: []record.Tally{
		{State: messages.Installed, Level: messages.Critical, Number: 120}, {State: messages.InstalledOther, Level: messages.Unspecified, Number: 600},
		{State: messages.Missing, Level: messages.Critical, Number: 3, Since: at}, {State: messages.Missing, Level: messages.Low, Number: 7, Since: at},
		{State: messages.InstalledPendingReboot, Level: messages.High, Number: 2},
	}}.Encode()
	if err != nil {
		b.Fatal(err)
	}
	s, err := record.ParseSummary(text)
	if err != nil {
		b.Fatal(err)
	}
	return packed(s)
}

// BenchmarkScrape adds up a fleet, and reports what each host of it takes in memory.
func BenchmarkScrape(b *testing.B) {
	var before, after runtime.MemStats
	now := time.Now()
	runtime.GC()
	runtime.ReadMemStats(&before)
	t := &Tally{cfg: Config{Now: func() time.Time { return now }}, fleet: make(roll), settings: classify.Settings{}}
	for i := range benchHosts {
		t.fleet[fmt.Sprintf("web-%d.example.org", i)] = parsed(b, now)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(t)
	for b.Loop() {
		if _, err := registry.Gather(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/benchHosts, "B/host")
}

// BenchmarkParse reads the header of one host.
func BenchmarkParse(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		parsed(b, now)
	}
}
