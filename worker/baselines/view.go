package baselines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// View follows the bucket. It is safe for concurrent use.
type View struct {
	js         jetstream.JetStream
	log        zerolog.Logger
	checkEvery time.Duration

	mu      sync.Mutex
	now     *Snapshot
	changed chan struct{} // closed when now is replaced
}

// Snapshot is the library at one point of the bucket's history. It does not change.
type Snapshot struct {
	Library *classify.Library
	Created time.Time // of the bucket
	Seq     uint64    // last sequence of the bucket that was read
}

// NewView returns a view that has nothing until [View.Run] has read the bucket. checkEvery is
// how soon it notices that the bucket was made anew.
func NewView(js jetstream.JetStream, log zerolog.Logger, checkEvery time.Duration) *View {
	return &View{js: js, log: log, checkEvery: checkEvery, changed: make(chan struct{})}
}

// Run follows the bucket until the context ends, the watch is lost or the bucket was made anew; the caller runs it
// again. On its return the last snapshot stays.
func (v *View) Run(ctx context.Context) error {
	if r := streams.ReaderOf(v.js); r != nil {
		return v.poll(ctx, r)
	}
	kv, err := v.js.KeyValue(ctx, messages.BucketBaselines)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", messages.BucketBaselines, err)
	}
	bucket := streams.NewBucket(v.js, messages.BucketBaselines)
	begin, err := bucket.Look(ctx)
	if err != nil {
		return err
	}
	watch, err := kv.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("watch the baselines: %w", err)
	}
	defer watch.Stop()
	next := &Snapshot{Library: newLibrary(), Created: begin.Created}
	complete := false
	check := time.NewTicker(v.checkEvery)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-check.C:
			if _, err := bucket.Look(ctx); errors.Is(err, streams.ErrAnew) {
				return fmt.Errorf("watch the baselines: %w", err)
			}
		case entry, open := <-watch.Updates():
			switch {
			case !open:
				return errors.New("watch the baselines: it ended")
			case entry == nil:
				// What was purged or overwritten has a sequence too: all that was there at the start is read.
				complete, next.Seq = true, max(next.Seq, begin.LastSeq)
			default:
				next = v.apply(next, entry, complete)
			}
			if complete {
				v.show(next)
			}
		}
	}
}

// poll follows the bucket by asking whether there is more.
func (v *View) poll(ctx context.Context, r *streams.Reader) error {
	store, err := Open(ctx, r)
	if err != nil {
		return err
	}
	check := time.NewTicker(v.checkEvery)
	defer check.Stop()
	for {
		last, err := r.Last(ctx, messages.BucketStream(messages.BucketBaselines), messages.KeySubject(messages.BucketBaselines, ">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			last, err = new(streams.Stored), nil
		}
		if now, _ := v.Latest(); err == nil && (now == nil || now.Seq != last.Seq) {
			var library *classify.Library
			if library, err = store.Library(ctx); err == nil {
				v.show(&Snapshot{Library: library, Seq: last.Seq})
			}
		}
		if err != nil {
			return fmt.Errorf("read the baselines: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-check.C:
		}
	}
}

// apply returns the snapshot after an entry: a new one where the old one may be in use.
func (v *View) apply(s *Snapshot, entry jetstream.KeyValueEntry, inUse bool) *Snapshot {
	if inUse {
		s = &Snapshot{Library: clone(s.Library), Created: s.Created, Seq: s.Seq}
	}
	s.Seq = max(s.Seq, entry.Revision())
	if entry.Operation() != jetstream.KeyValuePut {
		remove(s.Library, entry.Key())
		return s
	}
	if err := set(s.Library, entry.Key(), entry.Value(), entry.Revision()); err != nil {
		says := "an entry of PATCH_BASELINES cannot be read"
		if entry.Key() == keySettings {
			says = "the settings cannot be read: the defaults apply until they are set anew"
		}
		v.log.Error().Err(err).Str("key", entry.Key()).Uint64("revision", entry.Revision()).Msg(says)
	}
	return s
}

func clone(l *classify.Library) *classify.Library {
	return &classify.Library{
		Baselines: maps.Clone(l.Baselines), Groups: maps.Clone(l.Groups), Defaults: maps.Clone(l.Defaults),
		HostGroups: maps.Clone(l.HostGroups), Settings: l.Settings,
	}
}

func (v *View) show(s *Snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = s
	close(v.changed)
	v.changed = make(chan struct{})
}

// Latest returns the newest snapshot, nil where nothing was read yet, and a channel that is closed when there is a newer one.
func (v *View) Latest() (*Snapshot, <-chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now, v.changed
}

// Snapshot returns the newest snapshot that has read at least up to seq, where the bucket made at created is
// the one that is followed and has as much; where it has not, what it has is enough. It waits for what is on its
// way until the context ends.
func (v *View) Snapshot(ctx context.Context, created time.Time, seq uint64) (*Snapshot, error) {
	checked := false
	for {
		s, changed := v.Latest()
		if s != nil && (s.Seq >= seq || !created.IsZero() && !s.Created.Equal(created)) {
			return s, nil
		}
		if s != nil && !checked {
			bucket, err := streams.NewBucket(v.js, messages.BucketBaselines).Look(ctx)
			if err != nil {
				return nil, err
			}
			seq, checked = min(seq, bucket.LastSeq), true
			continue
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the baselines up to %d: %w", seq, ctx.Err())
		case <-changed:
		}
	}
}
