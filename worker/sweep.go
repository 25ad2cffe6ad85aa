package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

// sweepOlder is the age from which an outbox is swept: what is younger is likely in some worker's hands.
const sweepOlder = 5 * time.Minute

// sweep flushes and clears, at the start and daily, every outbox that a crash or a dead letter left behind.
func (w *Worker) sweep(ctx context.Context, c *committer) {
	for ctx.Err() == nil {
		pause := sweepEvery
		if err := c.sweepAll(ctx); err != nil && ctx.Err() == nil {
			w.cfg.Log.Warn().Err(err).Msg("sweeping the outboxes; trying again")
			pause = retryAfter
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (c *committer) sweepAll(ctx context.Context) error {
	hosts, err := c.store.Hosts(ctx)
	if err != nil {
		return err
	}
	var first error
	failed := 0
	for host := range hosts {
		if err := c.sweepHost(ctx, host); err != nil { // go on: one host must not keep the others
			first, failed = cmp.Or(first, err), failed+1
		}
	}
	if first != nil {
		first = fmt.Errorf("of %d hosts that failed, the first: %w", failed, first)
	}
	return errors.Join(first, ctx.Err())
}

func (c *committer) sweepHost(ctx context.Context, host string) error {
	since, err := c.store.Unsent(ctx, host)
	if err != nil || since.IsZero() || c.cfg.Now().Sub(since) < sweepOlder {
		return err
	}
	return c.within(ctx, minHandledBytes, func(room int64) error { return c.sweepOutbox(ctx, host, room) })
}

func (c *committer) sweepOutbox(ctx context.Context, host string, room int64) error {
	stored, version, err := c.store.LoadUpTo(ctx, host, recordBytes(room))
	if err != nil || stored == nil || stored.Outbox == nil || c.cfg.Now().Sub(stored.CommittedAt) < sweepOlder {
		return err
	}
	h := &held{host: host, record: stored, version: version}
	if err := c.flush(ctx, h); err != nil {
		return ignoreConflict(err)
	}
	stored.Outbox, stored.Fences = nil, h.after
	return ignoreConflict(c.write(ctx, h))
}

// ignoreConflict: whoever wrote the record meanwhile flushed it first.
func ignoreConflict(err error) error {
	if errors.Is(err, record.ErrConflict) {
		return nil
	}
	return err
}

// watchHealth asks JetStream now and then whether it is there, and whether the bucket of hosts is still the
// one whose versions the cache rests on.
func (w *Worker) watchHealth(ctx context.Context, set *streams.Set, c *committer) {
	created, told := time.Time{}, false
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	for {
		made, pending, err := w.probe(ctx, set)
		switch {
		case err == nil:
			w.health.seen(w.cfg.Now())
			w.metrics.lag.Set(float64(pending))
			if !created.IsZero() && !made.Equal(created) {
				w.cfg.Log.Warn().Msg("the bucket PATCH_HOSTS was made anew; dropping what is cached")
				c.cache.clear()
			}
			created, told = made, false
		case !told && ctx.Err() == nil && w.cfg.Conn.IsConnected(): // else the loss of the connection is told
			w.cfg.Log.Warn().Err(err).Msg("JetStream does not answer; trying again")
			told = true
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *Worker) probe(ctx context.Context, set *streams.Set) (hostsMade time.Time, pending uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	info, err := set.Worker.Info(ctx)
	if err != nil {
		return time.Time{}, 0, err
	}
	bucket, err := w.js.Stream(ctx, "KV_"+set.Hosts.Bucket())
	if err != nil {
		return time.Time{}, 0, err
	}
	return bucket.CachedInfo().Created, info.NumPending + uint64(info.NumAckPending), nil
}
