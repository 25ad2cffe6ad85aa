package worker

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/schedule"
	"github.com/patchstream/patchstream/worker/streams"
)

// committer applies events to hosts. It is safe for concurrent use, but events of one host should come from one
// goroutine: two would only meet in conflicts.
type committer struct {
	cfg      Config
	log      zerolog.Logger
	metrics  *metrics
	store    *record.Store
	changes  *publisher.Changes
	view     *baselines.View
	cache    *cache
	memory   *memory
	attempts *attempts
	dead     *deadLetters
	resend   *resend
	items    *items.Store
	sweeps   sweeps
	later    *schedule.Schedules

	incarnation string
	maxAge      time.Duration // of PATCH_CHANGES; 0: for ever
	maxPayload  int
}

func newCommitter(w *Worker, set *streams.Set, view *baselines.View) *committer {
	records := newCache(w.cfg.CacheBytes)
	return &committer{
		cfg: w.cfg, log: w.cfg.Log, metrics: w.metrics,
		store:       record.NewStore(w.js, set.Hosts, w.cfg.Timeout),
		changes:     publisher.NewChanges(w.js, w.cfg.Timeout),
		view:        view,
		cache:       records,
		memory:      newMemory(records),
		attempts:    &attempts{kv: set.Attempts, created: set.Created, timeout: w.cfg.Timeout},
		dead:        &deadLetters{room: newLetterRoom(w.js, w.cfg.Log), created: set.Created, maxPayload: int(w.cfg.Conn.MaxPayload()), now: w.cfg.Now},
		resend:      newResend(w.js, set.Resend, w.cfg.Timeout),
		items:       items.NewStore(w.js),
		sweeps:      make(sweeps, 1),
		later:       schedule.New(w.js, set.Later, w.cfg.Timeout),
		incarnation: set.Incarnation, maxAge: set.ChangesMaxAge, maxPayload: int(w.cfg.Conn.MaxPayload()),
	}
}

// loaded is a host's record as this worker has loaded it, or written it last.
type loaded struct {
	host    string
	record  *record.Record
	version uint64 // of the key; 0: no record is stored yet
	cost    int    // in memory

	published   bool          // the whole outbox is known to be in the stream
	fences      record.Fences // last sequences of the subjects, once it is
	unpublished []outgoing    // the messages of the outbox, where they were just made

	scheduled time.Time // for when a schedule was set in the handling at hand
	scanGone  bool      // the full scan that the stored record names is lost

	// by is what the events at hand are classified by, whatever is decided meanwhile, which has a recheck of its own.
	by *baselines.Snapshot
}

// maxRounds bounds how often one handling begins again after a conflict; then the event is given back.
const maxRounds = 20

var errBusy = errors.New("other workers kept writing the host's record")

// apply brings events into their host's record and publishes what changed, and says why there was something to do for
// them, or nothing. However it ends but well, the cached record is dropped.
func (c *committer) apply(ctx context.Context, host string, events []*event, maxRecordBytes int) (why reason, err error) {
	defer func() {
		if err != nil {
			c.cache.drop(host)
		}
	}()
	load := c.load
	if slices.ContainsFunc(events, (*event).restsOnTheRecord) {
		load = c.loadNewest
	}
	var l *loaded // as the round before has committed it
	for range maxRounds {
		var do action
		var because reason
		c.cfg.Step(StepLoad, host)
		if l == nil {
			if l, err = load(ctx, host, maxRecordBytes); err != nil {
				return "", err
			}
		}
		do, because, err = c.round(ctx, host, events, l)
		switch {
		case errors.Is(err, record.ErrConflict):
			c.metrics.conflicts.Inc()
			c.cache.drop(host)
			load, l = c.loadNewest, nil // any other may be the same stale one again
		case errors.Is(err, record.ErrScanGone):
			c.log.Warn().Str("host", host).Msg("the host's full scan is lost; it is asked for another, and is UNKNOWN until that comes")
			load, l = c.loadWithout(l.version), nil
		case err != nil:
			return "", err
		case do == acknowledge:
			l.by = nil
			c.cache.put(l)
			return cmp.Or(why, because), errors.Join(c.askForScan(ctx, l, events), c.retireItems(ctx, host, events))
		default: // in the next round it is published, and the events say nothing new
			why = because
		}
	}
	return "", errBusy
}

// round is one pass from flush to commit, on the record that was loaded or that the last one committed.
func (c *committer) round(ctx context.Context, host string, events []*event, l *loaded) (do action, why reason, err error) {
	if err := c.flush(ctx, l); err != nil {
		return 0, "", err
	}
	c.cfg.Step(StepMerge, host)
	before := l.record.Before()
	m, cause, err := l.merge(events)
	if err != nil {
		return 0, "", err
	}
	if l.by == nil {
		if l.by, err = c.snapshot(ctx, l.record, events); err != nil {
			return 0, "", err
		}
	}
	basis, now := basisOf(host, l.by, &l.record.Facts), asOf(events, c.cfg.Now())
	heard := heard(events)
	if do, why = decide(l.record, m, basis, heard, now); do == acknowledge {
		return do, why, c.setNext(ctx, l, m, now)
	}
	p, err := c.classify(ctx, l, before, basis, cause.cause(), cause.since(), now)
	if err != nil {
		return 0, "", err
	}
	p.run, p.heard = cause.run(), heard
	if p.later, err = c.scheduleReport(ctx, l, p); err != nil {
		return 0, "", err
	}
	if err := c.askForLost(ctx, l); err != nil {
		return 0, "", err
	}
	c.cfg.Step(StepCommit, host)
	if err := c.commit(ctx, l, p); err != nil {
		return 0, "", err
	}
	c.cfg.Step(StepCommitted, host)
	return do, why, nil
}

// load returns the cached record, or that of any replica: an older one is found out when it is written over.
func (c *committer) load(ctx context.Context, host string, maxRecordBytes int) (*loaded, error) {
	if l := c.cached(host, maxRecordBytes); l != nil {
		return l, nil
	}
	stored, version, err := c.store.LoadUpTo(ctx, host, maxRecordBytes)
	return c.loadedFrom(ctx, host, stored, version, err)
}

// cached returns the cached record if it takes no more than it may.
func (c *committer) cached(host string, maxRecordBytes int) *loaded {
	if l := c.cache.get(host); l != nil && l.record.LimitTo(maxRecordBytes) {
		return l
	}
	return nil
}

// loadNewest is load for what no write would find out about: the record as the leader of the bucket has it.
func (c *committer) loadNewest(ctx context.Context, host string, maxRecordBytes int) (*loaded, error) {
	if l := c.cached(host, maxRecordBytes); l != nil {
		if newest, err := c.store.IsNewest(ctx, host, l.version); newest || err != nil {
			return l, err
		}
	}
	stored, version, err := c.store.LoadNewest(ctx, host, maxRecordBytes)
	return c.loadedFrom(ctx, host, stored, version, err)
}

// loadWithout is loadNewest where a version of the record names a full scan that is gone: that one is taken as if it named none.
func (c *committer) loadWithout(version uint64) func(ctx context.Context, host string, maxRecordBytes int) (*loaded, error) {
	return func(ctx context.Context, host string, maxRecordBytes int) (*loaded, error) {
		l, err := c.loadNewest(ctx, host, maxRecordBytes)
		if err == nil && l.version == version {
			l.record.ForgetScan()
			l.scanGone = true
		}
		return l, err
	}
}

// loadedFrom is what was loaded from the bucket. Where there is no record, but changes of the host are in the stream, its
// revisions go on after the newest of both subjects.
func (c *committer) loadedFrom(ctx context.Context, host string, stored *record.Record, version uint64, err error) (*loaded, error) {
	if errors.Is(err, record.ErrTooLarge) { // a worker that knew no bound wrote it
		return nil, refuse(groundTooLarge, fmt.Errorf("%w; its host begins anew when it is removed: nats kv del %s %s", err, messages.BucketHosts, host))
	}
	if err != nil {
		return nil, err
	}
	if stored != nil {
		return &loaded{host: host, record: stored, version: version}, nil
	}
	changed, status, err := c.lastPublished(ctx, host)
	if err != nil {
		return nil, err
	}
	return &loaded{host: host, record: &record.Record{
		Revision: max(changed.Revision, status.Revision),
		Fences:   record.Fences{Changed: changed.Sequence, Status: status.Sequence},
	}}, nil
}

func (c *committer) lastPublished(ctx context.Context, host string) (changed, status publisher.Last, err error) {
	if either, err := c.changes.Last(ctx, messages.PublishedSubjects(host)); err != nil || either.Sequence == 0 { // as of all new hosts
		return publisher.Last{}, publisher.Last{}, err
	}
	if changed, err = c.changes.Last(ctx, messages.ChangedSubject(host)); err != nil {
		return
	}
	status, err = c.changes.Last(ctx, messages.StatusSubject(host))
	return
}

// snapshot returns a library that is no older than the one by which the last report was made, nor than a recheck asks
// for.
func (c *committer) snapshot(ctx context.Context, r *record.Record, events []*event) (*baselines.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	s, err := c.view.Snapshot(ctx, r.Basis.BaselinesCreated, r.Basis.BaselinesSeq)
	for _, e := range events {
		if recheck, ok := e.content.(*messages.Recheck); ok && err == nil {
			s, err = c.view.Snapshot(ctx, time.Time{}, recheck.BaselinesSeq)
		}
	}
	return s, err
}

// basisOf is what a report on a host would be made by. By is another one with another baseline, revision, group or
// setting.
func basisOf(host string, s *baselines.Snapshot, f *classify.Facts) record.Basis {
	var choice classify.Choice
	if f.Full != nil {
		choice = s.Library.Choose(host, f.Full.Scan.OS.System, f.Full.Scan.Tags)
	}
	id, version := "", uint64(0)
	if b := choice.Baseline; b != nil {
		id, version = b.BaselineID, b.Version
	}
	by := fmt.Sprintf("%q %d %q %s %+v", id, version, choice.Group, choice.Reason, s.Library.Settings)
	return record.Basis{BaselinesCreated: s.Created.UTC(), BaselinesSeq: s.Seq, By: by}
}

// plan is what a commit writes beside the merged facts.
type plan struct {
	judging     *classify.Judging // its memory holds the next two
	report      *classify.Report
	transitions []messages.Transition
	publish     bool // there is a change
	basis       record.Basis
	later       time.Time // for when a schedule stands
	cause       messages.Cause
	run         *messages.RunSummary // where the cause is one
	heard       time.Time            // when the newest event of the host's own was stored; zero: there is none
	now         time.Time
}

// classify makes the host's new report and compares it with the last one, of which it keeps what did not change since before.
// What is new in it is so since a time.
func (c *committer) classify(ctx context.Context, l *loaded, before *classify.Before, basis record.Basis, cause messages.Cause, since, now time.Time) (*plan, error) {
	began := time.Now()
	p := &plan{basis: basis, cause: cause, now: now}
	scans := c.store.Scans(ctx, l.host, l.version)
	before, err := l.record.Compare(before, basis, scans)
	if err != nil {
		return nil, refusedByRecord(err)
	}
	judging := l.by.Library.Begin(l.host, &l.record.Facts, now, before)
	if err := l.record.Provide(judging.Needs(), scans); err != nil {
		return nil, err
	}
	if p.report = judging.Report(); p.report == nil {
		if err := l.record.Provide(judging.NeedsAll(), scans); err != nil {
			return nil, err
		}
		p.report = judging.Report()
	}
	if why := p.report.Refused; why != nil {
		return nil, refuse(groundTooLarge, why)
	}
	p.judging, p.transitions = judging, judging.Diff(l.record.Report, p.report, since)
	p.publish = classify.Changed(l.record.Report, p.report, p.transitions)
	c.metrics.evaluation.Observe(time.Since(began).Seconds())
	return p, c.judgeTwice(l, p, since, scans)
}

// commit writes the record by compare-and-set on the version whose outbox was found to be published. What would not
// fit into a message is refused before anything is written: a committed outbox that cannot be published would block
// the host.
func (c *committer) commit(ctx context.Context, l *loaded, p *plan) error {
	r := l.record
	before := r.Report
	r.Report, r.Basis, r.Later, r.Fences, r.Outbox = p.report, p.basis, p.later, l.fences, nil
	if p.heard.After(r.Heard) {
		r.Heard = p.heard
	}
	if p.publish {
		r.Revision++
		r.CommitID, r.CommittedAt = rand.Text(), p.now
		if err := c.fill(l, c.changeOf(l, before, p)); err != nil {
			return err
		}
	}
	r.Scanned = r.Facts.Full != nil
	if err := c.write(ctx, l); err != nil {
		return err
	}
	l.scanGone = false
	c.metrics.commits.Inc()
	c.metrics.transitioned(p.transitions)
	p.judging.Release()
	return nil
}

// recordOverhead is what the other headers and the subject of a write to the bucket may take.
const recordOverhead = 1 << 10

// write stores the record, if it fits, and before it the full scan that it names.
func (c *committer) write(ctx context.Context, l *loaded) error {
	encoded, err := l.record.Encode()
	if errors.Is(err, record.ErrTooLarge) {
		return refuse(groundTooLarge, err)
	}
	if err != nil {
		return err
	}
	if err := c.fits("record", encoded.Size()); err != nil {
		return err
	}
	if scan := encoded.Scan; scan != nil {
		if err := c.fits("full scan", len(scan.Text)); err != nil {
			return err
		}
		c.cfg.Step(StepScan, l.host)
		if err := c.store.SaveScan(ctx, l.host, scan); err != nil {
			return err
		}
		c.cfg.Step(StepRecord, l.host)
	}
	version, err := c.store.Save(ctx, l.host, encoded, l.version)
	if err != nil {
		return err
	}
	if scan, ok := l.record.Superseded(); ok {
		c.cfg.Step(StepRemove, l.host)
		c.store.RemoveScan(l.host, scan)
	}
	l.record.Drop()
	l.version, l.cost = version, cost(l.record, len(encoded.Text))
	l.published, l.fences = l.record.Outbox == nil, l.record.Fences
	return nil
}

// fits refuses what the server would not take.
func (c *committer) fits(what string, size int) error {
	if size+recordOverhead <= c.maxPayload {
		return nil
	}
	return refuse(groundTooLarge, fmt.Errorf("the host's %s would have %d bytes, and the server's max_payload is %d", what, size, c.maxPayload))
}
