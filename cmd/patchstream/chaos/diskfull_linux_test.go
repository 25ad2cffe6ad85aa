package chaos

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

const (
	saidWithin  = 30 * time.Second
	curedWithin = 10 * time.Second
)

// The disk of the store runs full: that is said within 30 seconds, to whoever publishes and by /readyz, and shown before by a
// metric. When there is room again everything goes on within 10 seconds, and nobody has started anything.
func TestAdversaryFillsTheDiskAndAllIsWellWhenThereIsRoom(t *testing.T) {
	dir, err := smallDisk(t, diskBytes)
	if err != nil {
		t.Logf("no disk of our own can be had (%v), so none is filled", err)
		return
	}
	a := newAdversaryOn(t, filepath.Join(dir, "store"))
	ctx := t.Context()
	if n := a.metric(ctx, "patchstream_store_free_bytes"); n <= 0 || n > diskBytes {
		t.Errorf("%v bytes are free, says the metric", n)
	}
	apply := func(n int) error {
		m, err := (&backlog{}).message(honestScan(n))
		if err != nil {
			t.Fatal(err)
		}
		try, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		_, err = a.js.PublishMsg(try, m)
		return err
	}
	if err := apply(0); err != nil {
		t.Fatal(err)
	}
	empty := fill(t, filepath.Join(dir, "ballast"))
	a.within(ctx, saidWithin, "that it is not ready, since its disk is full", func() bool {
		_ = apply(1) // which is what an honest host does
		status, said := a.readiness(ctx)
		return status == http.StatusServiceUnavailable && strings.Contains(said, "disk is full")
	})
	if err := apply(2); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("a publisher is told %v", err)
	}
	wait(ctx, *adversaryFlag)
	empty()
	a.within(ctx, curedWithin, "that it is ready again", func() bool {
		status, _ := a.readiness(ctx)
		return status == http.StatusOK
	})
	if err := apply(3); err != nil {
		t.Error(err)
	}
	a.within(ctx, curedWithin, "the record of the host that spoke then", func() bool {
		kv, err := a.js.KeyValue(ctx, messages.BucketHosts)
		if err == nil {
			_, err = kv.Get(ctx, honestScan(3).Host)
		}
		return err == nil
	})
	// What the worker had taken when the disk was full waits for the acknowledgement wait.
	a.within(ctx, nothingStays+curedWithin, "an empty queue", func() bool {
		found, err := a.pending(ctx)
		return err == nil && found.nothing() && found.last > 0
	})
	if letters, err := a.js.Stream(ctx, messages.StreamDead); err != nil || letters.CachedInfo().State.Msgs > 0 {
		t.Errorf("dead letters: %v, %v", letters, err)
	}
	a.end(ctx)
	check(t, a.report.wrongs)
}

// within waits for something that is to come in time.
func (a *adversary) within(ctx context.Context, d time.Duration, what string, holds func() bool) {
	a.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > d || !wait(ctx, 100*time.Millisecond) {
			a.Fatalf("it did not come within %s: %s", d, what)
		}
	}
	a.Logf("%s: after %s", what, time.Since(began).Round(100*time.Millisecond))
}

// metric returns what a metric without labels says; 0 where there is none.
func (a *adversary) metric(ctx context.Context, name string) float64 {
	a.Helper()
	a.servers[0].log.mu.Lock()
	a.servers[0].log.http = "http://" + a.web
	a.servers[0].log.mu.Unlock()
	return a.servers[0].log.metrics(ctx)[name]
}
