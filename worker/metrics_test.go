package worker_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestMetricsCountWhatBecameOfEvents(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	longWait(t, js)
	metrics := prometheus.NewRegistry()
	w := start(t, s, func(c *worker.Config) { c.Metrics = metrics })
	workertest.Publish(t, js, story("web-1")...)
	workertest.Publish(t, js, story("web-1")[0])
	workertest.Send(t, js, &nats.Msg{Subject: "patch.run.web-1", Data: []byte("hello")})
	workertest.Applied(t, js)
	w.end(t)
	for _, c := range []struct {
		want   float64
		name   string
		labels []string
	}{
		{3, "patchstream_events_total", []string{"kind", "scan", "result", "applied"}},
		{1, "patchstream_events_total", []string{"kind", "run", "result", "applied"}},
		{1, "patchstream_events_total", []string{"kind", "run", "result", "dead"}},
		{1, "patchstream_dead_letters_total", []string{"reason", "decode"}},
		{3, "patchstream_decisions_total", []string{"reason", "new_facts"}},
		{1, "patchstream_decisions_total", []string{"reason", "nothing_changed"}},
		{3, "patchstream_commits_total", nil},
		{2, "patchstream_transitions_total", []string{"from", "NONE", "to", "MISSING"}},
		{0, "patchstream_conflicts_total", nil},
		{0, "patchstream_redeliveries_total", nil},
	} {
		if got := counter(t, metrics, c.name, c.labels...); got != c.want {
			t.Errorf("%s %v: %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	if _, err := worker.New(worker.Config{Conn: w.nc, Metrics: metrics}); err == nil {
		t.Error("two workers share one registry")
	}
}

// An increase from nothing at all is none to Prometheus.
func TestEverySeriesOfAClosedSetIsThereFromTheStart(t *testing.T) {
	t.Parallel()
	metrics := prometheus.NewRegistry()
	if _, err := worker.New(worker.Config{Conn: workertest.Connect(t, workertest.Server(t)), Metrics: metrics}); err != nil {
		t.Fatal(err)
	}
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for _, f := range families {
		got[f.GetName()] = len(f.GetMetric())
	}
	for name, want := range map[string]int{
		"patchstream_events_total":       (len(messages.Kinds()) + 1) * 3,
		"patchstream_decisions_total":    9,
		"patchstream_dead_letters_total": 7,
		"patchstream_transitions_total":  9*9 - 1,
	} {
		if got[name] != want {
			t.Errorf("%s: %d series, want %d", name, got[name], want)
		}
	}
}
