package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/record"
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
	attempts *attempts
	dead     *deadLetters
	resend   *resend
	hands    *semaphore.Weighted // what events and records take in memory while they are handled

	incarnation string
	maxAge      time.Duration // of PATCH_CHANGES; 0: for ever
	maxPayload  int
}

func newCommitter(w *Worker, set *streams.Set, view *baselines.View) *committer {
	return &committer{
		cfg: w.cfg, log: w.cfg.Log, metrics: w.metrics,
		store:       record.NewStore(w.js, set.Hosts, w.cfg.Timeout),
		changes:     publisher.NewChanges(w.js, set.Changes, w.cfg.Timeout),
		view:        view,
		cache:       newCache(w.cfg.CacheBytes),
		attempts:    &attempts{kv: set.Attempts, created: set.Created, timeout: w.cfg.Timeout},
		dead:        &deadLetters{js: w.js, created: set.Created, maxPayload: int(w.cfg.Conn.MaxPayload()), now: w.cfg.Now},
		resend:      &resend{js: w.js, stream: set.Resend, timeout: w.cfg.Timeout},
		hands:       semaphore.NewWeighted(handledBytes),
		incarnation: set.Incarnation, maxAge: set.ChangesMaxAge, maxPayload: int(w.cfg.Conn.MaxPayload()),
	}
}

// held is a host's record as this worker holds it.
type held struct {
	host    string
	record  *record.Record
	version uint64 // of the key; 0: no record is stored yet

	out   bool          // the whole outbox is known to be in the stream
	after record.Fences // last sequences of the subjects, once out
	cost  int
}

// maxRounds bounds how often one handling begins again after a conflict; then the event is given back.
const maxRounds = 20

var errBusy = errors.New("other workers kept writing the host's record")

// apply brings an event into its host's record and tells what changed (architecture, "The commit protocol").
// However it ends but well, the cached record is dropped.
func (c *committer) apply(ctx context.Context, e *event) (err error) {
	defer func() {
		if err != nil {
			c.cache.drop(e.host)
		}
	}()
	var h *held // of the round before
	for range maxRounds {
		var done bool
		h, done, err = c.round(ctx, e, h)
		switch {
		case err == nil && done:
			c.cache.put(h)
			return c.askForScan(ctx, h, e)
		case err == nil:
		case errors.Is(err, record.ErrConflict):
			c.metrics.conflicts.Inc()
			c.cache.drop(e.host)
		default:
			return err
		}
	}
	return errBusy
}

// round is one pass from load to commit; h is the record that the last one wrote, if it did. done: nothing was
// left to commit.
func (c *committer) round(ctx context.Context, e *event, h *held) (_ *held, done bool, err error) {
	c.cfg.Step(StepLoad, e.host)
	if h == nil {
		if h, err = c.load(ctx, e.host, e.room); err != nil {
			return nil, false, err
		}
	}
	if err := c.flush(ctx, h); err != nil {
		return nil, false, err
	}
	c.cfg.Step(StepMerge, e.host)
	todo, err := c.merge(ctx, h, e)
	if err != nil || todo == nil {
		return h, true, err
	}
	c.cfg.Step(StepCommit, e.host)
	if err := c.commit(ctx, h, todo); err != nil {
		return nil, false, err
	}
	c.cfg.Step(StepCommitted, e.host)
	return h, false, nil
}

// load returns the cached or the stored record, if there is room for it. Where there is none, but changes of the host are in the stream,
// its revisions go on after the newest of both subjects.
func (c *committer) load(ctx context.Context, host string, room int64) (*held, error) {
	if h := c.cache.get(host); h != nil {
		return h, nil
	}
	stored, version, err := c.store.LoadUpTo(ctx, host, recordBytes(room))
	if err != nil {
		return nil, err
	}
	if stored != nil {
		return &held{host: host, record: stored, version: version}, nil
	}
	changed, status, err := c.lastTold(ctx, host)
	if err != nil {
		return nil, err
	}
	return &held{host: host, record: &record.Record{
		Revision: max(changed.Revision, status.Revision),
		Fences:   record.Fences{Changed: changed.Sequence, Status: status.Sequence},
	}}, nil
}

func (c *committer) lastTold(ctx context.Context, host string) (changed, status publisher.Last, err error) {
	if changed, err = c.changes.Last(ctx, messages.ChangedSubject(host)); err != nil {
		return
	}
	status, err = c.changes.Last(ctx, messages.StatusSubject(host))
	return
}

// plan is what a commit will write beside the merged facts.
type plan struct {
	report *classify.Report
	turns  []messages.Transition
	tell   bool
	judged record.Judged
	cause  messages.Cause
	now    time.Time
}

// merge adds the event to the record's facts and classifies. It returns nil where there is nothing to commit:
// the facts did not change, the report was made by what applies now, and nothing in it has fallen due.
func (c *committer) merge(ctx context.Context, h *held, e *event) (*plan, error) {
	r := h.record
	snapshot, err := c.snapshot(ctx, r, e)
	if err != nil {
		return nil, err
	}
	changed := r.Facts.Add(e.Event, e.sum)
	if scan, ok := e.Event.(*messages.Scan); ok {
		r.Sent(scan, e.payload, e.encoding)
	}
	p := &plan{now: c.cfg.Now().UTC(), cause: e.cause()}
	p.judged = record.Judged{
		BaselinesCreated: snapshot.Created.UTC(), BaselinesSeq: snapshot.Seq, By: fingerprint(e.host, snapshot.Library, &r.Facts),
	}
	if !changed && (r.Report == nil || r.Judged.By == p.judged.By && r.Judged.BaselinesCreated.Equal(p.judged.BaselinesCreated) && !due(r.Report, p.now)) {
		return nil, nil
	}
	began := time.Now()
	p.report = snapshot.Library.Judge(e.host, &r.Facts, p.now)
	p.turns = classify.Diff(r.Report, p.report, p.cause.OccurredAt)
	p.tell = classify.Changed(r.Report, p.report, p.turns)
	c.metrics.evaluation.Observe(time.Since(began).Seconds())
	return p, nil
}

func due(r *classify.Report, now time.Time) bool { return !r.Due.IsZero() && !now.Before(r.Due) }

// snapshot returns a library that is no older than the one the last report was made by, nor than a recheck asks
// for.
func (c *committer) snapshot(ctx context.Context, r *record.Record, e *event) (*baselines.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	s, err := c.view.Snapshot(ctx, r.Judged.BaselinesCreated, r.Judged.BaselinesSeq)
	if recheck, ok := e.Event.(*messages.Recheck); ok && err == nil {
		s, err = c.view.Snapshot(ctx, time.Time{}, recheck.BaselinesSeq)
	}
	return s, err
}

// fingerprint names what judges a host: another baseline, revision, group or setting gives another one.
func fingerprint(host string, l *classify.Library, f *classify.Facts) string {
	var choice classify.Choice
	if f.Full != nil {
		choice = l.Choose(host, f.Full.Scan.OS.System, f.Full.Scan.Tags)
	}
	id, version := "", uint64(0)
	if b := choice.Baseline; b != nil {
		id, version = b.BaselineID, b.Version
	}
	return fmt.Sprintf("%q %d %q %s %+v", id, version, choice.Group, choice.Reason, l.Settings)
}

// commit writes the record by compare-and-set on the version whose outbox was found to be out. What would not
// fit into a message is refused before anything is written: a committed outbox that cannot go out would block
// the host.
func (c *committer) commit(ctx context.Context, h *held, p *plan) error {
	r := h.record
	before := r.Report
	r.Report, r.Judged, r.Fences, r.Outbox = p.report, p.judged, h.after, nil
	if p.tell {
		r.Revision++
		r.Outbox = c.outbox(h.host, r, before, p)
		r.CommitID, r.CommittedAt = rand.Text(), p.now
	}
	r.Scanned = r.Facts.Full != nil
	if err := c.write(ctx, h); err != nil {
		return err
	}
	c.metrics.commits.Inc()
	for _, t := range p.turns {
		c.metrics.transition(t.From, t.State).Inc()
	}
	return nil
}

// write stores the record, if it and all its messages fit.
func (c *committer) write(ctx context.Context, h *held) error {
	if err := c.fits(h); err != nil {
		return err
	}
	encoded, err := h.record.Encode()
	if errors.Is(err, record.ErrTooLarge) {
		return refuse("too_large", err)
	}
	if err != nil {
		return err
	}
	summary, err := record.Summarise(h.record.Report).Encode()
	if err != nil {
		return err
	}
	if size := len(encoded) + len(summary); size+recordOverhead > c.maxPayload {
		return refuse("too_large", fmt.Errorf("the host's record would have %d bytes, and the server's max_payload is %d", size, c.maxPayload))
	}
	version, err := c.store.Save(ctx, h.host, encoded, summary, h.version)
	if err != nil {
		return err
	}
	h.version, h.cost = version, cost(h.record, len(encoded))
	h.out, h.after = h.record.Outbox == nil, h.record.Fences
	return nil
}

// recordOverhead is room for the other headers and the subject of a write to the bucket.
const recordOverhead = 1 << 10

// askForScan writes patch.resend.<host> where an unchanged scan rests on nothing that is held, and removes it
// when a full scan came. Both may happen twice without harm. A request that could not be removed is removed by the
// next full scan: no event waits for that.
func (c *committer) askForScan(ctx context.Context, h *held, e *event) error {
	scan, ok := e.Event.(*messages.Scan)
	if !ok || !scan.Complete {
		return nil
	}
	switch {
	case h.record.Facts.NeedsFullScan():
		return c.resend.ask(ctx, e.host)
	case !scan.Unchanged:
		if err := c.resend.settle(ctx, e.host); err != nil {
			c.log.Warn().Err(err).Str("host", e.host).Msg("the host sends one more full scan than it needs to")
		}
	}
	return nil
}
