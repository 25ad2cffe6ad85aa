package worker

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
)

// How often garbage is collected is one setting for the process: with two workers in it, the one that ends last must
// not leave the other's behind.
func TestTwoWorkersInAProcessLeaveTheCollectorAsItWas(t *testing.T) {
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	before := percent()
	a, b := newMemory(newCache(1)), newMemory(newCache(1))
	done, err := a.take(t.Context(), allMemory)
	if err != nil {
		t.Fatal(err)
	}
	if percent() == before {
		t.Fatal("the collector is as it was")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.take(gone, allMemory); !errors.Is(err, context.Canceled) {
		t.Fatalf("beside another: %v", err)
	}
	if !b.free.TryAcquire(allMemory) {
		t.Error("the memory is kept though it was of no use")
	}
	done()
	if now := percent(); now != before {
		t.Errorf("the collector is left at %d, it was at %d", now, before)
	}
}

// Many events that take all memory wait. One that takes little comes next.
func TestLargeEventsDoNotStandInLineBeforeSmallOnes(t *testing.T) {
	m := newMemory(newCache(1))
	began, end := make(chan string, 10), make(chan struct{})
	var all sync.WaitGroup
	handle := func(what string, bytes int64) {
		all.Go(func() {
			if _, err := m.within(t.Context(), bytes, func(int) error { began <- what; <-end; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	const large = 5
	for range large {
		handle("large", allMemory)
	}
	if got := <-began; got != "large" {
		t.Fatal(got)
	}
	handle("small", minEventMemory)
	for m.free.TryAcquire(0) { // nobody stands in line
		runtime.Gosched()
	}
	end <- struct{}{}
	if got := <-began; got != "small" {
		t.Errorf("next came a %s one", got)
	}
	close(end)
	all.Wait()
}
