package worker

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what a worker tells of itself. None has a label of a host or a package.
type metrics struct {
	events      *prometheus.CounterVec
	dead        *prometheus.CounterVec
	transitions *prometheus.CounterVec
	redelivered prometheus.Counter
	conflicts   prometheus.Counter
	commits     prometheus.Counter
	evaluation  prometheus.Histogram
	latency     prometheus.Histogram
	lag         prometheus.Gauge
}

// newMetrics registers the metrics, or only makes them where r is nil.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	buckets := prometheus.ExponentialBuckets(0.0001, 4, 10) // 0.1 ms to 26 s
	m := &metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_events_total", Help: "Deliveries of events, by kind and by what became of them: applied, again, dead.",
		}, []string{"kind", "result"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_dead_letters_total", Help: "Events dead-lettered, by the sort of reason.",
		}, []string{"reason"}),
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_transitions_total", Help: "Transitions committed, by the state before and after.",
		}, []string{"from", "to"}),
		redelivered: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "patchstream_redeliveries_total", Help: "Deliveries of events that were delivered before.",
		}),
		conflicts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "patchstream_conflicts_total", Help: "Commits that began again because another worker wrote the host's record.",
		}),
		commits: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "patchstream_commits_total", Help: "Host records written for an event.",
		}),
		evaluation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "patchstream_evaluation_seconds", Help: "Time to classify one host.", Buckets: buckets,
		}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "patchstream_event_to_change_seconds", Help: "Time from an event's arrival in the stream until it was applied and its change published.", Buckets: buckets,
		}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "patchstream_pending_events", Help: "Events in the queue that are not applied yet, over all workers.",
		}),
	}
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		m.events, m.dead, m.transitions, m.redelivered, m.conflicts, m.commits, m.evaluation, m.latency, m.lag,
	} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}
