package classify

import (
	"slices"
	"strings"
)

// SortItems puts items in the order of a report, and moves each no more than once: they are large. Scans list packages by their
// names, where foo comes before foo-bar, and foo.amd64 comes behind it: almost all are a few places from their own.
func SortItems(items []Item) {
	from := make([]int, len(items)) // by place: where the item is that belongs there
	steps := 4 * len(items)
	for i := range from {
		place := i
		for ; place > 0 && steps > 0 && before(&items[i], &items[from[place-1]]); place-- {
			from[place] = from[place-1]
			steps--
		}
		from[place] = i
	}
	if steps == 0 {
		slices.SortFunc(from, func(i, j int) int {
			switch a, b := &items[i], &items[j]; {
			case before(a, b):
				return -1
			case before(b, a):
				return 1
			}
			return 0
		})
	}
	move(items, from)
}

func before(a, b *Item) bool {
	if c := strings.Compare(a.Patch, b.Patch); c != 0 {
		return c < 0
	}
	return a.Name < b.Name
}

// move puts each item where it belongs, from where from has it.
func move(items []Item, from []int) {
	for first := range items {
		if from[first] == first {
			continue
		}
		moved := items[first]
		for place := first; from[place] != place; {
			source := from[place]
			from[place] = place
			if source == first {
				items[place] = moved
				break
			}
			items[place] = items[source]
			place = source
		}
	}
}
