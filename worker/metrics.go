package worker

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/messages"
)

// metrics are what a worker says of itself. None but the worst hosts has a label of a host, and none of a package.
type metrics struct {
	worst       *worstHosts
	events      *prometheus.CounterVec
	decisions   *prometheus.CounterVec
	dead        *prometheus.CounterVec
	transitions *prometheus.CounterVec
	redelivered prometheus.Counter
	conflicts   prometheus.Counter
	commits     prometheus.Counter
	evaluation  prometheus.Histogram
	latency     prometheus.Histogram
	lag         prometheus.Gauge
}

// What may become of a delivery, in patchstream_events_total.
const (
	resultApplied = "applied" // acknowledged: applied, or known before
	resultAgain   = "again"   // given back, to be delivered again
	resultDead    = "dead"    // dead-lettered
)

// noState is what a transition comes from where the patch was not known before, and leads to where it is gone. An
// empty label would be no label at all.
const noState = "NONE"

// newMetrics registers the metrics, or only makes them where r is nil. Every series of a closed set is there
// from the start: the first increase of one that was absent is none to Prometheus.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		worst: new(worstHosts),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_events_total", Help: "Deliveries of events, by kind and by what became of them: applied, again, dead.",
		}, []string{"kind", "result"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_decisions_total", Help: "Events applied, by why there was something to do for them, or nothing.",
		}, []string{"reason"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_dead_letters_total", Help: "Events dead-lettered, by the sort of reason.",
		}, []string{"reason"}),
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchstream_transitions_total", Help: "Transitions committed to be published, by the state before and after; NONE where there was or is none.",
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
			Name: "patchstream_evaluation_seconds", Help: "Time to classify one host and compare it with its last report.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10), // 0.1 ms to 26 s
		}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "patchstream_event_to_change_seconds", Help: "Time from an event's arrival in the stream until it was applied and its change, if any, published.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 12), // 1 ms to 70 minutes: a backlog waits too
		}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "patchstream_pending_events", Help: "Events in the queue that are not applied yet, over all workers.",
		}),
	}
	m.zero()
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		m.worst, m.events, m.decisions, m.dead, m.transitions, m.redelivered, m.conflicts, m.commits, m.evaluation, m.latency, m.lag,
	} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}

func (m *metrics) zero() {
	for _, kind := range append(messages.Kinds(), messages.KindDue) {
		for _, result := range []string{resultApplied, resultAgain, resultDead} {
			m.events.WithLabelValues(string(kind), result)
		}
	}
	for _, r := range reasons() {
		m.decisions.WithLabelValues(string(r))
	}
	for _, g := range grounds() {
		m.dead.WithLabelValues(string(g))
	}
	states := append([]messages.State{""}, messages.States()...)
	for _, from := range states {
		for _, to := range states {
			if from != "" || to != "" {
				m.transition(from, to)
			}
		}
	}
}

// applied counts an event that was acknowledged.
func (m *metrics) applied(e *envelope, why reason, now time.Time) {
	m.decisions.WithLabelValues(string(why)).Inc()
	m.latency.Observe(max(0, now.Sub(e.stored).Seconds())) // the server's clock may be ahead
}

func (m *metrics) transition(from, to messages.State) prometheus.Counter {
	return m.transitions.WithLabelValues(cmp.Or(string(from), noState), cmp.Or(string(to), noState))
}

// transitioned counts transitions. Those of a first report are hundreds, of a few kinds.
func (m *metrics) transitioned(all []messages.Transition) {
	type kind struct{ from, to messages.State }
	var kinds []kind
	var numbers []float64
	for i := range all {
		of := kind{all[i].From, all[i].State}
		at := slices.Index(kinds, of)
		if at < 0 {
			at, kinds, numbers = len(kinds), append(kinds, of), append(numbers, 0)
		}
		numbers[at]++
	}
	for i, of := range kinds {
		m.transition(of.from, of.to).Add(numbers[i])
	}
}
