//go:build unix

package query_test

import (
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// benchFleet is the fleet that is measured: hosts of 700 packages, as many as PATCHSTREAM_BENCH_HOSTS says, else as many as usual.
func benchFleet(b *testing.B, usual string) *fleet.Fleet {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("PATCHSTREAM_BENCH_HOSTS"), usual))
	if err != nil {
		b.Fatal(err)
	}
	f, err := fleet.New(fleet.Config{Seed: 1, Hosts: n, Packages: 700})
	if err != nil {
		b.Fatal(err)
	}
	return f
}

// benchRecords are the records of its hosts.
func benchRecords(f *fleet.Fleet) iter.Seq2[string, *record.Record] {
	now, random := time.Now().UTC().Truncate(time.Second), rand.New(rand.NewPCG(1, 2))
	return func(yield func(string, *record.Record) bool) {
		for i := range f.Len() {
			scan := f.Host(i).Scan(now.Add(-time.Duration(random.IntN(3600))*time.Second), 0)
			r := &record.Record{Revision: 3, CommittedAt: now}
			r.Facts.Add(scan, messages.ContentSum(scan))
			r.Report = new(classify.Library).Judge(scan.Host, &r.Facts, now)
			classify.Diff(nil, r.Report, now.Add(-time.Duration(random.IntN(1e6))*time.Second))
			if !yield(scan.Host, r) {
				return
			}
		}
	}
}

func storeBench(b *testing.B, js jetstream.JetStream, f *fleet.Fleet) {
	b.Helper()
	store := record.NewStore(js, workertest.Streams(b, js, time.Minute).Hosts, workertest.Deadline)
	for host, r := range benchRecords(f) {
		text, err := r.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if err := store.SaveScan(b.Context(), host, text.Scan); err != nil {
			b.Fatal(err)
		}
		if _, err := js.Publish(b.Context(), messages.KeySubject(messages.BucketHosts, host), text.Text); err != nil {
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

// BenchmarkStart starts an index of a fleet that is stored on a server, and reports what it took, and what index and server computed for it.
// Run it with -benchtime=1x.
func BenchmarkStart(b *testing.B) {
	js := workertest.JetStream(b, workertest.Server(b, func(o *server.Options) { o.SyncInterval = time.Hour }))
	f := benchFleet(b, "20000")
	storeBench(b, js, f)
	runtime.GC() // what storing them left behind is not to be paid for here
	began, cpu := time.Now(), computed(b)
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
	took, cpu := time.Since(began), computed(b)-cpu
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(cpu.Seconds(), "cpu-s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(f.Len()), "cpu-µs/host")
	b.ReportMetric(0, "ns/op")
}

// computed is the time that all threads of the process have computed so far, which does not depend on who else runs.
func computed(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkIndex fills an index with a fleet, and reports what it holds; then it asks, and reports how long the answer took that was among
// the slowest hundredth. Run it with -benchtime=1x.
func BenchmarkIndex(b *testing.B) {
	f := benchFleet(b, "100000")
	before := heap()
	x := query.Filled(func(yield func(*query.Host) bool) {
		for _, r := range benchRecords(f) {
			if !yield(&query.Host{Report: r.Report, Revision: r.Revision, CommittedAt: r.CommittedAt}) {
				return
			}
		}
	})
	held := float64(heap() - before)
	b.Run("held", func(b *testing.B) {
		b.ReportMetric(held/float64(f.Len()), "B/host")
		b.ReportMetric(held/(1<<20), "MiB")
		b.ReportMetric(0, "ns/op")
	})
	for name, ask := range benchQuestions(b, x, f) {
		b.Run(name, func(b *testing.B) {
			times := make([]time.Duration, 0, 200)
			for range cap(times) {
				began := time.Now()
				ask()
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(times[0].Microseconds())/1000, "ms/least") // where other work has the cores, the nearest to what it takes
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/median")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "ms/p99")
		})
	}
	with := heap()
	query.DropPackages(x)
	b.Run("packages", func(b *testing.B) {
		b.ReportMetric(float64(with-heap())/float64(f.Len()), "B/host")
		b.ReportMetric(0, "ns/op")
	})
	runtime.KeepAlive(x)
}

func benchQuestions(b *testing.B, x *query.Index, f *fleet.Fleet) map[string]func() {
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
	common, newest := commonPackage(b, x, f.Len())
	return map[string]func(){
		"hosts":               hosts(query.Filter{}),
		"hosts_of_a_group":    hosts(query.Filter{Groups: []string{"web-ring-1"}, Status: []messages.HostStatus{messages.NonCompliant}}),
		"hosts_that_lack":     hosts(query.Filter{Missing: common}),
		"hosts_version_below": hosts(query.Filter{Package: common, VersionBelow: newest}),
		"patches": func() {
			_, err := x.Patches(b.Context(), query.PatchesQuestion{Limit: 100})
			check(err)
		},
		"patches_of_a_group": func() {
			_, err := x.Patches(b.Context(), query.PatchesQuestion{Hosts: query.Filter{Groups: []string{"web-ring-1"}}, Limit: 100})
			check(err)
		},
		"package":         func() { _, err := x.Package(b.Context(), common, query.Filter{}); check(err) },
		"hosts_by_counts": hosts(query.Filter{Counted: []query.Counted{{Count: "MISSING", Is: query.Greater, Than: 10}}}),
		"holders":         func() { _, err := x.Holders(b.Context(), query.Filter{Groups: []string{"web-ring-1"}}); check(err) },
		"judged_by": func() {
			_, err := x.JudgedBy(b.Context(), "AWS-DebianDefaultPatchBaseline", nil, common, 102)
			check(err)
		},
		"package_in_group": func() {
			_, err := x.Package(b.Context(), common, query.Filter{Groups: []string{"web-ring-1"}})
			check(err)
		},
		"summary_by_group": func() { _, err := x.Summary(b.Context(), query.SummaryByGroup, query.Filter{}); check(err) },
		"groups":           func() { _, err := x.Groups(b.Context(), nil); check(err) },
		"host":             func() { _, err := x.Host(b.Context(), f.Host(f.Len()/2).Name, nil); check(err) },
	}
}

// commonPackage returns a package that all hosts have, and many lack an update of, and its newest version.
func commonPackage(b *testing.B, x *query.Index, hosts int) (name, newest string) {
	b.Helper()
	page, err := x.Patches(b.Context(), query.PatchesQuestion{})
	if err != nil {
		b.Fatal(err)
	}
	slices.SortFunc(page.Patches, func(a, b query.FleetPatch) int { return b.Hosts - a.Hosts })
	for _, p := range page.Patches {
		answer, err := x.Package(b.Context(), p.Name, query.Filter{})
		if err != nil {
			b.Fatal(err)
		}
		if answer.Hosts == hosts && len(answer.Packages) == 1 && len(answer.Packages[0].Versions) > 1 {
			return p.Name, answer.Packages[0].Versions[0].Version
		}
	}
	b.Fatal("no package is on all hosts in several versions")
	return "", ""
}
