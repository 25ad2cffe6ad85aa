package chaos

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

const diskBytes = 16 << 20

// The disk of the store runs full under load; the server is killed there, and comes up on the full disk; then
// there is room again, and nobody starts anything: a stream that could not be written is of no use until its JetStream is
// started anew, which the program does by itself.
func TestGoesOnAfterTheDiskWasFull(t *testing.T) {
	t.Parallel()
	dir, err := smallDisk(t, diskBytes)
	if err != nil {
		t.Logf("no disk of our own can be had (%v): the streams refuse instead", err)
		testStreamsRefuse(t)
		return
	}
	w := newWorld(t, filepath.Join(dir, "store"))
	w.endure(t, func(ctx context.Context, l *ledger) {
		wait(ctx, 1500*time.Millisecond)
		empty := fill(t, filepath.Join(dir, "ballast"))
		l.awaitFailure(ctx)
		wait(ctx, 500*time.Millisecond)
		again(ctx, t, w.servers[0], syscall.SIGKILL)
		wait(ctx, 1500*time.Millisecond)
		empty()
	})
}

// Where no disk can be filled, and beside it: each stream that a worker writes refuses everything for a while, so
// that a commit, its changes and dead letters fail each on its own.
func TestGoesOnAfterTheStreamsRefused(t *testing.T) {
	t.Parallel()
	testStreamsRefuse(t)
}

func testStreamsRefuse(t *testing.T) {
	t.Helper()
	w := newWorld(t, t.TempDir())
	w.endure(t, func(ctx context.Context, _ *ledger) {
		for _, stream := range []string{messages.StreamEvents, messages.StreamChanges, "KV_" + messages.BucketHosts, messages.StreamDead} {
			wait(ctx, 300*time.Millisecond)
			w.change(t, stream, func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 })
			wait(ctx, 700*time.Millisecond)
			w.change(t, stream, func(c *jetstream.StreamConfig) { c.MaxMsgSize = -1 })
		}
	})
}

// troubleLasts is how long events are sent: before the trouble, in it, and after it.
const troubleLasts = 5 * time.Second

// endure publishes a history while there is trouble, and holds the outcome against it.
func (w *world) endure(t *testing.T, trouble func(context.Context, *ledger)) {
	t.Helper()
	p := newPlan(t, troubleLasts, *hostsFlag/2, *rateFlag)
	h, l := newHistory(p), newLedger()
	ctx, cancel := context.WithTimeout(t.Context(), p.lasts+patience)
	defer cancel()
	var publishing sync.WaitGroup
	publishing.Go(func() { w.publish(ctx, ctx, h, l) })
	trouble(ctx, l)
	publishing.Wait()
	if l.failed() == 0 {
		t.Error("nothing ever failed")
	}
	w.conclude(t.Context(), t, h, l)
}

// fill takes all the room that is left beside a file, and returns what gives it back.
func fill(t *testing.T, name string) (empty func()) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for page := make([]byte, os.Getpagesize()); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(f.Close(), os.Remove(name)); err != nil {
			t.Error(err)
		}
	}
}

// again ends a process with a signal and starts it anew.
func again(ctx context.Context, t *testing.T, p *target, s syscall.Signal) {
	t.Helper()
	p.down(s)
	if err := p.again(ctx); err != nil {
		t.Error(err)
	}
}
