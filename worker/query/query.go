package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

// The errors of a [Fleet].
var (
	ErrNoBucket    = errors.New("no bucket PATCH_HOSTS here: start a worker (`patchstream serve` or `patchstream worker`), which creates it")
	ErrUnknownHost = errors.New("no event of this host was ever taken")
)

// Host is what is stored of one host.
type Host struct {
	Report      *classify.Report
	Revision    uint64 // of the last change that was published
	CommittedAt time.Time
	Heard       time.Time           // when the server stored the newest event that the host sent; zero: not noted
	Overrides   []messages.Override // the newest of each patch, withdrawn ones left out; only from Fleet.Host
	Outdated    bool                // another baseline, revision or group applies by now than the report was made by
	Listed      *messages.Scan      // the newest that lists the packages, nil where there is none; only from Fleet.Host
}

// Fleet reads hosts. It is safe for concurrent use.
type Fleet struct {
	kv      *streams.Keys
	records *record.Store
	library *classify.Library
	now     time.Time
}

// recordTimeout bounds each request for a record.
const recordTimeout = 5 * time.Second

func newFleet(js jetstream.JetStream, kv *streams.Keys, l *classify.Library, now time.Time) *Fleet {
	return &Fleet{kv, record.NewStore(js, nil, recordTimeout), l, now}
}

// Open returns the fleet of a server as of now, with the baselines and settings that are in force when it is called.
// [ErrNoBucket]: no worker ever ran there.
func Open(ctx context.Context, js jetstream.JetStream, now time.Time) (*Fleet, error) {
	kv, err := streams.OpenKeys(ctx, js, messages.BucketHosts)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, ErrNoBucket
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", messages.BucketHosts, err)
	}
	store, err := baselines.Open(ctx, js)
	if err != nil {
		return nil, err
	}
	library, err := store.Library(ctx)
	if err != nil {
		return nil, err
	}
	return newFleet(js, kv, library, now), nil
}

// Now is the time as of which the fleet is read.
func (f *Fleet) Now() time.Time { return f.now }

// Host returns one host, or [ErrUnknownHost].
func (f *Fleet) Host(ctx context.Context, host string) (*Host, error) {
	if err := messages.ValidHost(host); err != nil {
		return nil, &messages.FieldError{Field: "host", Problem: err.Error()}
	}
	r, _, err := f.records.Load(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", host, err)
	}
	if r == nil || r.Report == nil { // nothing was published yet
		return nil, fmt.Errorf("%s: %w", host, ErrUnknownHost)
	}
	h := &Host{Report: f.asOfNow(r.Report, &r.Facts), Revision: r.Revision, CommittedAt: r.CommittedAt, Heard: r.Heard}
	h.Outdated = outdated(f.library, h.Report)
	if full := r.Facts.Full; full != nil {
		h.Listed = full.Scan
	}
	for _, o := range r.Facts.Overrides {
		if !o.Override.Withdraw {
			h.Overrides = append(h.Overrides, o.Override)
		}
	}
	return h, nil
}

// Names returns the names of all hosts, sorted.
func (f *Fleet) Names(ctx context.Context) ([]string, error) {
	names, err := f.kv.Names(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the hosts: %w", err)
	}
	return names, nil
}

// All calls visit for every host that has a report, in no order, one at a time, and keeps one host in memory. It stops at the
// first error of visit and returns it.
func (f *Fleet) All(ctx context.Context, visit func(*Host) error) error {
	return f.kv.Each(ctx, func(entry streams.Entry) error {
		h, err := f.read(ctx, entry)
		if errors.Is(err, ErrUnknownHost) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", entry.Key, err)
		}
		return visit(h)
	})
}

// readAhead is how many hosts Each asks for at a time, and holds in memory.
const readAhead = 16

// Each calls visit for the hosts of some names that have a report, in that order, one at a time. It stops at the first error of visit
// and returns it.
func (f *Fleet) Each(ctx context.Context, names []string, visit func(*Host) error) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	for answer := range f.ahead(reading, names) {
		h, err := (<-answer)()
		if errors.Is(err, ErrUnknownHost) {
			continue
		}
		if err == nil {
			err = visit(h)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// ahead reads hosts side by side, and gives their answers in the order of their names.
func (f *Fleet) ahead(ctx context.Context, names []string) <-chan chan func() (*Host, error) {
	answers := make(chan chan func() (*Host, error), readAhead-1)
	go func() {
		defer close(answers)
		for _, name := range names {
			answer := make(chan func() (*Host, error), 1)
			select {
			case <-ctx.Done():
				return
			case answers <- answer:
			}
			go func() {
				h, err := f.get(ctx, name)
				answer <- func() (*Host, error) { return h, err }
			}()
		}
	}()
	return answers
}

// get is [Fleet.Host] without what only that has.
func (f *Fleet) get(ctx context.Context, name string) (*Host, error) {
	entry, err := f.kv.Get(ctx, name)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, ErrUnknownHost
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	entry.Key = name
	h, err := f.read(ctx, entry)
	if err != nil && !errors.Is(err, ErrUnknownHost) {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return h, err
}

// read decodes only the report, unless the facts are needed to classify them again.
func (f *Fleet) read(ctx context.Context, entry streams.Entry) (*Host, error) {
	stored, err := f.records.Reported(ctx, entry.Key, entry.Value, entry.Seq)
	switch {
	case err != nil:
		return nil, err
	case stored.Report == nil: // nothing was published yet
		return nil, ErrUnknownHost
	case !f.changedAt(stored.Report).IsZero():
		return f.Host(ctx, entry.Key)
	}
	h := &Host{Report: f.asOfNow(stored.Report, nil), Revision: stored.Revision, CommittedAt: stored.CommittedAt, Heard: stored.Heard}
	h.Outdated = outdated(f.library, h.Report)
	return h, nil
}

// changedAt returns when time changed more of a report than [classify.Report.AsOf] knows: an override expired, or two
// machines may share the host's name no longer. Zero: it did not.
func (f *Fleet) changedAt(r *classify.Report) time.Time {
	if r == nil {
		return time.Time{}
	}
	if at := againAt(r); !at.IsZero() && !f.now.Before(at) {
		return at
	}
	return time.Time{}
}

// asOfNow applies to a stored report what time alone has changed. The facts are needed where changedAt says so.
func (f *Fleet) asOfNow(stored *classify.Report, facts *classify.Facts) *classify.Report {
	at := f.changedAt(stored)
	stored.AsOf(f.now, f.library.Settings)
	if at.IsZero() {
		return stored
	}
	again := f.library.Judge(stored.Host, facts, f.now)
	if again.Refused != nil {
		return stored
	}
	classify.Diff(stored, again, at) // what stays as it is keeps the time since when it is so
	return again
}

// outdated reports whether another baseline, revision or group applies to the host of a report by now than when it was made.
func outdated(l *classify.Library, r *classify.Report) bool {
	if r.About.ScanAt.IsZero() {
		return false
	}
	group, by := l.Applies(r.Host, r.About.OS.System, r.About.TagGroup)
	return group != r.Group || by != r.Baseline
}
