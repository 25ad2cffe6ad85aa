package worker

import (
	"context"
	"errors"
	"runtime/debug"
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
