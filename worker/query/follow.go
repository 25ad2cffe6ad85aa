package query

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// onTheWay is how many bytes of records may be on their way to an index.
const onTheWay = 16 << 20

// Run follows the fleet until the context ends. It outlives every failure; what was last known stays, and answers say how old
// they are.
func (x *Index) Run(ctx context.Context) {
	var parts sync.WaitGroup
	parts.Go(func() { x.again(ctx, x.followBaselines) })
	parts.Go(func() { x.again(ctx, x.followHosts) })
	parts.Go(func() { x.keepSettled(ctx) })
	parts.Wait()
}

// again calls follow until the context ends.
func (x *Index) again(ctx context.Context, follow func(context.Context) error) {
	for ctx.Err() == nil {
		if err := follow(ctx); err != nil {
			x.failed(ctx, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(x.cfg.CheckEvery):
		}
	}
}

// failed notes why the fleet is not followed, and logs it once: not where whoever followed it has ended, nor where the connection is lost, which
// somebody else logs.
func (x *Index) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	first := x.state.failed == nil
	x.state.failed = err
	if first && x.cfg.Conn.IsConnected() && !errors.Is(err, streams.ErrAnew) && !errors.Is(err, streams.ErrTakenOut) {
		x.cfg.Log.Warn().Err(err).Msg("the index of the fleet is not followed for now; trying again")
	}
}

func (x *Index) followHosts(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	r := newReading(ctx, x)
	defer func() { cancel(); r.running.Wait() }()
	return streams.Follow{
		Bucket: messages.BucketHosts, Bytes: onTheWay, CheckEvery: x.cfg.CheckEvery, Timeout: x.cfg.Timeout,
	}.Run(ctx, x.js, r)
}

// followBaselines keeps the library until it is lost.
func (x *Index) followBaselines(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- x.view.Run(ctx) }()
	for {
		s, changed := x.view.Latest()
		if s != nil {
			x.mu.Lock()
			x.library, x.librarySeq, x.libraryRead = s.Library, s.Seq, true
			x.table.decide(s.Library)
			x.table.doubt()
			x.wake()
			x.mu.Unlock()
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}
