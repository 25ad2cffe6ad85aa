package worker_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestMetricsCountWhatBecameOfEvents(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
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
		{3, "patchstream_commits_total", nil},
		{2, "patchstream_transitions_total", []string{"from", "", "to", "MISSING"}},
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
