package aws

import (
	"maps"
	"slices"
	"strings"
)

// sortedKeys are the keys of a table, for errors.
func sortedKeys[V any](of map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(of)), ", ")
}
