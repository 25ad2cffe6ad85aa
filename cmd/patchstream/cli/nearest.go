package cli

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// nearest returns the known names that are near enough to name to be what was meant, nearest first.
func nearest(name string, known []string, most int) []string {
	type near struct {
		name     string
		distance int
	}
	var all []near
	name = strings.ToLower(name)
	for _, k := range known {
		lower := strings.ToLower(k)
		d := levenshtein.ComputeDistance(name, lower)
		if name != "" && (strings.HasPrefix(lower, name) || strings.HasPrefix(name, lower)) {
			d = min(d, 1)
		}
		if d <= max(2, len(name)/3) {
			all = append(all, near{k, d})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.distance - b.distance })
	names := make([]string, 0, most)
	for _, n := range all[:min(most, len(all))] {
		names = append(names, n.name)
	}
	return names
}
