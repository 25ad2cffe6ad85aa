package worker_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// lines is a log that a test reads.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// config has a worker log at the level at which operators run it.
func (l *lines) config(c *worker.Config) { c.Log = zerolog.New(l).Level(zerolog.InfoLevel) }

// read returns the fields of every line.
func (l *lines) read(t testing.TB) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []map[string]any
	for line := range strings.Lines(l.text.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, fields)
	}
	return all
}

func TestWhatGoesWellIsNotLogged(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	log := new(lines)
	w := start(t, s, log.config)
	for _, host := range []string{"web-1", "web-2"} {
		workertest.Publish(t, js, story(host)...)
		workertest.Publish(t, js, story(host)[1], workertest.Recheck(host, "r1", 0), workertest.Override(host, 4, "curl.amd64", messages.Installed))
	}
	workertest.Publish(t, js, unchangedScan(story("web-3")[0].(*messages.Scan), 2))
	workertest.Applied(t, js)
	w.end(t)
	if all := log.read(t); len(all) != 0 {
		t.Errorf("%d lines: %v", len(all), all)
	}
}

func TestADeadLetterIsLoggedOnceWithItsFields(t *testing.T) {
	t.Parallel()
	const limit = 16 << 10
	s := workertest.Server(t, func(o *server.Options) { o.MaxPayload = limit })
	js := workertest.JetStream(t, s)
	log := new(lines)
	w := start(t, s, log.config, func(c *worker.Config) {
		c.AckWait = workertest.Deadline // on a busy machine the large one would come twice, with a line each time
		c.Step = func(at worker.Step, host string) {
			if at == worker.StepMerge && host == "panics" {
				panic("for the test")
			}
		}
	})
	random := rand.New(rand.NewPCG(1, 2))
	var packages []messages.Package
	for range 720 {
		packages = append(packages, workertest.Package(noise(random), "1"))
	}
	large := workertest.Encode(t, workertest.Scan("large", 2, packages...))
	encoding := ""
	large.Data, encoding = pack.Compress(large.Data, 0)
	bad := []struct {
		message              *nats.Msg
		reason, field, error string
	}{
		{&nats.Msg{Subject: "patch.run.undecodable", Data: []byte("hello")}, "decode", "payload", "payload: "},
		{altered(t, story("late")[0], set("taken_at", time.Now().Add(time.Hour))), "clock", "taken_at", "taken_at: "},
		{workertest.Encode(t, story("panics")[0]), "panic", "", "panic: for the test"},
		{with(large, "Content-Encoding", encoding), "too_large", "", "max_payload"},
		{&nats.Msg{Subject: "patch.scan.web$1", Data: []byte{0x80}}, "subject", "subject", "host"},
	}
	sequences := make(map[string]uint64)
	for _, b := range bad {
		sequences[b.message.Subject] = workertest.Send(t, js, b.message)
	}
	workertest.Applied(t, js)
	w.end(t)
	of := make(map[string][]map[string]any)
	for _, l := range log.read(t) {
		subject, _ := l["subject"].(string)
		of[subject] = append(of[subject], l)
	}
	if start := of[""]; len(start) != 1 || start[0]["max_payload"] == nil {
		t.Errorf("lines about no event: %v", start)
	}
	for _, b := range bad {
		all := of[b.message.Subject]
		if len(all) != 1 {
			t.Errorf("%s: %d lines: %v", b.message.Subject, len(all), all)
			continue
		}
		l := all[0]
		host := strings.SplitN(b.message.Subject, ".", 3)[2]
		if l["level"] != "error" || l["host"] != host || l["sequence"] != float64(sequences[b.message.Subject]) || l["deliveries"] != 1.0 ||
			l["reason"] != b.reason || l["field"] != b.field {
			t.Errorf("%s: %v", b.message.Subject, l)
		}
		if text, _ := l["error"].(string); !strings.Contains(text, b.error) || strings.Contains(text, "\n") {
			t.Errorf("%s: error %q", b.message.Subject, text)
		}
	}
}

func TestAnEventThatCannotBeAppliedYetIsLoggedOnceForEachDelivery(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	longWait(t, js)
	kv := hostsBucket(t, js)
	if _, err := kv.Put(t.Context(), "web-1", []byte("no record")); err != nil {
		t.Fatal(err)
	}
	log, metrics := new(lines), prometheus.NewRegistry()
	w := start(t, s, log.config, func(c *worker.Config) { c.Metrics = metrics })
	sequence := workertest.Publish(t, js, story("web-1")[0])
	ofEvents := func() []map[string]any { // the first sweep meets the record too
		return slices.DeleteFunc(log.read(t), func(l map[string]any) bool { return l["subject"] == nil })
	}
	workertest.Eventually(t, "a line of the log", func() bool { return len(ofEvents()) > 0 })
	if err := kv.Delete(t.Context(), "web-1"); err != nil {
		t.Fatal(err)
	}
	workertest.Applied(t, js)
	w.end(t)
	all := ofEvents()
	for i, l := range all {
		if l["level"] != "warn" || l["subject"] != "patch.scan.web-1" || l["host"] != "web-1" || l["sequence"] != float64(sequence) ||
			l["deliveries"] != float64(i+1) || !strings.Contains(l["error"].(string), "load web-1") {
			t.Errorf("line %d: %v", i, l)
		}
	}
	again := counter(t, metrics, "patchstream_events_total", "kind", "scan", "result", "again")
	if n := float64(len(all)); again != n || counter(t, metrics, "patchstream_redeliveries_total") != n {
		t.Errorf("%v lines, %v given back, %v redelivered", n, again, counter(t, metrics, "patchstream_redeliveries_total"))
	}
}
