package chaos

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

var backlogFlag = flag.Int("chaos.backlog", 1000, "how many events wait for the workers of the test of back-pressure")

const (
	backlogWorkers = 4
	memoryBound    = 256 << 20 // of a worker

	// largestBound is for events of the largest legal size. One of them is 60 MiB when it is decompressed, 85 MiB as
	// a scan, and its record as much again, so that it cannot be handled within the other bound; but no more than
	// one is handled at a time, however many wait.
	largestBound = 768 << 20
)

// A backlog waits that is far larger than what the workers may hold. Four workers take it in, each within its bound,
// though nothing but they themselves keeps them there: no memory limit is set from outside.
func TestABacklogIsTakenInWithinTheMemoryBound(t *testing.T) {
	newBacklog(t, *backlogFlag, 0).takeIn(t, memoryBound)
}

func TestABacklogOfTheLargestEventsIsTakenInOneAtATime(t *testing.T) {
	newBacklog(t, 100, 4).takeIn(t, largestBound)
}

func (b *backlog) takeIn(t *testing.T, bound int) {
	t.Helper()
	w := newStore(t)
	if _, err := streams.Ensure(t.Context(), w.js, streams.Config{AckWait: time.Minute}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	events := b.publish(t, w)
	t.Logf("%d events of %d hosts wait after %s", events, len(b.hosts), time.Since(began).Round(time.Second))
	began = time.Now()
	for i := range backlogWorkers {
		worker := w.target(t, fmt.Sprintf("worker-%d", i), func() *exec.Cmd { return program("worker", "--server", w.url) })
		w.workers = append(w.workers, worker)
		w.up(t, worker)
	}
	if err := w.quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("applied in %s: %.0f events a second", took.Round(time.Second), float64(events)/took.Seconds())
	for _, worker := range w.workers {
		peak := peakMemory(t, worker.process.cmd.Process.Pid)
		t.Logf("%s: %d MiB at the most", worker.log.name, peak>>20)
		if peak > bound {
			t.Errorf("%s took %d bytes of memory, the bound is %d", worker.log.name, peak, bound)
		}
	}
	b.check(t.Context(), t, w)
	w.end(t.Context())
	check(t, w.report.wrongs)
}

// newStore is a server without workers. It does not wait for the disk: the more is to be done at a time.
func newStore(t *testing.T) *world {
	t.Helper()
	store := t.TempDir()
	return oneServer(t, func(address string) *exec.Cmd {
		return program("serve", "--no-worker", "--listen", address, "--http", "127.0.0.1:0", "--sync", "interval", "--store", store)
	})
}

// publish has every host say all it has to say, the hosts in turns, and returns how many events that were.
func (b *backlog) publish(t *testing.T, w *world) int {
	t.Helper()
	n := 0
	var sends sync.WaitGroup
	defer sends.Wait()
	flying := make(chan struct{}, 64)
	for round := range eventsOfAHost {
		for _, h := range b.hosts {
			if h.large > 0 && round%5 != 0 {
				continue
			}
			event, err := b.next(h)
			if err != nil {
				t.Fatal(err)
			}
			m, err := b.message(event)
			if err != nil {
				t.Fatal(err)
			}
			n++
			flying <- struct{}{}
			sends.Go(func() {
				defer func() { <-flying }()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if _, err := w.js.PublishMsg(ctx, m); err != nil {
					t.Error(err)
				}
			})
		}
	}
	return n
}

// check: every host's record rests on its newest events, and only what is too large to be stored is dead.
func (b *backlog) check(ctx context.Context, t *testing.T, w *world) {
	t.Helper()
	kv, err := w.js.KeyValue(ctx, messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	store := record.NewStore(w.js, kv, readyWithin)
	for _, h := range b.hosts {
		stored, _, err := store.Load(ctx, h.name)
		switch {
		case err != nil:
			t.Fatal(err)
		case h.large == refusedNoise: // its full scans do not fit
		case stored == nil || stored.Facts.Full == nil || stored.Facts.Full.ID != h.full:
			t.Errorf("%s: the record does not rest on full scan %s", h.name, h.full)
		case h.newest != h.full && (stored.Facts.Unchanged == nil || stored.Facts.Unchanged.ID != h.newest):
			t.Errorf("%s: the record does not know of scan %s", h.name, h.newest)
		}
	}
	dead, err := w.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	all, err := read(ctx, w.js, dead)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if reason := m.header.Get("Patch-Dead-Reason"); !strings.Contains(reason, "max_payload") || !strings.Contains(m.subject, "large-") {
			t.Errorf("%s is dead: %s", m.subject, reason)
		}
	}
	t.Logf("%d events were too large to be stored as records", len(all))
}

// peakMemory returns the most memory that a process had at a time, in bytes, as the kernel counts it.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if text, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("the kernel does not say how much memory a process had")
	return 0
}
