package console_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/console"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

var benchHosts = flag.Int("hosts", 20_000, "hosts of the benchmark")

// wireMost is how many bytes the first view may take, with all that it loads.
const wireMost = 150_000

// benchServer stores the records of a fleet, and for each host the changes of the last 90 days that made them.
func benchServer(b *testing.B) jetstream.JetStream {
	b.Helper()
	js := workertest.JetStream(b, workertest.Server(b, func(o *server.Options) { o.SyncInterval = time.Hour }))
	workertest.Streams(b, js, time.Minute)
	now := time.Now().UTC().Truncate(time.Second)
	all, err := fleet.New(fleet.Config{Hosts: *benchHosts, Packages: 60, Built: now.Add(-time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	var publishing []jetstream.PubAckFuture
	publish := func(subject string, text []byte) {
		ack, err := js.PublishAsync(subject, text)
		if err != nil {
			b.Fatal(err)
		}
		publishing = append(publishing, ack)
	}
	for i := range all.Len() {
		host := all.Host(i)
		scan := host.Scan(now.Add(-time.Duration(i%3600)*time.Second), 0)
		r := &record.Record{Revision: 3, CommittedAt: now}
		r.Facts.Add(scan, messages.ContentSum(scan))
		r.Report = new(classify.Library).Judge(scan.Host, &r.Facts, now)
		classify.Diff(nil, r.Report, now)
		stored, err := r.Encode()
		if err != nil {
			b.Fatal(err)
		}
		publish(messages.KeySubject(messages.BucketHosts, host.Name), stored.Text)
		publish(messages.KeySubject(messages.BucketScans, fmt.Sprintf("%s.%x", host.Name, stored.Scan.Sum)), stored.Scan.Text)
		for revision := range 3 {
			c := &messages.Changed{}
			c.Host, c.ID, c.Revision, c.At = host.Name, fmt.Sprintf("%s/%d", host.Name, revision+1), uint64(revision+1), now.AddDate(0, 0, -(i+30*revision)%90)
			c.Status.To, c.Counts = r.Report.Status, r.Report.Counts
			if revision > 0 {
				c.Status.From = messages.Unknown
			}
			text, err := messages.EncodeChange(c, messages.MsgPack)
			if err != nil {
				b.Fatal(err)
			}
			publish(messages.ChangedSubject(host.Name), text)
		}
	}
	for _, ack := range publishing {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			b.Fatal(err)
		}
	}
	return js
}

// loaded are what a page loads, by their addresses.
var loaded = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)

// BenchmarkConsole answers the views of a fleet, and reports how long the server took and how many bytes came, compressed. The first view
// begins with nothing read of the changes. Run it with -benchtime=1x.
func BenchmarkConsole(b *testing.B) {
	js := benchServer(b)
	index, err := query.NewIndex(query.IndexConfig{Conn: js.Conn()})
	if err != nil {
		b.Fatal(err)
	}
	go index.Run(b.Context())
	if err := index.Wait(b.Context(), 0, 0); err != nil {
		b.Fatal(err)
	}
	mux, cfg := http.NewServeMux(), web.Config{Index: index, JS: js}
	if _, err := web.Register(mux, cfg); err != nil {
		b.Fatal(err)
	}
	if err := console.Register(mux, console.Config{Config: cfg, API: mux}); err != nil {
		b.Fatal(err)
	}
	ask := func(path string) (body *httptest.ResponseRecorder, took time.Duration) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost"
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		began := time.Now()
		mux.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(path, w.Code, w.Body)
		}
		return w, time.Since(began)
	}
	b.Run("first", func(b *testing.B) {
		first, took := ask("/")
		bytes := first.Body.Len()
		for _, asset := range loaded.FindAllStringSubmatch(unzipped(b, first.Body.String()), -1) {
			w, _ := ask(asset[1])
			bytes += w.Body.Len()
		}
		b.ReportMetric(float64(took.Microseconds())/1000, "ms")
		b.ReportMetric(float64(bytes)/1000, "kB")
		b.ReportMetric(0, "ns/op")
		if bytes > wireMost {
			b.Errorf("the first view takes %d bytes, more than %d", bytes, wireMost)
		}
	})
	body, _ := ask("/")
	host := rows(unzipped(b, body.Body.String()))[0]
	for name, path := range map[string]string{
		"fleet": "/", "fleet_filtered": "/?status=NON_COMPLIANT&state=MISSING", "fleet_that_lacks": "/?missing=openssl", "fleet_searched": "/?host=" + host[:4],
		"host": "/hosts/" + host, "search": "/search?q=ssl", "packages": "/packages", "health": "/health",
	} {
		b.Run(name, func(b *testing.B) {
			times, bytes := make([]time.Duration, 0, 100), 0
			for range cap(times) {
				w, took := ask(path)
				times, bytes = append(times, took), w.Body.Len()
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/median")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "ms/p99")
			b.ReportMetric(float64(bytes)/1000, "kB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// The first view of a large fleet has no more bytes than that of a smaller one: a page of hosts, and what it loads.
func TestTheFirstViewIsSmall(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var events []messages.Event
	for i := range 120 { // more than a page, each with some patches to see to
		host := fmt.Sprintf("web-%03d.%s.example.org", i, strings.Repeat("long", 3))
		var packages []messages.Package
		for p := range 12 {
			packages = append(packages, workertest.Package(fmt.Sprintf("package-%d-%d", i, p), "1", "2"))
		}
		events = append(events, webtest.Grouped(host, fmt.Sprintf("group-%d", i%40), 0, packages...), workertest.Run(host, 5, workertest.Outcome(fmt.Sprintf("package-%d-0", i), "2", messages.ResultFailed)))
	}
	s.Says(t, events...)
	r := s.get(t, "/")
	bytes := r.wire
	for _, asset := range loaded.FindAllStringSubmatch(r.body, -1) {
		bytes += s.get(t, asset[1]).wire
	}
	if found := len(rows(r.body)); found != 100 || bytes > wireMost {
		t.Errorf("the first view has %d hosts and takes %d bytes, more than %d", found, bytes, wireMost)
	}
	t.Logf("%d bytes", bytes)
}
