package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/streams"
)

// asker asks a server about its hosts as they stand now.
type asker struct {
	*query.Fleet
	js jetstream.JetStream
}

// questions connects for who asks and changes nothing. A viewer asks as it may.
func questions(ctx context.Context, c *dial.Target, do func(context.Context, jetstream.JetStream) error) error {
	return c.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error { return do(ctx, asWeMay(ctx, c, js)) })
}

func asWeMay(ctx context.Context, c *dial.Target, js jetstream.JetStream) jetstream.JetStream {
	if c.OnlyViews(ctx, js.Conn()) {
		return streams.NewReader(js)
	}
	return js
}

// ask connects and hands over who asks. The connection lives as long as do.
func (a *app) ask(ctx context.Context, c *dial.Target, do func(context.Context, *asker) error) error {
	return questions(ctx, c, func(ctx context.Context, js jetstream.JetStream) error {
		fleet, err := query.Open(ctx, js, a.now())
		if err != nil {
			return err
		}
		a.RevisionOf = revisionsOf(ctx, js)
		return do(ctx, &asker{fleet, js})
	})
}

// revisionsOf counts the revisions of the baselines once it is asked for one.
func revisionsOf(ctx context.Context, js jetstream.JetStream) func(id string, version uint64) uint64 {
	numbers := sync.OnceValue(func() baselines.Numbers {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return nil
		}
		numbers, err := store.Numbers(ctx)
		if err != nil {
			return nil // the answer is true without
		}
		return numbers
	})
	return func(id string, version uint64) uint64 { return numbers().Of(id, version) }
}

// host returns a host; of an unknown one it says which may be meant.
func (q *asker) host(ctx context.Context, name string) (*query.Host, error) {
	h, err := q.Host(ctx, name)
	if !errors.Is(err, query.ErrUnknownHost) {
		return h, err
	}
	if dead := q.onlyDead(ctx, name); dead != nil {
		return nil, fmt.Errorf("%w: %w", err, dead)
	}
	names, listErr := q.Names(ctx)
	if listErr != nil {
		return nil, listErr
	}
	return nil, meant(err, name, names)
}

// meant adds to an error which host may be meant by a name that is none's.
func meant(err error, name string, names []string) error {
	if near := nearest(name, names, 1); len(near) > 0 {
		return fmt.Errorf("%w: did you mean %s?", err, near[0])
	}
	return fmt.Errorf("%w: \"patchstream status\" lists the hosts", err)
}

// onlyDead says so of a host all of whose events are dead letters. Who may not read those is told nothing of them.
func (q *asker) onlyDead(ctx context.Context, name string) error {
	store, err := deadletters.Open(ctx, q.js)
	if err != nil {
		return nil
	}
	var newest *deadletters.Letter
	n := 0
	if err := store.Each(ctx, name, func(l *deadletters.Letter) error {
		newest = l
		n++
		return nil
	}); err != nil || newest == nil {
		return nil
	}
	return onlyDead(name, n, newest)
}

func onlyDead(name string, n int, newest *deadletters.Letter) error {
	return fmt.Errorf("all that came of it is dead letters, %d of them, the newest a %s of %s: %s (\"patchstream dead-letters list %s\")",
		n, newest.Kind, print.Clock(newest.At), print.Plain(newest.Reason), name)
}

// patch returns the report of a host and the patch in it that is meant.
func (q *asker) patch(ctx context.Context, host, name string) (*classify.Report, *classify.Item, error) {
	h, err := q.host(ctx, host)
	if err != nil {
		return nil, nil, err
	}
	item, err := findPatch(h.Report, name)
	return h.Report, item, err
}
