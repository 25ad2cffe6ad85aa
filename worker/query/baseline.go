package query

import (
	"context"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/baselines"
)

// BaselineView is a baseline in the list.
type BaselineView struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	OS       string     `json:"os"`       // empty: any
	Revision uint64     `json:"revision"` // of the baseline itself, from 1; 0: built in
	Version  uint64     `json:"version"`  // by which changes and hosts name it; 0: built in
	StoredAt *time.Time `json:"stored_at,omitempty"`
	Builtin  bool       `json:"builtin"`
	Readable bool       `json:"readable"`
	Bound    []string   `json:"bound"`
	Warnings []string   `json:"warnings"` // what in it has no effect: fields that are none, values that nothing has
	Rules    int        `json:"rules"`
}

// Baselines lists the stored baselines, then the built-in ones, and what they apply to. Without products their values are not looked at.
func Baselines(ctx context.Context, store *baselines.Store, products Products) ([]BaselineView, error) {
	stored, err := store.List(ctx)
	if err != nil {
		return nil, err
	}
	library, err := store.Library(ctx)
	if err != nil {
		return nil, err
	}
	if products != nil {
		products = products.once()
	}
	list := make([]BaselineView, 0, len(stored))
	for _, e := range stored {
		at := e.StoredAt.UTC()
		v := BaselineView{ID: e.ID, Revision: e.Number, Version: e.Revision, StoredAt: &at, Bound: append([]string{}, e.Bound...), Warnings: []string{}}
		if e.Baseline != nil {
			v.describe(e.Baseline)
		}
		if e.Baseline != nil && products != nil {
			unknown, err := UnknownValues(ctx, e.Baseline, products)
			if err != nil {
				return nil, err
			}
			v.Warnings = append(v.Warnings, unknown...)
		}
		list = append(list, v)
	}
	return append(list, builtins(library)...), nil
}

// builtins says of the built-in baselines what they apply to: a system that has no other default, or what an
// operator bound them to.
func builtins(l *classify.Library) []BaselineView {
	var list []BaselineView
	for _, built := range baseline.Builtins() {
		v := BaselineView{ID: built.Name, Builtin: true, Bound: []string{}, Warnings: []string{}}
		v.describe(built)
		if id, set := l.Defaults[built.OperatingSystem]; !set || id == built.Name {
			v.Bound = append(v.Bound, "default "+built.OperatingSystem)
		}
		for key, id := range l.Groups {
			if id == built.Name {
				v.Bound = append(v.Bound, "group "+key.Group+" on "+key.System)
			}
		}
		list = append(list, v)
	}
	return list
}

// BoundToGroup reports whether one of [BaselineView.Bound] is about a patch group.
func BoundToGroup(bound, group string) bool {
	rest, is := strings.CutPrefix(bound, "group "+group+" on ")
	return is && !strings.Contains(rest, " ") // no system has a space in its name
}

// BoundToDefault reports whether one of [BaselineView.Bound] is about all hosts of a system that have no other.
func BoundToDefault(bound string) bool { return strings.HasPrefix(bound, "default ") }

func (v *BaselineView) describe(of *baseline.Baseline) {
	v.Readable, v.Name, v.OS, v.Rules = true, of.Name, of.OperatingSystem, len(of.ApprovalRules.PatchRules)
	v.Warnings = append(v.Warnings, of.Warnings...)
}
