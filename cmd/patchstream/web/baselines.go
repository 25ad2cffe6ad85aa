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
	all, err := query.Baselines(ctx, store)
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
	ID string `path:"id" doc:"its id, or the name of a built-in one"`
}) (json.RawMessage, error) {
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return nil, err
	}
	if scope(ctx) != nil {
		all, err := query.Baselines(ctx, store)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(ofGroups(all, scope(ctx)), func(b query.BaselineView) bool { return b.ID == in.ID }) {
			return nil, fmt.Errorf("%q: %w", in.ID, baselines.ErrNoBaseline)
		}
	}
	if built := baseline.Builtin(in.ID); built != nil {
		return json.Marshal(built)
	}
	text, _, err := store.Get(ctx, in.ID)
	return text, err
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
	var revision uint64
	decided, err := a.written(ctx, &in.ActParams, "baseline "+in.ID, func(s *baselines.Store) error {
		r, _, err := s.PutRevision(ctx, in.ID, in.Body)
		revision = r.Number
		return err
	})
	decided.Revision, decided.Warnings = revision, b.Warnings
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
