package cli

import (
	"context"
	"math"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/tally"
)

// newMetrics returns a registry with what every process shows of itself (docs/metrics.md).
func newMetrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	return r
}

func buildInfo() prometheus.Collector {
	b := build()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "patchstream_build_info", Help: "1, with what the running binary was built from as labels.",
		ConstLabels: prometheus.Labels{"version": b.Version, "goversion": b.Go, "revision": b.Commit},
	})
	info.Set(1)
	return info
}

// countFleet adds the metrics of the whole fleet and follows it once a worker has made what is followed. stop
// ends that and waits for it.
func countFleet(ctx context.Context, nc *nats.Conn, log zerolog.Logger, started <-chan struct{}, metrics *prometheus.Registry) (stop func(), err error) {
	fleet, err := tally.New(tally.Config{Conn: nc, Log: log})
	if err != nil {
		return nil, err
	}
	if err := metrics.Register(fleet); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-started:
			fleet.Run(ctx)
		case <-ctx.Done():
		}
	}()
	return func() { cancel(); <-ended }, nil
}

// storeSpace shows how much room the store of a server has: that it runs out is seen before it does.
func storeSpace(space func() (natsd.Space, error)) []prometheus.Collector {
	gauge := func(name, help string, of func(natsd.Space) uint64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			s, err := space()
			if err != nil {
				return math.NaN()
			}
			return float64(of(s))
		})
	}
	return []prometheus.Collector{
		gauge("patchstream_store_free_bytes", "Bytes that are free on the file system of the store.", func(s natsd.Space) uint64 { return s.Free }),
		gauge("patchstream_store_size_bytes", "Bytes of the file system of the store.", func(s natsd.Space) uint64 { return s.Size }),
		gauge("patchstream_store_used_bytes", "Bytes that JetStream has stored.", func(s natsd.Space) uint64 { return s.Used }),
	}
}

// indexStanding shows how the index behind the API stands.
func indexStanding(index *query.Index) []prometheus.Collector {
	gauge := func(name, help string, of func(query.Standing) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return of(index.Standing()) })
	}
	return []prometheus.Collector{
		gauge("patchstream_index_whole", "1 once the index behind the API has read all hosts, and answers.", func(s query.Standing) float64 {
			if s.Whole {
				return 1
			}
			return 0
		}),
		gauge("patchstream_index_hosts", "Hosts that the index behind the API holds.", func(s query.Standing) float64 { return float64(s.Hosts) }),
		gauge("patchstream_index_behind_seconds", "Seconds since the index behind the API was last known to have all that was stored.", func(s query.Standing) float64 { return s.Behind.Seconds() }),
	}
}
