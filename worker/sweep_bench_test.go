package worker

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// sweptHosts is how many hosts the fleet has that is swept: PATCHSTREAM_BENCH_HOSTS, or 2,000.
func sweptHosts(b *testing.B) int {
	n := 2000
	if text := os.Getenv("PATCHSTREAM_BENCH_HOSTS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// BenchmarkSweep is what a worker does at its start of a fleet of which nothing is left to be done: it reads the headers of all
// records and scans. Run it with -benchtime=1x.
func BenchmarkSweep(b *testing.B) {
	js := workertest.JetStream(b, workertest.Server(b, func(o *server.Options) { o.SyncInterval = time.Hour }))
	set := workertest.Streams(b, js, time.Minute)
	hosts := sweptHosts(b)
	for i := range hosts {
		host := fmt.Sprintf("web-%d", i)
		scan := workertest.Scan(host, 0, workertest.Package("openssl", "3.0.2"))
		r := &record.Record{Scanned: true}
		r.Facts.Add(scan, messages.ContentSum(scan))
		r.Report = new(classify.Library).Judge(host, &r.Facts, workertest.At(1))
		r.Report.Due = time.Time{} // a schedule would have to be looked for
		store := record.NewStore(js, set.Hosts, workertest.Deadline)
		e, err := r.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if err := store.SaveScan(b.Context(), host, e.Scan); err != nil {
			b.Fatal(err)
		}
		if _, err := store.Save(b.Context(), host, e, 0); err != nil {
			b.Fatal(err)
		}
	}
	w, err := New(Config{Conn: js.Conn()})
	if err != nil {
		b.Fatal(err)
	}
	c := newCommitter(w, set, baselines.NewView(js, w.cfg.Log, time.Minute))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if err := c.sweepAll(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(0, "ns/op")
	n := float64(hosts * b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "hosts/s")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/host")
}
