//go:build unix

package worker_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// BenchmarkCold applies one event of each of many hosts, through a worker over TCP that has none of their records in its
// cache, as a worker of a large fleet meets them. Setting up is not timed: every host but the new ones was scanned before.
// Run it with a fixed number of events, such as -benchtime=400x: each has a host of its own.
func BenchmarkCold(b *testing.B) {
	for _, row := range []struct {
		name   string
		before func(h *benchHost) []messages.Event
		event  func(h *benchHost) messages.Event
	}{
		{"first", nil, func(h *benchHost) messages.Event { return h.full(0) }},
		{"full", (*benchHost).known, func(h *benchHost) messages.Event { return h.full(1) }},
		{"same", (*benchHost).known, func(h *benchHost) messages.Event { return h.again() }},
		{"unchanged", (*benchHost).known, func(h *benchHost) messages.Event { return h.unchanged() }},
		{"run", (*benchHost).known, func(h *benchHost) messages.Event { return h.run() }},
		{"recheck", (*benchHost).known, func(h *benchHost) messages.Event { return workertest.Recheck(h.name, "r", 0) }},
	} {
		for _, packages := range []int{700, 2000} {
			b.Run(fmt.Sprintf("%s/%d", row.name, packages), func(b *testing.B) {
				var before, events []*nats.Msg
				for i := range b.N {
					h := &benchHost{fmt.Sprintf("web-%d", i), packages}
					if row.before != nil {
						before = append(before, compressed(b, row.before(h)...)...)
					}
					events = append(events, compressed(b, row.event(h))...)
				}
				benchCold(b, before, events)
			})
		}
	}
}

func benchCold(b *testing.B, before, events []*nats.Msg) {
	s := workertest.Server(b, func(o *server.Options) { o.DontListen = false })
	js := workertest.JetStream(b, s)
	prepare(b, js)
	cold := func(c *worker.Config) { c.CacheBytes, c.AckWait = 1, time.Minute }
	tcp := func() *nats.Conn {
		nc, err := nats.Connect(s.ClientURL())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(nc.Close)
		return nc
	}
	queue(b, js, before)
	setUp := launchOn(b, tcp(), cold)
	workertest.Applied(b, js)
	setUp.end(b)
	queue(b, js, events)
	stored := workertest.State(b, js, "KV_PATCH_HOSTS").LastSeq
	cpu := cpuTime(b)
	b.ResetTimer()
	launchOn(b, tcp(), cold)
	workertest.Applied(b, js)
	b.StopTimer()
	if n := len(deadLetters(b, js)); n != 0 {
		b.Fatalf("%d dead letters", n)
	}
	state, n := workertest.State(b, js, "KV_PATCH_HOSTS"), float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/n, "cpu-µs/event")
	b.ReportMetric(float64(state.Bytes)/n, "record-B")
	b.ReportMetric(float64(state.Bytes+workertest.State(b, js, scansStream).Bytes)/n, "B/host")
	b.ReportMetric(float64(state.LastSeq-stored)/n, "writes/event")
}

func queue(b *testing.B, js jetstream.JetStream, events []*nats.Msg) {
	b.Helper()
	for _, m := range events {
		if _, err := js.PublishMsgAsync(m); err != nil {
			b.Fatal(err)
		}
	}
	workertest.Wait(b, "the events in the stream", js.PublishAsyncComplete())
}

// cpuTime is what this process, the server and the worker in it, has computed.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func compressed(b *testing.B, events ...messages.Event) []*nats.Msg {
	b.Helper()
	var all []*nats.Msg
	for _, e := range events {
		m := workertest.Encode(b, e)
		encoding := ""
		if m.Data, encoding = pack.Compress(m.Data, 512); encoding != "" {
			m.Header["Content-Encoding"] = []string{encoding}
		}
		all = append(all, m)
	}
	return all
}

// benchHost is a host with made-up packages, of which a tenth has an update.
type benchHost struct {
	name     string
	packages int
}

// known is a host that was scanned, and of which nothing is left to be published.
func (h *benchHost) known() []messages.Event {
	later := h.unchanged()
	later.ID, later.TakenAt = "later", workertest.At(2)
	return []messages.Event{h.full(0), later}
}

// full is a scan in which a few packages are others than in that of the round before.
func (h *benchHost) full(round int) *messages.Scan {
	dice := rand.New(rand.NewPCG(1, 2))
	list := make([]messages.Package, h.packages)
	for j := range list {
		rev := 0
		if j/benchMoved < round {
			rev = round
		}
		upstream := fmt.Sprintf("%d.%d.%d", dice.IntN(9), dice.IntN(40), dice.IntN(20))
		debian := fmt.Sprintf("-%d+deb12u%d", 1+dice.IntN(9), 1+dice.IntN(9))
		name := fmt.Sprintf("lib%c%c%c%d-%d", 'a'+dice.IntN(26), 'a'+dice.IntN(26), 'a'+dice.IntN(26), dice.IntN(100), j)
		installed := fmt.Sprintf("%s%s.%d", upstream, debian, rev)
		var newer []string
		if j%10 == 0 {
			newer = []string{installed + "+u1"}
		}
		list[j] = workertest.Package(name, installed, newer...)
		list[j].InstalledAt = workertest.At(-dice.IntN(1 << 20))
	}
	return workertest.Scan(h.name, round, list...)
}

// again is the scan of before, taken once more.
func (h *benchHost) again() *messages.Scan {
	s := h.full(0)
	s.ID, s.TakenAt = "again", workertest.At(5)
	return s
}

func (h *benchHost) unchanged() *messages.Scan {
	s := h.again()
	s.Unchanged, s.Packages, s.Origins = true, nil, nil
	return s
}

func (h *benchHost) run() *messages.Run {
	var all []messages.Outcome
	for i, p := range h.full(0).Packages[:200] {
		if i%10 == 0 {
			all = append(all, workertest.Outcome(p.Name, p.Candidate, messages.ResultInstalled))
		}
	}
	return workertest.Run(h.name, 5, all...)
}
