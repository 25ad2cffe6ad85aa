package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
)

func (a *api) listBaselines(ctx context.Context, in *struct{ ListParams }) (*listed[query.BaselineView], error) {
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return nil, err
	}
	all, err := query.Baselines(ctx, store, a.cfg.Index.Products)
	if err != nil {
		return nil, err
	}
	if groups := scope(ctx); groups != nil {
		all = ofGroups(all, groups)
	}
	return &listed[query.BaselineView]{total: len(all), items: items(all)}, nil
}

// ofGroups leaves of baselines those that may apply to hosts of some groups, and of what they apply to what is about these.
func ofGroups(all []query.BaselineView, groups []string) (list []query.BaselineView) {
	for _, b := range all {
		var bound []string
		for _, to := range b.Bound {
			if slices.ContainsFunc(groups, func(g string) bool { return query.BoundToGroup(to, g) }) || query.BoundToDefault(to) {
				bound = append(bound, to)
			}
		}
		if b.Bound = bound; len(bound) > 0 || b.Builtin {
			b.Bound = append([]string{}, bound...)
			list = append(list, b)
		}
	}
	return list
}

func (a *api) getBaseline(ctx context.Context, in *struct {
	EtagParams
	ID       string `path:"id" doc:"its id, or the name of a built-in one"`
	Revision uint64 `query:"revision" doc:"which of its revisions, from 1; the newest without it"`
}) (json.RawMessage, error) {
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return nil, err
	}
	if err := a.seesBaseline(ctx, store, in.ID); err != nil {
		return nil, err
	}
	if built := baseline.Builtin(in.ID); built != nil {
		return json.Marshal(built)
	}
	if in.Revision > 0 {
		text, _, err := store.At(ctx, in.ID, in.Revision)
		return text, err
	}
	text, _, err := store.Get(ctx, in.ID)
	return text, err
}

// seesBaseline refuses who is limited to groups a baseline that applies to none of them.
func (a *api) seesBaseline(ctx context.Context, store *baselines.Store, id string) error {
	if scope(ctx) == nil {
		return nil
	}
	all, err := query.Baselines(ctx, store, nil)
	if err == nil && !slices.ContainsFunc(ofGroups(all, scope(ctx)), func(b query.BaselineView) bool { return b.ID == id }) {
		err = fmt.Errorf("%q: %w", id, baselines.ErrNoBaseline)
	}
	return err
}

func (a *api) listRevisions(ctx context.Context, in *struct {
	ListParams
	ID string `path:"id"`
}) (*listed[query.RevisionView], error) {
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return nil, err
	}
	if err := a.seesBaseline(ctx, store, in.ID); err != nil {
		return nil, err
	}
	all, err := query.BaselineLog(ctx, store, in.ID)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%q: %w", in.ID, baselines.ErrNoBaseline)
	}
	return &listed[query.RevisionView]{total: len(all), items: items(all)}, err
}

func (a *api) removeBaseline(ctx context.Context, in *struct {
	ID string `path:"id"`
}) (DoneBody, error) {
	if err := mayWriteAll(ctx); err != nil {
		return DoneBody{}, err
	}
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return DoneBody{}, err
	}
	err = store.By(whoOf(ctx).Name).Remove(ctx, in.ID)
	return DoneBody{err == nil}, err
}

var revisionColumns = []column[query.RevisionView]{
	{"revision", func(r *query.RevisionView) string { return fmt.Sprint(r.Revision) }},
	{"version", func(r *query.RevisionView) string { return fmt.Sprint(r.Version) }},
	{"at", func(r *query.RevisionView) string { return clock(&r.At) }},
	{"by", func(r *query.RevisionView) string { return r.By }},
	{"removed", func(r *query.RevisionView) string { return fmt.Sprint(r.Removed) }},
}

func (a *api) putBaseline(ctx context.Context, in *struct {
	ActParams
	ID   string          `path:"id"`
	Body json.RawMessage `doc:"what \"aws ssm get-patch-baseline\" prints"`
}) (DecidedBody, error) {
	if err := mayWriteAll(ctx); err != nil {
		return DecidedBody{}, err
	}
	b, err := baseline.Parse(in.Body)
	if err != nil {
		return DecidedBody{}, err
	}
	unknown, err := query.UnknownValues(ctx, b, a.cfg.Index.Products)
	if err != nil {
		return DecidedBody{}, err
	}
	var revision uint64
	decided, err := a.written(ctx, &in.ActParams, "baseline "+in.ID, func(s *baselines.Store) error {
		r, _, err := s.PutRevision(ctx, in.ID, in.Body)
		revision = r.Number
		return err
	})
	decided.Revision, decided.Warnings = revision, append(b.Warnings, unknown...)
	return decided, err
}

var baselineColumns = []column[query.BaselineView]{
	{"id", func(b *query.BaselineView) string { return b.ID }},
	{"name", func(b *query.BaselineView) string { return b.Name }},
	{"os", func(b *query.BaselineView) string { return b.OS }},
	{"revision", func(b *query.BaselineView) string { return fmt.Sprint(b.Revision) }},
	{"stored_at", func(b *query.BaselineView) string { return clock(b.StoredAt) }},
	{"builtin", func(b *query.BaselineView) string { return fmt.Sprint(b.Builtin) }},
}
