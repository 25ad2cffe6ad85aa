package query

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Question is what is asked of hosts and their patches. The zero value asks for all.
type Question struct {
	Missing string // package or patch that a host lacks; empty: any
	States  States

	// Conditions are codes, any of which stands on the host; empty: whatever stands, or nothing.
	Conditions []string
}

// States are the states that are asked for; nil is all.
type States map[messages.State]bool

// Has reports whether a state is asked for.
func (s States) Has(state messages.State) bool { return s == nil || s[state] }

// OfPatches reports whether the question leaves any patch out.
func (q Question) OfPatches() bool { return q.Missing != "" || q.States != nil }

// Stands reports whether a condition that is asked for stands in a report.
func (q Question) Stands(r *classify.Report) bool {
	return len(q.Conditions) == 0 || slices.ContainsFunc(r.Conditions, func(c messages.Condition) bool { return slices.Contains(q.Conditions, c.Code) })
}

// Fits reports whether an item answers the question.
func (q Question) Fits(i *classify.Item) bool {
	return q.States.Has(i.State) && (q.Missing == "" || named(i, q.Missing) && i.State.Outstanding())
}

// named reports whether a patch is called by its full name or its package's, in any case.
func named(i *classify.Item, name string) bool {
	return strings.EqualFold(i.Patch, name) || strings.EqualFold(i.Name, name)
}

// Named returns the items of a report that a name may mean: the one of exactly this full name, else all whose full name or
// package is called so, in any case.
func Named(r *classify.Report, name string) []*classify.Item {
	var fit []*classify.Item
	for i := range r.Patches {
		item := &r.Patches[i]
		if item.Patch == name {
			return []*classify.Item{item}
		}
		if named(item, name) {
			fit = append(fit, item)
		}
	}
	return fit
}

// Narrowed returns a report with only the items that fit, and everything else as it is.
func Narrowed(r *classify.Report, fits func(*classify.Item) bool) *classify.Report {
	narrowed := *r
	narrowed.Patches = []classify.Item{}
	for i := range r.Patches {
		if fits(&r.Patches[i]) {
			narrowed.Patches = append(narrowed.Patches, r.Patches[i])
		}
	}
	return &narrowed
}
