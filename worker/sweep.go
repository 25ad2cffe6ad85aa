package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/worker/record"
)

// sweepOlder is the age from which an outbox is swept: what is younger is likely being handled by some worker.
const sweepOlder = 5 * time.Minute

// retryAfter is for background work that failed, and twice as long each time it fails again: one record that cannot be read must
// not have all others looked at every minute.
const retryAfter = time.Minute

// sweepRest is the least time between two sweeps, whoever asks for them.
const sweepRest = 10 * time.Second

// sweeps is how a sweep is asked for out of its turn.
type sweeps chan struct{}

// ask has the hosts swept soon: JetStream was away and is back, and a schedule whose time came as it went may be lost.
func (s sweeps) ask() {
	select {
	case s <- struct{}{}:
	default: // it is asked for already
	}
}

// sweep flushes and clears, at the start, daily and after JetStream was away, every outbox that a crash or a dead
// letter left behind, sets the schedules that are lost, and removes the full scans that no record names.
func (w *Worker) sweep(ctx context.Context, c *committer) {
	retry := retryAfter
	for ctx.Err() == nil {
		pause := sweepEvery
		if err := c.sweepAll(ctx); err == nil {
			retry = retryAfter
		} else if ctx.Err() == nil {
			w.cfg.Log.Warn().Err(err).Dur("again_in", retry).Msg("sweeping the hosts; trying again")
			pause, retry = retry, min(2*retry, sweepEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepRest):
		}
		select {
		case <-ctx.Done():
		case <-c.sweeps:
		case <-time.After(pause - sweepRest):
		}
	}
}

func (c *committer) sweepAll(ctx context.Context) error {
	var first error
	failed := 0
	named := make(map[record.Sum]string)
	err := c.store.Hosts(ctx, func(host string, left record.Pending, err error) {
		if err == nil {
			err = c.sweepHost(ctx, host, left)
		}
		if err != nil { // go on: one host must not keep the others
			first, failed = cmp.Or(first, err), failed+1
		}
		if left.Scan != (record.Sum{}) {
			named[left.Scan] = host
		}
	})
	if err != nil {
		return err
	}
	if first != nil {
		first = fmt.Errorf("of %d hosts that failed, the first: %w", failed, first)
	}
	return errors.Join(first, c.sweepScans(ctx, named), ctx.Err())
}

// sweepScans removes the full scans that no record names, and asks for those that are lost: they may come before they are missed.
func (c *committer) sweepScans(ctx context.Context, named map[record.Sum]string) error {
	var failed error
	err := c.store.SweepScans(ctx, named, c.cfg.Now(), func(host string) {
		c.log.Warn().Str("host", host).Msg("the host's full scan is lost; it is asked for another")
		failed = cmp.Or(failed, c.resend.ask(ctx, host))
	})
	return errors.Join(err, failed)
}

func (c *committer) sweepHost(ctx context.Context, host string, left record.Pending) error {
	if err := c.sweepSchedule(ctx, host, left); err != nil {
		return err
	}
	if left.Outbox.IsZero() || c.cfg.Now().Sub(left.Outbox) < sweepOlder {
		return nil
	}
	_, err := c.memory.within(ctx, minEventMemory, func(maxRecordBytes int) error { return c.sweepOutbox(ctx, host, maxRecordBytes) })
	return err
}

func (c *committer) sweepOutbox(ctx context.Context, host string, maxRecordBytes int) error {
	stored, version, err := c.store.LoadUpTo(ctx, host, maxRecordBytes)
	if err != nil || stored == nil || stored.Outbox == nil || c.cfg.Now().Sub(stored.CommittedAt) < sweepOlder {
		return err
	}
	l := &loaded{host: host, record: stored, version: version}
	if err := c.flush(ctx, l); err != nil {
		return ignoreConflict(err)
	}
	stored.Outbox, stored.Fences = nil, l.fences
	return ignoreConflict(c.write(ctx, l))
}

// ignoreConflict: whoever wrote the record meanwhile flushed it first.
func ignoreConflict(err error) error {
	if errors.Is(err, record.ErrConflict) {
		return nil
	}
	return err
}
