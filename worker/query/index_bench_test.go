package query_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// The fleet that is measured: as many hosts, of 8 kinds, each with 700 packages, 690 of its kind and 10 of its own. A kind's packages
// have each been fixed 4 times; a host has all fixes up to a day, but for a few, and so do its neighbours.
const (
	benchHosts    = 20_000
	benchKinds    = 8
	benchPackages = 700
	benchFixes    = 4
)

func benchScan(r *rand.Rand, i int, now time.Time) *messages.Scan {
	kind, day := i%benchKinds, r.IntN(30)
	s := workertest.Scan(fmt.Sprintf("host-%05d.example.org", i), 0)
	s.ID, s.TakenAt = fmt.Sprintf("01JDBENCH%017d", i), now.Add(-time.Duration(r.IntN(3600))*time.Second)
	s.Tags = map[string]string{"PatchGroup": fmt.Sprintf("group-%d", i%40)}
	for p := range benchPackages {
		name := fmt.Sprintf("lib-package-%d-%d", kind, p)
		if p < 400 { // what all have in common
			name = fmt.Sprintf("lib-package-%d", p)
		} else if p >= benchPackages-10 {
			name = fmt.Sprintf("own-%d-%d", r.IntN(2000), p)
		}
		fixed := 0
		for fix := 1; fix <= benchFixes; fix++ { // on day p*fix mod 31, so that most are long past
			if (p*7+fix*5)%120 <= day+60 && (fixed < fix) && r.IntN(200) > 0 {
				fixed = fix
			}
		}
		var newer []string
		if fixed < benchFixes && p%15 == 0 {
			newer = []string{fmt.Sprintf("1.%d-%d", p, benchFixes)}
		}
		s.Packages = append(s.Packages, workertest.Package(name, fmt.Sprintf("1.%d-%d", p, fixed), newer...))
	}
	return s
}

func storeBench(b *testing.B, js jetstream.JetStream) {
	b.Helper()
	for _, bucket := range []string{messages.BucketBaselines, messages.BucketHosts} {
		if _, err := js.CreateKeyValue(b.Context(), jetstream.KeyValueConfig{Bucket: bucket}); err != nil {
			b.Fatal(err)
		}
	}
	now, random := time.Now().UTC().Truncate(time.Second), rand.New(rand.NewPCG(1, 2))
	for i := range benchHosts {
		scan := benchScan(random, i, now)
		r := &record.Record{Revision: 3, CommittedAt: now}
		r.Facts.Add(scan, messages.ContentSum(scan))
		r.Report = new(classify.Library).Judge(scan.Host, &r.Facts, now)
		classify.Diff(nil, r.Report, now.Add(-time.Duration(random.IntN(1e6))*time.Second))
		text, err := r.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := js.Publish(b.Context(), messages.KeySubject(messages.BucketHosts, scan.Host), text); err != nil {
			b.Fatal(err)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkIndex starts an index of a fleet, and reports what it took and what it holds; then it asks, and reports how long the answer
// took that was among the slowest hundredth. Run it with -benchtime=1x.
func BenchmarkIndex(b *testing.B) {
	s := workertest.Server(b, func(o *server.Options) { o.SyncInterval = time.Hour })
	js := workertest.JetStream(b, s)
	storeBench(b, js)
	b.ResetTimer()
	before, began := heap(), time.Now()
	x, err := query.NewIndex(query.IndexConfig{Conn: js.Conn()})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); x.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if err := x.Wait(ctx, 0, 0); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	held := float64(heap() - before)
	b.Run("start", func(b *testing.B) {
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(held/benchHosts, "B/host")
		b.ReportMetric(held/(1<<20), "MiB")
		b.ReportMetric(0, "ns/op")
	})
	for name, ask := range benchQuestions(b, x) {
		b.Run(name, func(b *testing.B) {
			times := make([]time.Duration, 0, 200)
			for range cap(times) {
				began := time.Now()
				ask()
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/median")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "ms/p99")
		})
	}
	with := heap()
	query.DropPackages(x)
	b.Run("packages", func(b *testing.B) {
		b.ReportMetric(float64(with-heap())/benchHosts, "B/host")
		b.ReportMetric(0, "ns/op")
	})
	runtime.KeepAlive(x)
}

func benchQuestions(b *testing.B, x *query.Index) map[string]func() {
	hosts := func(f query.Filter) func() {
		return func() {
			page, err := x.Hosts(b.Context(), query.HostsQuestion{Filter: f, Limit: 100})
			if err != nil {
				b.Fatal(err)
			}
			for range page.Hosts() {
			}
		}
	}
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	return map[string]func(){
		"hosts":               hosts(query.Filter{}),
		"hosts_of_a_group":    hosts(query.Filter{Groups: []string{"group-7"}, Status: []messages.HostStatus{messages.NonCompliant}}),
		"hosts_that_lack":     hosts(query.Filter{Missing: "lib-package-150"}),
		"hosts_version_below": hosts(query.Filter{Package: "lib-package-150", VersionBelow: "1.150-3"}),
		"patches": func() {
			_, err := x.Patches(b.Context(), query.PatchesQuestion{Limit: 100})
			check(err)
		},
		"package":         func() { _, err := x.Package(b.Context(), "lib-package-150", query.Filter{}); check(err) },
		"hosts_by_counts": hosts(query.Filter{Counted: []query.Counted{{Count: "MISSING", Is: query.Greater, Than: 10}}}),
		"holders":         func() { _, err := x.Holders(b.Context(), query.Filter{Groups: []string{"group-7"}}); check(err) },
		"judged_by": func() {
			_, err := x.JudgedBy(b.Context(), "AWS-UbuntuDefaultPatchBaseline", nil, "lib-package-2", 102)
			check(err)
		},
		"summary_by_group": func() { _, err := x.Summary(b.Context(), query.SummaryByGroup, query.Filter{}); check(err) },
		"host":             func() { _, err := x.Host(b.Context(), "host-00777.example.org", nil); check(err) },
	}
}
