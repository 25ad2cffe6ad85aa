// Package query answers what is known of hosts, for people and machines that ask rather than follow: it reads
// the reports that workers have stored in KV_PATCH_HOSTS. It changes nothing, creates nothing and judges
// nothing; a report is as old as the last event of its host, and says how old its facts are.
package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/hoststate"
)

// The errors of a [Fleet].
var (
	ErrNoBucket    = errors.New("no bucket PATCH_HOSTS here: start a worker (`patchstream serve` or `patchstream worker`), which creates it")
	ErrUnknownHost = errors.New("no event of this host was ever taken")
)

// Host is what is stored of one host.
type Host struct {
	Report      *classify.Report
	Revision    uint64 // of the last change that was told
	CommittedAt time.Time
	Overrides   []messages.Override // the newest of each patch, withdrawn ones left out; only from Fleet.Host
}

// Fleet reads hosts. It is safe for concurrent use.
type Fleet struct{ kv jetstream.KeyValue }

// Open returns the fleet of a server. [ErrNoBucket]: no worker ever ran there.
func Open(ctx context.Context, js jetstream.JetStream) (*Fleet, error) {
	kv, err := js.KeyValue(ctx, messages.BucketHosts)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, ErrNoBucket
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", messages.BucketHosts, err)
	}
	return &Fleet{kv}, nil
}

// Host returns one host, or [ErrUnknownHost].
func (f *Fleet) Host(ctx context.Context, host string) (*Host, error) {
	if err := messages.ValidHost(host); err != nil {
		return nil, &messages.FieldError{Field: "host", Problem: err.Error()}
	}
	entry, err := f.kv.Get(ctx, host)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, fmt.Errorf("%s: %w", host, ErrUnknownHost)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", host, err)
	}
	record, err := hoststate.Decode(entry.Value())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", host, err)
	}
	h := &Host{Report: record.Report, Revision: record.Revision, CommittedAt: record.CommittedAt}
	for _, o := range record.Facts.Overrides {
		if !o.Override.Withdraw {
			h.Overrides = append(h.Overrides, o.Override)
		}
	}
	return h, nil
}

// All calls visit for every host, in no order, one at a time, and holds one host in memory. It stops at the
// first error of visit and returns it.
func (f *Fleet) All(ctx context.Context, visit func(*Host) error) error {
	watch, err := f.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("read the hosts: %w", err)
	}
	defer watch.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("read the hosts: %w", ctx.Err())
		case entry, open := <-watch.Updates():
			if !open {
				return errors.New("read the hosts: the connection was lost")
			}
			if entry == nil { // all that was there
				return nil
			}
			report, revision, at, err := hoststate.DecodeReport(entry.Value())
			if err != nil {
				return fmt.Errorf("read %s: %w", entry.Key(), err)
			}
			if err := visit(&Host{Report: report, Revision: revision, CommittedAt: at}); err != nil {
				return err
			}
		}
	}
}
