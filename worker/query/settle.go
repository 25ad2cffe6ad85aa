package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// settle makes reports again that are true no more, as an override has expired or two machines share a name no longer: workers do
// so too, a moment later. What cannot be read now stays as it is, and is not called compliant.
func (x *Index) settle(ctx context.Context, now time.Time) {
	x.settling.Lock() // whoever comes later waits for what is under way
	defer x.settling.Unlock()
	x.mu.Lock()
	overdue, library, table := x.table.overdue(now), x.library, x.table
	x.mu.Unlock()
	if len(overdue) == 0 {
		return
	}
	err := x.settleAll(ctx, table, library, overdue, now)
	if err != nil && x.cfg.Conn.IsConnected() && ctx.Err() == nil {
		x.cfg.Log.Warn().Err(err).Msg("reports that time has changed could not be made again; trying again")
	}
}

func (x *Index) settleAll(ctx context.Context, t *table, l *classify.Library, overdue []again, now time.Time) error {
	var kv *streams.Keys
	err := nats.ErrDisconnected
	if x.cfg.Conn.IsConnected() {
		ctx, cancel := context.WithTimeout(ctx, x.cfg.Timeout)
		defer cancel()
		kv, err = streams.OpenKeys(ctx, x.js, messages.BucketHosts)
	}
	for i, a := range overdue {
		if err == nil {
			err = x.settleHost(ctx, newFleet(x.js, kv, l, now), t, a)
		}
		if err != nil {
			x.mu.Lock()
			t.owe(overdue[i:])
			x.mu.Unlock()
			return err
		}
	}
	return nil
}

func (x *Index) settleHost(ctx context.Context, f *Fleet, t *table, a again) error {
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Timeout)
	defer cancel()
	h, err := f.Host(ctx, a.name)
	if errors.Is(err, ErrUnknownHost) { // deleted a moment ago
		return nil
	}
	if err != nil {
		return fmt.Errorf("settle %s: %w", a.name, err)
	}
	e, has := entryOf(h)
	x.mu.Lock()
	defer x.mu.Unlock()
	if t.get(a.name) == a.entry { // else a newer record came meanwhile
		t.put(e, has)
		t.settled[e.name] = e
		if x.library != f.library { // it changed meanwhile
			t.doubt()
		}
	}
	return nil
}

// keepSettled settles hosts as they fall due, so that no question has to.
func (x *Index) keepSettled(ctx context.Context) {
	tick := time.NewTicker(x.cfg.CheckEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			x.settle(ctx, x.cfg.Now())
			x.mu.Lock()
			x.table.items.refresh(x.table.hosts)
			x.mu.Unlock()
		}
	}
}
