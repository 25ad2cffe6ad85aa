package classify

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// However far items are from their places, the few of a list that is nearly in order or all of one that is not.
func TestSortItems_puts_every_list_in_order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		for range rapid.IntRange(0, 60).Draw(t, "items") {
			name := fmt.Sprint("lib", rapid.IntRange(0, 9).Draw(t, "name"))
			items = append(items, Item{Patch: rapid.SampledFrom([]string{name, name + ".amd64", name + "-bin.amd64"}).Draw(t, "patch"), Name: name})
		}
		if rapid.Bool().Draw(t, "by name") {
			slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(a.Name, b.Name) })
		}
		want := slices.Clone(items)
		slices.SortStableFunc(want, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Patch, b.Patch), cmp.Compare(a.Name, b.Name)) })
		SortItems(items)
		for i := range items {
			if items[i].Patch != want[i].Patch || items[i].Name != want[i].Name {
				t.Fatalf("place %d has %s, not %s", i, items[i].Patch, want[i].Patch)
			}
		}
	})
}

// What is farthest from its place is sorted in as many steps as any list.
func TestSortItems_turns_a_list_round(t *testing.T) {
	items := make([]Item, 500)
	for i := range items {
		items[i].Patch = fmt.Sprintf("p%04d", len(items)-i)
	}
	SortItems(items)
	if !slices.IsSortedFunc(items, func(a, b Item) int { return cmp.Compare(a.Patch, b.Patch) }) {
		t.Fatal("it is not in order")
	}
}
