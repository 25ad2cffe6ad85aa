package tally_test

import (
	"context"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/tally"
	"github.com/patchstream/patchstream/worker/workertest"
)

// process is what `patchstream worker --http` runs.
func process(t *testing.T, s *server.Server, now func() time.Time) *prometheus.Registry {
	t.Helper()
	nc := workertest.Connect(t, s)
	w, err := worker.New(worker.Config{Conn: nc, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := workertest.Wait(t, "the end of the worker", done); err != nil {
			t.Error(err)
		}
	})
	workertest.Wait(t, "that the worker consumes", w.Started())
	return follow(t, nc, func(c *tally.Config) { c.Now = now })
}

// A host appears, becomes compliant, falls silent, speaks again, and is deleted; two processes show the same.
func TestTheMetricsFollowTheLifeOfAHost(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	one, two := process(t, s, now), process(t, s, now)
	both := func(want map[string]float64) {
		t.Helper()
		want = maps.Clone(want)
		want["fleet_followed"] = 1
		shows(t, one, want)
		shows(t, two, want)
	}
	both(map[string]float64{})
	workertest.Publish(t, js, workertest.Scan("web-1", 1, workertest.Package("openssl", "1", "2"), workertest.Package("curl", "7", "8")),
		workertest.Scan("web-2", 1, workertest.Package("openssl", "1", "2")))
	both(map[string]float64{"hosts NON_COMPLIANT": 2, "patches UNSPECIFIED MISSING": 3})
	low := time.Since(workertest.At(1)).Seconds() - 1
	age := read(t, one)["oldest_missing_age_seconds UNSPECIFIED"]
	if high := time.Since(workertest.At(1)).Seconds() + 1; age < low || age > high {
		t.Errorf("missing for %v s, and the host said so %v s ago", age, high-1)
	}
	workertest.Publish(t, js, workertest.Run("web-1", 2, workertest.Outcome("openssl", "2", messages.ResultInstalled), workertest.Outcome("curl", "8", messages.ResultFailed)))
	both(map[string]float64{"hosts NON_COMPLIANT": 2, "patches UNSPECIFIED MISSING": 1, "patches UNSPECIFIED INSTALLED": 1, "patches UNSPECIFIED FAILED": 1,
		"hosts_condition run_failed": 1})
	workertest.Publish(t, js, workertest.Scan("web-1", 3, workertest.Package("openssl", "2"), workertest.Package("curl", "8")))
	patched := map[string]float64{"hosts COMPLIANT": 1, "hosts NON_COMPLIANT": 1, "patches UNSPECIFIED MISSING": 1, "patches UNSPECIFIED INSTALLED": 2, "hosts_condition run_failed": 1}
	both(patched)
	workertest.Applied(t, js) // else the last event may be classified by the clock that follows
	ahead.Store(int64(8 * 24 * time.Hour))
	silent := maps.Clone(patched)
	delete(silent, "hosts COMPLIANT")
	silent["hosts UNKNOWN"], silent["hosts_condition scan_old"] = 1, 2 // one is red, and silent all the same
	both(silent)
	ahead.Store(0)
	both(patched)
	kv, err := js.KeyValue(t.Context(), messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Purge(t.Context(), "web-2"); err != nil {
		t.Fatal(err)
	}
	both(map[string]float64{"hosts COMPLIANT": 1, "patches UNSPECIFIED INSTALLED": 2, "hosts_condition run_failed": 1})
}
