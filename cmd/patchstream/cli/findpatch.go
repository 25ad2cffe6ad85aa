package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/worker/query"
)

// findPatch returns the item that is meant: by its full name, or by its package's name where only one
// architecture has it. The error lists those that fit, or the nearest ones.
func findPatch(r *classify.Report, name string) (*classify.Item, error) {
	fit := query.Named(r, name)
	switch len(fit) {
	case 0:
		return nil, unknownPatch(r, name)
	case 1:
		return fit[0], nil
	}
	return nil, fmt.Errorf("%s has several patches %q: name one of %s", r.Host, name, strings.Join(patchNames(fit), " "))
}

func patchNames(items []*classify.Item) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.Patch
	}
	return names
}

const nearestShown = 5

func unknownPatch(r *classify.Report, name string) error {
	if gone := r.About.Retired; gone != nil {
		return fmt.Errorf("%s has no patches: it is retired since %s (\"patchstream host show %s\" says by whom and why)", r.Host, print.Clock(gone.At), r.Host)
	}
	if len(r.Patches) == 0 {
		return fmt.Errorf("%s has no patch %q: nothing is known of its packages (\"patchstream status %s\" says why)", r.Host, name, r.Host)
	}
	var known []string
	for i := range r.Patches {
		known = append(known, r.Patches[i].Patch)
		if n := r.Patches[i].Name; n != r.Patches[i].Patch {
			known = append(known, n)
		}
	}
	var shown []string
	for _, near := range nearest(name, known, 4*nearestShown) {
		full := near
		for i := range r.Patches {
			if r.Patches[i].Name == near {
				full = r.Patches[i].Patch
				break
			}
		}
		if !slices.Contains(shown, full) && len(shown) < nearestShown {
			shown = append(shown, full)
		}
	}
	if len(shown) == 0 {
		return fmt.Errorf("%s has no patch %q: \"patchstream patches %s\" lists them", r.Host, name, r.Host)
	}
	return fmt.Errorf("%s has no patch %q: the nearest are %s", r.Host, name, strings.Join(shown, " "))
}
