package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
)

// shelf is where stored baselines are read: an API, or a server of NATS.
type shelf interface {
	// List lists the baselines, the built-in ones too.
	List(ctx context.Context) ([]query.BaselineView, error)
	// Text returns a baseline as it was stored, the newest revision of it where that is 0. [baselines.ErrNoBaseline]: there is none.
	Text(ctx context.Context, id string, revision uint64) ([]byte, error)
	// Warnings says what has no effect in a baseline as it stands, which is stored as text; nothing of one that cannot be read.
	Warnings(ctx context.Context, id string, text []byte) ([]string, error)
	// Log lists the revisions of a baseline, oldest first; none of one that there never was.
	Log(ctx context.Context, id string) ([]query.RevisionView, error)
}

// onShelf hands over where baselines are read.
func onShelf(ctx context.Context, e *endpoint, do func(context.Context, shelf) error) error {
	client, err := e.client()
	if err != nil {
		return err
	}
	if client != nil {
		return do(ctx, shelfOfAPI{client})
	}
	return questions(ctx, e.connection, func(ctx context.Context, js jetstream.JetStream) error {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return err
		}
		return do(ctx, shelfOfNATS{store, productsOf(js)})
	})
}

type shelfOfNATS struct {
	store    *baselines.Store
	products query.Products // nil: warnings do not matter
}

func (s shelfOfNATS) List(ctx context.Context) ([]query.BaselineView, error) {
	return query.Baselines(ctx, s.store, s.products)
}

// productsOf asks a server which products the hosts have; none where nobody has said anything yet.
func productsOf(js jetstream.JetStream) query.Products {
	return func(ctx context.Context) (map[string]bool, error) {
		fleet, err := query.Open(ctx, js, time.Now())
		if errors.Is(err, query.ErrNoBucket) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return fleet.Products(ctx)
	}
}

func (s shelfOfNATS) Text(ctx context.Context, id string, revision uint64) (text []byte, err error) {
	if revision == 0 {
		text, _, err = s.store.Get(ctx, id)
	} else {
		text, _, err = s.store.At(ctx, id, revision)
	}
	return text, err
}

func (s shelfOfNATS) Warnings(ctx context.Context, _ string, text []byte) ([]string, error) {
	b, err := baseline.Parse(text)
	if err != nil {
		return nil, nil
	}
	unknown, err := query.UnknownValues(ctx, b, s.products)
	return append(b.Warnings, unknown...), err
}

func (s shelfOfNATS) Log(ctx context.Context, id string) ([]query.RevisionView, error) {
	return query.BaselineLog(ctx, s.store, id)
}

type shelfOfAPI struct{ client *web.Client }

func (s shelfOfAPI) List(ctx context.Context) ([]query.BaselineView, error) {
	return s.client.Baselines(ctx)
}

func (s shelfOfAPI) Text(ctx context.Context, id string, revision uint64) ([]byte, error) {
	text, err := s.client.Baseline(ctx, id, revision)
	if errors.Is(err, web.ErrNotFound) {
		return nil, baselines.ErrNoBaseline
	}
	return text, err
}

func (s shelfOfAPI) Warnings(ctx context.Context, id string, _ []byte) ([]string, error) {
	list, err := s.List(ctx)
	for _, b := range list {
		if b.ID == id {
			return b.Warnings, nil
		}
	}
	return nil, err
}

func (s shelfOfAPI) Log(ctx context.Context, id string) ([]query.RevisionView, error) {
	list, err := s.client.Revisions(ctx, id)
	if errors.Is(err, web.ErrNotFound) {
		return nil, nil
	}
	return list, err
}

// noBaseline says which baseline may be meant by an id that is none's.
func noBaseline(ctx context.Context, s shelf, id string) error {
	list, err := s.List(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(list))
	for i, b := range list {
		ids[i] = b.ID
	}
	if near := nearest(id, ids, 1); len(near) > 0 {
		return fmt.Errorf("there is no baseline %q: did you mean %s?", id, near[0])
	}
	return fmt.Errorf("there is no baseline %q: \"patchstream baseline list\" lists those there are", id)
}

// storedText returns a stored baseline, by its id or as ID@N.
func storedText(ctx context.Context, s shelf, arg string) ([]byte, error) {
	text, err := s.Text(ctx, arg, 0)
	if !errors.Is(err, baselines.ErrNoBaseline) {
		return text, err
	}
	id, revision, is := cutRevision(arg)
	if !is {
		return nil, noBaseline(ctx, s, arg)
	}
	text, err = s.Text(ctx, id, revision)
	if errors.Is(err, baselines.ErrNoBaseline) {
		return nil, fmt.Errorf("revision %d of %s is not kept, or never was: \"patchstream baseline log %s\" lists those that are", revision, id, id)
	}
	return text, err
}

// cutRevision reads ID@N. The first revision is 1.
func cutRevision(arg string) (id string, revision uint64, is bool) {
	at := strings.LastIndex(arg, "@")
	if at < 0 {
		return "", 0, false
	}
	revision, err := strconv.ParseUint(arg[at+1:], 10, 64)
	return arg[:at], revision, err == nil && revision > 0
}
