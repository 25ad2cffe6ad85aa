package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/streams"
)

// Config configures a [Worker]. Only Conn is required.
type Config struct {
	// Conn is the connection to NATS. It should reconnect without end; the worker does not close it.
	Conn *nats.Conn

	Log zerolog.Logger

	// Metrics is where the worker registers its metrics. Nil: nowhere.
	Metrics prometheus.Registerer

	// Changes is the encoding of what is published; MessagePack by default.
	Changes messages.Format

	// Lanes is how many hosts are handled at a time. 0: 64.
	Lanes int

	// CacheBytes bounds, by estimate, the records of hosts that are kept in memory. 0: 8 MiB.
	CacheBytes int

	// AckWait is how long an event may be handled without a sign of life, for consumers made now. 0: 60 seconds.
	AckWait time.Duration

	// Timeout bounds one request to the server. 0: 5 seconds.
	Timeout time.Duration

	// CheckEvery is how soon it is noticed that JetStream does not answer, and that a bucket was made anew. 0: 5 seconds.
	CheckEvery time.Duration

	// DrainTimeout is how long Run lets events that are being handled end when its context ends. 0: 20 seconds.
	DrainTimeout time.Duration

	// Now is the clock. Nil: [time.Now].
	Now func() time.Time

	// Stored, where it is not nil, returns when an event shall count as stored in place of when the server says. A story that
	// is told by a clock of its own needs it, for nothing is handled as of a time before it was stored.
	Stored func(time.Time) time.Time

	// Twice, where it is not nil, gets each report that judging what changed has made of a host, and the one that judging
	// everything makes. Tests hold them to be one.
	Twice func(host string, got, want *classify.Report)

	// Step, where it is not nil, is called with the host before each [Step] of the commit protocol. Tests stop a
	// worker there.
	Step func(step Step, host string)
}

// Step names a place in the commit protocol.
type Step string

// The steps, in the order in which an event passes them.
const (
	StepLoad        Step = "load"
	StepFlush       Step = "flush"
	StepStatus      Step = "status" // between the two messages of an outbox
	StepMerge       Step = "merge"
	StepSchedule    Step = "schedule" // where the report is due before any schedule
	StepCommit      Step = "commit"
	StepScan        Step = "scan"   // where the record is about to name a full scan that is not stored
	StepRecord      Step = "record" // once it is
	StepRemove      Step = "remove" // where the record named another before
	StepCommitted   Step = "committed"
	StepAcknowledge Step = "acknowledge"
)

const (
	defaultLanes        = 64
	defaultCacheBytes   = 8 << 20
	defaultAckWait      = time.Minute
	defaultTimeout      = 5 * time.Second
	defaultCheckEvery   = 5 * time.Second
	defaultDrainTimeout = 20 * time.Second

	waitingBytes    = 16 << 20 // of payloads that wait in lanes
	wantMaxPayload  = 8 << 20
	sweepEvery      = 24 * time.Hour
	maxSessionPause = 5 * time.Second

	setupTimeouts    = 12 // of Config.Timeout, for the first set-up
	settlingTimeouts = 4  // for a cluster that may be about to take in a third server
)

// Worker consumes events and publishes changes. Its methods are safe for concurrent use.
type Worker struct {
	cfg     Config
	js      jetstream.JetStream
	metrics *metrics
	opening chan struct{} // a token for each event that is being read

	started chan struct{}
	once    sync.Once
	health  health
}

// New returns a worker. It does no I/O. A missing connection is an error.
func New(cfg Config) (*Worker, error) {
	if cfg.Conn == nil {
		return nil, errors.New("worker: Config.Conn is required")
	}
	cfg.Lanes = or(cfg.Lanes, defaultLanes)
	cfg.CacheBytes = or(cfg.CacheBytes, defaultCacheBytes)
	cfg.AckWait = or(cfg.AckWait, defaultAckWait)
	cfg.Timeout = or(cfg.Timeout, defaultTimeout)
	cfg.CheckEvery = or(cfg.CheckEvery, defaultCheckEvery)
	cfg.DrainTimeout = or(cfg.DrainTimeout, defaultDrainTimeout)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Step == nil {
		cfg.Step = func(Step, string) {}
	}
	js, err := jetstream.New(cfg.Conn)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	m, err := newMetrics(cfg.Metrics)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &Worker{
		cfg: cfg, js: js, metrics: m, started: make(chan struct{}),
		opening: make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
	}, nil
}

func or[T int | time.Duration](v, ifUnset T) T {
	if v <= 0 {
		return ifUnset
	}
	return v
}

// Started is closed when the worker consumes for the first time.
func (w *Worker) Started() <-chan struct{} { return w.started }

// Ready returns nil while the worker gets on, and otherwise what is in the way: it has not begun; for 25 seconds nothing could be
// stored, no event came although some wait, or none could be applied.
func (w *Worker) Ready() error {
	select {
	case <-w.started:
	default:
		return errors.New("not consuming yet")
	}
	return w.health.check(w.cfg.Now())
}

// Run sets up what is missing in JetStream, then consumes until the context ends: then it takes no more
// events, ends those it is handling, gives back the others, and returns nil. It returns an error where the
// first set-up fails or the connection was closed; every other failure of NATS is outlived. A cluster that has no
// leader yet, or not all its servers, has time for the first set-up: 12 times Config.Timeout, and then what is
// missing is the error. One that knows of fewer than three servers gets streams with one replica when it has said
// so for 4 times Config.Timeout.
func (w *Worker) Run(ctx context.Context) error {
	if limit := w.cfg.Conn.MaxPayload(); limit < wantMaxPayload {
		w.cfg.Log.Warn().Int64("max_payload", limit).Msg("the server's max_payload is under 8 MiB: scans and changes above it are dead-lettered")
	}
	pause := backoff.NewExponentialBackOff()
	pause.MaxInterval = maxSessionPause
	start, small := time.Now(), time.Time{} // small: since when the cluster knows of fewer than three servers
	for {
		began := w.cfg.Now()
		err := w.session(ctx, streams.Config{AckWait: w.cfg.AckWait, Settled: !small.IsZero() && time.Since(small) > settlingTimeouts*w.cfg.Timeout})
		if ctx.Err() != nil {
			return nil
		}
		if w.cfg.Conn.IsClosed() {
			return fmt.Errorf("worker: %w", nats.ErrConnectionClosed)
		}
		switch settling := streams.Settling(err); {
		case !settling:
			small = time.Time{}
		case small.IsZero():
			small = time.Now()
		}
		switch {
		case w.hasStarted():
			w.cfg.Log.Error().Err(err).Msg("consuming ended; trying again")
		case !small.IsZero(), streams.Unavailable(err) && time.Since(start) < setupTimeouts*w.cfg.Timeout:
			w.cfg.Log.Warn().Err(err).Msg("JetStream cannot be set up yet; trying again")
		default:
			return err
		}
		if w.cfg.Now().Sub(began) > maxSessionPause {
			pause.Reset()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause.NextBackOff()):
		}
	}
}

func (w *Worker) hasStarted() bool {
	select {
	case <-w.started:
		return true
	default:
		return false
	}
}

// session runs from set-up until the context ends or the consumers are lost.
func (w *Worker) session(ctx context.Context, cfg streams.Config) error {
	setup, cancel := context.WithTimeout(ctx, setupTimeouts/2*w.cfg.Timeout)
	defer cancel()
	set, err := streams.Ensure(setup, w.js, cfg)
	if err != nil {
		return err
	}
	if len(set.Alone) > 0 {
		w.cfg.Log.Warn().Strs("streams", set.Alone).Msg("one server of the cluster keeps these streams alone; give them more with \"nats stream edit --replicas 3\"")
	}
	background, stop := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer stop()
	view := baselines.NewView(w.js, w.cfg.Log, w.cfg.CheckEvery)
	tasks.Go(func() { w.follow(background, view) })
	if _, err := view.Snapshot(setup, time.Time{}, 0); err != nil {
		return err
	}
	c := newCommitter(w, set, view)
	tasks.Go(func() { c.resend.follow(background) })
	if err := c.resend.await(setup); err != nil {
		return err
	}
	consuming, end := context.WithCancelCause(ctx)
	defer end(nil)
	tasks.Go(func() { w.watchHealth(background, set, c, end) })
	tasks.Go(func() { w.sweep(background, c) })
	if err := w.consume(consuming, set, c); err != nil {
		return err
	}
	return context.Cause(consuming)
}

// follow keeps the view of the baselines running.
func (w *Worker) follow(ctx context.Context, view *baselines.View) {
	for ctx.Err() == nil {
		if err := view.Run(ctx); err != nil && ctx.Err() == nil {
			w.cfg.Log.Error().Err(err).Msg("following the baselines ended; trying again")
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}
