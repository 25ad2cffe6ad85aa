package tally

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
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/streams"
)

// Config configures a [Tally]. Only Conn is required.
type Config struct {
	// Conn is the connection to NATS. It should reconnect without end; the tally does not close it.
	Conn *nats.Conn

	Log zerolog.Logger

	// CheckEvery is how soon it is noticed that the bucket was made anew, that hosts are gone from it without a
	// mark, that the settings are others, and that JetStream does not answer. 0: 5 seconds.
	CheckEvery time.Duration

	// Timeout bounds one request to the server. 0: 5 seconds.
	Timeout time.Duration

	// Now is the clock. Nil: [time.Now].
	Now func() time.Time
}

const (
	defaultCheckEvery = 5 * time.Second
	defaultTimeout    = 5 * time.Second

	// pullMessages is how many headers may be on their way, a few hundred bytes each.
	pullMessages = 2000
)

// Tally counts the fleet. It is a [prometheus.Collector], and safe for concurrent use.
type Tally struct {
	cfg Config
	js  jetstream.JetStream

	mu         sync.Mutex
	fleet      roll // as it was last read whole, and what came since
	settings   classify.Settings
	unreadable bool // what is stored as settings: they are the defaults
	dead       deadLetters
	followed   bool // the bucket was read whole, and JetStream answered the last check
	failing    bool // and the log says so
}

// New returns a tally of no hosts. It does no I/O. A missing connection is an error.
func New(cfg Config) (*Tally, error) {
	if cfg.Conn == nil {
		return nil, errors.New("tally: Config.Conn is required")
	}
	if cfg.CheckEvery <= 0 {
		cfg.CheckEvery = defaultCheckEvery
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	js, err := jetstream.New(cfg.Conn)
	if err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	return &Tally{cfg: cfg, js: js}, nil
}

// Run follows the bucket until the context ends. It outlives every failure; what was last known stays, and
// patchstream_fleet_followed says that it may be old.
func (t *Tally) Run(ctx context.Context) {
	for ctx.Err() == nil {
		t.lost(ctx, t.follow(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(t.cfg.CheckEvery):
		}
	}
}

// follow reads the bucket from its beginning and goes on until the context ends, the consumer is lost or the bucket is another.
func (t *Tally) follow(ctx context.Context) error {
	if err := t.ask(ctx); err != nil {
		return err
	}
	return streams.Follow{
		Bucket: messages.BucketHosts, HeadersOnly: true, Messages: pullMessages, CheckEvery: t.cfg.CheckEvery, Timeout: t.cfg.Timeout,
	}.Run(ctx, t.js, &reading{ctx: ctx, tally: t, fleet: make(roll)})
}

// deadLetters is what the stream of dead letters holds, and may.
type deadLetters struct {
	letters, bytes uint64
	maxBytes       int64 // not above 0: there is no bound
}

// ask reads the settings, and looks at the dead letters.
func (t *Tally) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Timeout)
	defer cancel()
	store, err := baselines.Open(ctx, t.js)
	if err != nil {
		return err
	}
	settings, err := store.Settings(ctx)
	unreadable := errors.Is(err, baselines.ErrSettings) // then they are the defaults, as to workers
	if err != nil && !unreadable {
		return err
	}
	dead, err := t.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		return err
	}
	info := dead.CachedInfo()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settings, t.unreadable, t.dead = settings, unreadable, deadLetters{info.State.Msgs, info.State.Bytes, info.Config.MaxBytes}
	return nil
}

// lost notes that the fleet is not followed, and says so once. Where the connection was lost somebody else does.
func (t *Tally) lost(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.followed = false
	if err == nil || t.failing || ctx.Err() != nil || !t.cfg.Conn.IsConnected() || errors.Is(err, streams.ErrAnew) || errors.Is(err, streams.ErrTakenOut) {
		return
	}
	t.failing = true
	t.cfg.Log.Warn().Err(err).Msg("the fleet is not counted for now; trying again")
}
