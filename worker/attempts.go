package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/publisher"
)

// maxDeaths is how many workers may die while they handle one event.
const maxDeaths = 3

// attempts remembers, for events that may kill workers, the deliveries whose handling began and did not end.
type attempts struct {
	kv      jetstream.KeyValue
	created map[string]time.Time // of the streams: one made anew counts its sequences from 1
	timeout time.Duration
}

// begin notes a delivery before it is handled and returns how many others began and never ended.
func (a *attempts) begin(ctx context.Context, e *envelope) (deaths int, err error) {
	err = a.update(ctx, e, func(set []uint64) []uint64 {
		if !slices.Contains(set, e.deliveries) {
			set = append(set, e.deliveries)
		}
		deaths = len(set) - 1
		return set
	})
	return deaths, err
}

// end takes a delivery back out, since its handling ended with the worker alive. What is left behind would count
// as a death, so it tries for a while, and once even while the worker stops.
func (a *attempts) end(ctx context.Context, e *envelope) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		return struct{}{}, a.update(context.WithoutCancel(ctx), e, func(set []uint64) []uint64 {
			return slices.DeleteFunc(set, func(n uint64) bool { return n == e.deliveries })
		})
	}, backoff.WithMaxElapsedTime(4*a.timeout))
	return err
}

// giveBack notes that no worker died of an event at this delivery: it was given back.
func (a *attempts) giveBack(ctx context.Context, e *envelope) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	if _, err := a.kv.PutString(ctx, a.key(e)+givenBack, strconv.FormatUint(e.deliveries, 10)); err != nil {
		return fmt.Errorf("attempts at %s: %w", a.key(e), err)
	}
	return nil
}

// sinceGivenBack returns how many deliveries of an event came after the last one of which it is known that it was given back.
func (a *attempts) sinceGivenBack(ctx context.Context, e *envelope) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	entry, err := a.kv.Get(ctx, a.key(e)+givenBack)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return e.deliveries, nil
	}
	if err != nil {
		return 0, fmt.Errorf("attempts at %s: %w", a.key(e), err)
	}
	back, err := strconv.ParseUint(string(entry.Value()), 10, 64)
	if err != nil || back > e.deliveries {
		back = 0 // not ours; it counts for nothing
	}
	return e.deliveries - back, nil
}

// givenBack ends the key of the delivery that was given back.
const givenBack = ".back"

func (a *attempts) key(e *envelope) string {
	return fmt.Sprintf("%s-%d.%d", e.stream, a.created[e.stream].UnixNano(), e.sequence)
}

// update changes the set of an event by compare-and-set. change may be called more than once.
func (a *attempts) update(ctx context.Context, e *envelope, change func([]uint64) []uint64) error {
	for range maxRounds {
		err := a.try(ctx, a.key(e), change)
		if err == nil || !publisher.IsWrongSequence(err) && !errors.Is(err, jetstream.ErrKeyExists) {
			return err
		}
	}
	return errBusy
}

func (a *attempts) try(ctx context.Context, key string, change func([]uint64) []uint64) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	var set []uint64
	version := uint64(0)
	entry, err := a.kv.Get(ctx, key)
	switch {
	case err == nil:
		version = entry.Revision()
		if json.Unmarshal(entry.Value(), &set) != nil {
			set = nil // not ours; it counts for nothing
		}
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return fmt.Errorf("attempts at %s: %w", key, err)
	}
	text, err := json.Marshal(change(set))
	if err != nil {
		return err
	}
	if version == 0 {
		_, err = a.kv.Create(ctx, key, text)
	} else {
		_, err = a.kv.Update(ctx, key, text, version)
	}
	if err != nil {
		return fmt.Errorf("attempts at %s: %w", key, err)
	}
	return nil
}
