package query

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/baselines"
)

// IndexConfig configures an [Index]. Only Conn is required.
type IndexConfig struct {
	// Conn is the connection to NATS. It should reconnect without end; the index does not close it.
	Conn *nats.Conn

	// JS is JetStream by that connection. Nil: it is made; given, it may be a [streams.Reader].
	JS jetstream.JetStream

	Log zerolog.Logger

	// CheckEvery is how soon it is noticed that the bucket was made anew, or that the index lags. 0: a second.
	CheckEvery time.Duration

	// Timeout bounds one request to the server. 0: 5 seconds.
	Timeout time.Duration

	// Readers is how many records are read at a time, each with the full scan that it names. 0: 8.
	Readers int

	// Now is the clock. Nil: [time.Now].
	Now func() time.Time
}

// Index holds the fleet in memory, follows it, and answers questions about it. It is disposable: any number of them may run, and
// one that starts anew reads all again. It is safe for concurrent use.
type Index struct {
	cfg  IndexConfig
	js   jetstream.JetStream
	view *baselines.View

	mu      sync.RWMutex
	table   *table // as it was last read whole, and what came since
	created time.Time
	state   following
	written chan struct{} // closed, and made anew, whenever something was

	library     *classify.Library
	librarySeq  uint64
	libraryRead bool

	settling sync.Mutex
}

// following is how far an index has read.
type following struct {
	whole       bool      // all that was there at the beginning was read
	seq         uint64    // of the newest record that was read
	confirmedAt time.Time // when the index was last known to have all that there was
	todo, total uint64    // of the first reading: what is left, and what there was
	failed      error     // why it is not followed; nil: it is
}

// AsOf says how far an answer goes.
type AsOf struct {
	Sequence uint64    `json:"sequence"` // of the newest host record that is in it
	At       time.Time `json:"at"`       // all that was stored by then is in it
	Lagging  bool      `json:"lagging"`  // that is longer ago than it should be: what came since may be missing
}

// lagsAfter is how old an answer may be that is not called lagging.
const lagsAfter = 10 * time.Second

// ErrNotWhole says that an index has not read the whole fleet yet.
var ErrNotWhole = errors.New("the index of the fleet is not whole yet")

// NewIndex returns an index of nothing. It does no I/O. A missing connection is an error.
func NewIndex(cfg IndexConfig) (*Index, error) {
	if cfg.Conn == nil {
		return nil, errors.New("query: IndexConfig.Conn is required")
	}
	if cfg.CheckEvery <= 0 {
		cfg.CheckEvery = time.Second
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	if cfg.Readers <= 0 {
		cfg.Readers = 8
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	js := cfg.JS
	if js == nil {
		var err error
		if js, err = jetstream.New(cfg.Conn); err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
	}
	return &Index{
		cfg: cfg, js: js, view: baselines.NewView(js, cfg.Log, cfg.CheckEvery), table: newTable(), library: new(classify.Library),
		written: make(chan struct{}),
	}, nil
}

// Ready returns nil where the index is whole and followed, else what is in the way.
func (x *Index) Ready() error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	switch {
	case !x.state.whole && x.state.failed != nil:
		return fmt.Errorf("%w: %w", ErrNotWhole, x.state.failed)
	case !x.libraryRead:
		return fmt.Errorf("%w: the baselines are not read", ErrNotWhole)
	case !x.state.whole:
		return fmt.Errorf("%w: %d of %d hosts are read", ErrNotWhole, x.state.total-x.state.todo, x.state.total)
	}
	return nil
}

// Progress returns how many hosts there were when the first reading began, and how many of them are read.
func (x *Index) Progress() (read, total uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.state.total - x.state.todo, x.state.total
}

// Standing is how an index stands, for metrics.
type Standing struct {
	Whole  bool
	Hosts  int           // that it holds, the retired ones too
	Behind time.Duration // since it was last known to have all that there was; 0: it is not whole
}

// Standing returns how the index stands.
func (x *Index) Standing() Standing {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := Standing{Whole: x.state.whole && x.libraryRead, Hosts: len(x.table.numbers)}
	if s.Whole {
		s.Behind = time.Since(x.state.confirmedAt)
	}
	return s
}

// asOf is how far an answer goes that is given now. The caller holds the lock.
func (x *Index) asOf() AsOf {
	return AsOf{Sequence: x.state.seq, At: x.state.confirmedAt.UTC(), Lagging: time.Since(x.state.confirmedAt) > lagsAfter}
}

// snapshot is the index at one moment, for one answer.
type snapshot struct {
	*table
	now       time.Time
	settings  classify.Settings
	library   *classify.Library
	oldBefore nanos // a scan that was taken before is too old
	asOf      AsOf
	created   time.Time
}

// read has do answer from the index as it is now. What time alone changes was applied before.
func (x *Index) read(ctx context.Context, do func(*snapshot) error) error {
	if err := x.Ready(); err != nil {
		return err
	}
	now := x.cfg.Now()
	x.settle(ctx, now)
	x.mu.RLock()
	defer x.mu.RUnlock()
	settings := x.library.Settings
	return do(&snapshot{
		table: x.table, now: now, settings: settings, library: x.library, oldBefore: nanosOf(settings.OldBefore(now)), asOf: x.asOf(), created: x.created,
	})
}

// Wait waits until a record and an entry of the baselines, by their sequences in the buckets, are in the index, or the context ends.
func (x *Index) Wait(ctx context.Context, host, baselines uint64) error {
	return x.until(ctx, func() bool {
		return x.state.whole && x.libraryRead && x.state.seq >= host && x.librarySeq >= baselines
	})
}

// until waits until something holds of what the lock guards.
func (x *Index) until(ctx context.Context, holds func() bool) error {
	for {
		x.mu.RLock()
		done, written := holds(), x.written
		x.mu.RUnlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-written:
		}
	}
}

// Load reads the fleet once, and calls progress as it does. It is for who asks and goes; others call Run. [ErrNoBucket]: no worker
// ever ran there.
func (x *Index) Load(ctx context.Context, progress func(read, total uint64)) error {
	if _, err := Open(ctx, x.js, x.cfg.Now()); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); x.Run(following) }()
	defer func() { stop(); <-ended }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	whole := make(chan error, 1)
	go func() { whole <- x.Wait(following, 0, 0) }()
	for {
		select {
		case err := <-whole:
			progress(x.Progress())
			return err
		case <-tick.C:
			progress(x.Progress())
			x.mu.RLock()
			err := x.state.failed
			x.mu.RUnlock()
			if err != nil && !x.cfg.Conn.IsConnected() {
				return err
			}
		}
	}
}
