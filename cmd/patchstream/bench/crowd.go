package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/query"
)

const crowdRounds = 3 // events of one host that stand behind one another in the queue

// crowds has ever more workers take the same sort of queue. Neighbours in it are of one host, so that workers meet at it.
func (r *run) crowds(ctx context.Context, g *ground, s Setting) error {
	t, err := r.tell(g, s.Packages, max(1, r.events(s.Packages)/crowdRounds), 1)
	if err != nil {
		return err
	}
	rates, conflicts := make([][]float64, len(r.Workers)), make([][]float64, len(r.Workers))
	for range r.Repeats {
		for i, workers := range r.Workers {
			r.begin(fmt.Sprintf("%d workers on one queue, %s", workers, s.words()))
			rate, met, err := t.crowd(ctx, workers)
			if err != nil {
				return fmt.Errorf("%d workers: %w", workers, err)
			}
			rates[i], conflicts[i] = append(rates[i], rate), append(conflicts[i], met)
		}
	}
	for i, workers := range r.Workers {
		c := Crowd{
			Workers: workers, Packages: s.Packages, Hosts: t.hosts, Events: t.hosts * crowdRounds,
			Rate: spreadOf(rates[i]), Conflicts: spreadOf(conflicts[i]),
		}
		c.Ratio = over(c.Rate.Median, spreadOf(rates[0]).Median)
		r.report.Crowds = append(r.report.Crowds, c)
	}
	return nil
}

// crowd returns the events a second of some workers, and how often one of an event began again.
func (t *telling) crowd(ctx context.Context, workers int) (rate, conflicts float64, err error) {
	e, newest, err := t.crowdEvents()
	if err != nil {
		return 0, 0, err
	}
	metrics := prometheus.NewRegistry()
	before, err := t.look(ctx)
	if err != nil {
		return 0, 0, err
	}
	took, err := t.race(ctx, t.several(workers, metrics), e)
	if err != nil {
		return 0, 0, err
	}
	if err := t.inOrder(ctx, before, newest); err != nil {
		return 0, 0, err
	}
	met, err := counted(metrics, "patchstream_conflicts_total")
	return took.rate, met / float64(len(e.messages)), err
}

// crowdEvents returns some full scans of each host, one behind the other, and when the newest were taken.
func (t *telling) crowdEvents() (e *events, newest time.Time, err error) {
	e = new(events)
	for i := range t.hosts {
		h := t.fleet.Host(i)
		for n := range crowdRounds {
			newest = t.began.Add(time.Duration(t.step+n) * time.Second)
			m, err := fleet.Message(h.Scan(newest, t.round+n))
			if err != nil {
				return nil, newest, err
			}
			e.hosts, e.messages = append(e.hosts, h.Name), append(e.messages, m)
		}
	}
	t.step, t.round = t.step+crowdRounds, t.round+crowdRounds
	return e, newest, nil
}

// several are workers with a connection each, which share a registry.
func (t *telling) several(workers int, metrics prometheus.Registerer) racer {
	r := workerRacer(worker.Config{})
	r.start = func(ctx context.Context, nc *nats.Conn) (func() error, error) {
		var stops []func() error
		stopAll := func() error {
			var errs []error
			for _, stop := range stops {
				errs = append(errs, stop())
			}
			return errors.Join(errs...)
		}
		for i := range workers {
			own := nc
			if i > 0 {
				var err error
				if own, err = t.connect(); err != nil {
					return nil, errors.Join(err, stopAll())
				}
			}
			labelled := prometheus.WrapRegistererWith(prometheus.Labels{"worker": fmt.Sprint(i)}, metrics)
			stop, err := startWorker(ctx, worker.Config{Conn: own, Metrics: labelled})
			if err != nil {
				return nil, errors.Join(err, stopAll())
			}
			stops = append(stops, func() error { defer own.Close(); return stop() })
		}
		return stopAll, nil
	}
	return r
}

// counted returns the sum of a counter over all its series.
func counted(metrics prometheus.Gatherer, name string) (sum float64, err error) {
	families, err := metrics.Gather()
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum, err
}

// inOrder returns an error where an event was lost: every host must be what its newest scan says, and have as many changes in the
// stream as its record counts.
func (t *telling) inOrder(ctx context.Context, before holds, newest time.Time) error {
	after, err := t.look(ctx)
	if err != nil {
		return err
	}
	if dead := after[messages.StreamDead].LastSeq - before[messages.StreamDead].LastSeq; dead > 0 {
		return fmt.Errorf("%d dead letters", dead)
	}
	known, err := query.Open(ctx, t.js, time.Now())
	if err != nil {
		return err
	}
	hosts, revisions := 0, 0
	err = known.All(ctx, func(h *query.Host) error {
		hosts, revisions = hosts+1, revisions+int(h.Revision)
		if at := h.Report.About.ScanAt; !at.Equal(newest) {
			return fmt.Errorf("%s is what a scan of %s says, not that of %s", h.Report.Host, at, newest)
		}
		return nil
	})
	if err != nil {
		return err
	}
	changes, err := t.changesAfter(ctx, 0)
	if err != nil {
		return err
	}
	if hosts != t.hosts || changes != revisions {
		return fmt.Errorf("%d of %d hosts are known, with %d revisions and %d changes", hosts, t.hosts, revisions, changes)
	}
	return nil
}
