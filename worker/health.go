package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/patchstream/patchstream/worker/streams"
)

// health is when JetStream last answered.
type health struct{ nanos atomic.Int64 }

func (h *health) seen(now time.Time) { h.nanos.Store(now.UnixNano()) }

func (h *health) last() time.Time { return time.Unix(0, h.nanos.Load()) }

// watchHealth asks JetStream now and then whether it is there, and whether the bucket of hosts is still the
// one whose versions the cache rests on.
func (w *Worker) watchHealth(ctx context.Context, set *streams.Set, c *committer) {
	logged := false
	tick := time.NewTicker(w.cfg.CheckEvery)
	defer tick.Stop()
	hosts := streams.NewBucket(w.js, set.Hosts.Bucket())
	for {
		pending, err := w.probe(ctx, set, hosts)
		if errors.Is(err, streams.ErrAnew) {
			w.cfg.Log.Warn().Msg("the bucket PATCH_HOSTS was made anew; dropping what is cached")
			c.cache.clear()
			err = nil
		}
		switch {
		case err == nil:
			w.health.seen(w.cfg.Now())
			w.metrics.lag.Set(float64(pending))
			logged = false
		case !logged && ctx.Err() == nil && w.cfg.Conn.IsConnected(): // else the loss of the connection is logged
			w.cfg.Log.Warn().Err(err).Msg("JetStream does not answer; trying again")
			logged = true
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// probe returns how many events wait or are being handled. [streams.ErrAnew]: the hosts are others than at the last probe.
func (w *Worker) probe(ctx context.Context, set *streams.Set, hosts *streams.Bucket) (pending uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	info, err := set.Worker.Info(ctx)
	if err != nil {
		return 0, err
	}
	_, err = hosts.Look(ctx)
	return info.NumPending + uint64(info.NumAckPending), err
}
