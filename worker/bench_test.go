package worker_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

const (
	benchHosts    = 40
	benchPackages = 700
	benchMoved    = 5 // packages that change with each scan
)

// benchEvents returns full scans of many hosts, in each of which a few packages are other ones than in the scan
// of the host before.
func benchEvents(b *testing.B) []*nats.Msg {
	b.Helper()
	packages := make([]messages.Package, benchPackages)
	all := make([]*nats.Msg, b.N)
	for i := range all {
		host, round := fmt.Sprintf("web-%d", i%benchHosts), i/benchHosts
		for j := range packages {
			packages[j] = workertest.Package(fmt.Sprintf("package-%d", j), "1.0", "1.1")
			if j/benchMoved == round%(benchPackages/benchMoved) {
				packages[j] = workertest.Package(fmt.Sprintf("package-%d", j), "1.1")
			}
		}
		s := workertest.Scan(host, 0, packages...)
		s.ID, s.TakenAt = fmt.Sprint("scan-", i), s.TakenAt.Add(time.Duration(i)*time.Millisecond)
		m := workertest.Encode(b, s)
		encoding := ""
		if m.Data, encoding = pack.Compress(m.Data, 0); encoding != "" {
			m.Header["Content-Encoding"] = []string{encoding}
		}
		all[i] = m
	}
	return all
}

// BenchmarkEvents applies full scans that change something, through a worker and a server in this process, and
// relates that to the bare work on the same scans in the same run: decode, merge, classify, and write(2) the
// record and the change.
func BenchmarkEvents(b *testing.B) {
	events := benchEvents(b)
	bare := bareWork(b, events)
	s := workertest.Server(b)
	js := workertest.JetStream(b, s)
	prepare(b, js)
	for _, m := range events {
		if _, err := js.PublishMsgAsync(m); err != nil {
			b.Fatal(err)
		}
	}
	workertest.Wait(b, "the events in the stream", js.PublishAsyncComplete())
	b.ResetTimer()
	start(b, s)
	workertest.Applied(b, js)
	took := b.Elapsed()
	b.StopTimer()
	if n := len(deadLetters(b, js)); n != 0 {
		b.Fatalf("%d dead letters", n)
	}
	b.ReportMetric(float64(b.N)/took.Seconds(), "events/s")
	b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(bare.Seconds()/took.Seconds(), "ratio")
}

// bareWork does without NATS what a worker does with the events, on all cores, one host after the other on each.
func bareWork(b *testing.B, events []*nats.Msg) time.Duration {
	b.Helper()
	cores := runtime.GOMAXPROCS(0)
	began := time.Now()
	var all sync.WaitGroup
	for core := range cores {
		all.Go(func() {
			if err := bareCore(b.TempDir(), events, core, cores); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

func bareCore(dir string, events []*nats.Msg, core, cores int) error {
	out, err := os.CreateTemp(dir, "bare")
	if err != nil {
		return err
	}
	defer out.Close()
	hosts := make(map[int]*record.Record)
	for i, m := range events {
		if n := i % benchHosts; n%cores == core {
			if hosts[n] == nil {
				hosts[n] = new(record.Record)
			}
			if err := bareEvent(out, hosts[n], m); err != nil {
				return err
			}
		}
	}
	return nil
}

func bareEvent(out *os.File, r *record.Record, m *nats.Msg) error {
	e, err := messages.Decode(messages.KindScan, m.Data, messages.Encoding{ContentEncoding: m.Header.Get("Content-Encoding")})
	if err != nil {
		return err
	}
	now := time.Now()
	r.Facts.Add(e, messages.ContentSum(e))
	report := builtin.Judge(e.HostName(), &r.Facts, now)
	transitions := classify.Diff(r.Report, report, now)
	r.Report, r.Revision = report, r.Revision+1
	change := &messages.Changed{Head: messages.Head{V: 1, Host: e.HostName(), ID: "x", Revision: r.Revision, At: now, Counts: report.Counts}, Transitions: transitions}
	payload, err := messages.EncodeChange(change, messages.MsgPack)
	if err != nil {
		return err
	}
	if r.Outbox, err = record.NewOutbox(change, payload); err != nil {
		return err
	}
	stored, err := r.Encode()
	if err != nil {
		return err
	}
	if _, err := out.Write(append(stored.Text, stored.Scan.Text...)); err != nil {
		return err
	}
	_, err = out.Write(payload)
	return err
}
