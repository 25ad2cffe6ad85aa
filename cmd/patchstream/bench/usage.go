package bench

import (
	"runtime"
	"time"

	"github.com/nats-io/nats.go"
)

// usage is what was used up to a moment.
type usage struct {
	at       time.Time
	cpu      time.Duration // of this process: the server's too, where it is ours
	mallocs  uint64
	received uint64 // bytes, by one connection
	sent     uint64
}

func usedBy(nc *nats.Conn) usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	wire := nc.Stats()
	return usage{at: time.Now(), cpu: cpuTime(), mallocs: m.Mallocs, received: wire.InBytes, sent: wire.OutBytes}
}

// sample is one measured phase of a race: what it took and used for each event.
type sample struct {
	rate     float64 // events a second
	cpu      float64 // µs an event
	mallocs  float64 // allocations an event, the server's among them
	received float64 // bytes an event
	sent     float64
}

func sampleOf(events int, before, after usage) sample {
	n := float64(events)
	return sample{
		rate: n / after.at.Sub(before.at).Seconds(), cpu: float64((after.cpu - before.cpu).Microseconds()) / n,
		mallocs: float64(after.mallocs-before.mallocs) / n, received: float64(after.received-before.received) / n, sent: float64(after.sent-before.sent) / n,
	}
}
