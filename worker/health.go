package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/patchstream/patchstream/worker/streams"
)

// health is what a worker knows of whether it gets on. It is safe for concurrent use.
type health struct {
	mu       sync.Mutex
	stored   time.Time // when something was last written
	taken    time.Time // when an event last came
	waiting  uint64    // events that were not delivered to anybody, as last seen
	since    time.Time // since when some are
	failing  time.Time // since when no event could be brought to its end; zero: the last one was
	failedAt time.Time // when one could not, last
	last     error     // of those that count above
}

// notReadyAfter is for how long nothing need be stored, or taken of what waits.
const notReadyAfter = 25 * time.Second

// wrote notes that something was stored.
func (h *health) wrote(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stored = now
}

// took notes that an event came.
func (h *health) took(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.taken = now
}

// saw notes how many events wait that were not delivered to anybody.
func (h *health) saw(now time.Time, waiting uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting == 0 {
		h.since = now
	}
	h.waiting = waiting
}

// ended notes how the handling of an event ended: nil, or why it has to come again.
func (h *health) ended(now time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.failing = time.Time{}
		return
	}
	if !h.fails(now) {
		h.failing = now
	}
	h.failedAt, h.last = now, err
}

func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = err
}

// failureCounts is for how long an event that could not be applied says something of this worker. It comes again within seconds,
// and one that does not was brought to its end by another worker.
const failureCounts = 2 * time.Minute

// fails reports whether the last event could not be brought to its end.
func (h *health) fails(now time.Time) bool {
	return !h.failing.IsZero() && now.Sub(h.failedAt) <= failureCounts
}

// check returns what is in the way, or nil.
func (h *health) check(now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	idle := now.Sub(later(h.taken, h.since))
	switch {
	case now.Sub(h.stored) > notReadyAfter:
		return fmt.Errorf("nothing was stored for %s: %w", now.Sub(h.stored).Round(time.Second), h.why())
	case h.waiting > 0 && idle > notReadyAfter:
		return fmt.Errorf("%d events wait, and none came for %s", h.waiting, idle.Round(time.Second))
	case h.fails(now) && now.Sub(h.failing) > notReadyAfter:
		return fmt.Errorf("no event could be applied for %s: %w", now.Sub(h.failing).Round(time.Second), h.why())
	}
	return nil
}

func (h *health) why() error {
	if h.last == nil {
		return errors.New("JetStream does not answer")
	}
	return h.last
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// healthKey is the key in PATCH_ATTEMPTS that workers write to see that something can be stored. More than a page of it, for a
// disk that is full may take less.
const (
	healthKey   = "health"
	healthBytes = 8 << 10
)

// missingFor is how long a stream may be missing until the worker makes it anew, in a new session: whoever deleted it may be
// about to put another one in its place.
const missingFor = 30 * time.Second

// missingError says that a stream is not there.
type missingError struct{ stream string }

func (e *missingError) Error() string {
	return "stream " + e.stream + " is not there: somebody deleted it"
}

// replacedError says that a stream is another one than the session began with.
type replacedError struct{ stream string }

func (e *replacedError) Error() string {
	return "stream " + e.stream + " was deleted and made anew"
}

// watchHealth writes now and then, asks how much waits, and whether the bucket of hosts is still the one whose versions the
// cache rests on. It calls end where the session has to begin anew, since a stream is missing or another one.
func (w *Worker) watchHealth(ctx context.Context, set *streams.Set, c *committer, end context.CancelCauseFunc) {
	logged, failed, since := false, false, time.Time{}
	tick := time.NewTicker(w.cfg.CheckEvery)
	defer tick.Stop()
	hosts := streams.NewBucket(w.js, set.Hosts.Bucket())
	reconnects := w.cfg.Conn.Stats().Reconnects
	for {
		err := w.probe(ctx, set, hosts)
		if errors.Is(err, streams.ErrAnew) {
			w.cfg.Log.Warn().Msg("the bucket PATCH_HOSTS was made anew; dropping what is cached")
			c.cache.clear()
			err = nil
		}
		missing, replaced := (*missingError)(nil), (*replacedError)(nil)
		switch now := w.cfg.Now(); {
		case errors.As(err, &replaced):
			end(replaced)
		case !errors.As(err, &missing):
			since = time.Time{}
		case since.IsZero():
			since = now
		case now.Sub(since) > missingFor:
			end(missing)
		}
		switch {
		case err == nil:
			if n := w.cfg.Conn.Stats().Reconnects; failed || n != reconnects {
				c.sweeps.ask()
				reconnects = n
			}
			logged, failed = false, false
		case ctx.Err() == nil:
			failed = true
			w.health.failed(err)
			if !logged && w.cfg.Conn.IsConnected() { // else the loss of the connection is logged
				w.cfg.Log.Warn().Err(err).Msg("JetStream does not do what it should; looking again")
				logged = true
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// probe writes, and looks how many events wait. [streams.ErrAnew]: the hosts are others than at the last probe.
func (w *Worker) probe(ctx context.Context, set *streams.Set, hosts *streams.Bucket) error {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	info, err := set.Worker.Info(ctx)
	if err != nil {
		return err
	}
	if missing, err := streams.Missing(ctx, w.js); err != nil || missing != "" {
		if err == nil {
			err = &missingError{missing}
		}
		return err
	}
	if replaced, err := set.Replaced(ctx, w.js); err != nil || replaced != "" {
		if err == nil {
			err = &replacedError{replaced}
		}
		return err
	}
	w.metrics.lag.Set(float64(info.NumPending + uint64(info.NumAckPending)))
	w.health.saw(w.cfg.Now(), info.NumPending)
	if _, err := set.Attempts.Put(ctx, healthKey, make([]byte, healthBytes)); err != nil {
		return fmt.Errorf("write to PATCH_ATTEMPTS: %w", err)
	}
	w.health.wrote(w.cfg.Now())
	_, err = hosts.Look(ctx)
	return err
}
