package classify

import (
	"slices"
	"strings"
)

// near is how many places an item is looked for before it is far from its own.
const near = 32

// SortItems puts items in the order of a report, and moves each no more than once: they are large. Scans list packages by their
// names, where foo comes before foo-bar, and foo.amd64 comes behind it: almost all are a few places from their own. The others are
// sorted by themselves.
func SortItems(items []Item) {
	order := make([]int, 0, len(items)) // by place: where the item is that belongs there
	var far []int
	for i := range items {
		place := len(order)
		for place > 0 && before(&items[i], &items[order[place-1]]) && len(order)-place <= near {
			place--
		}
		if len(order)-place > near {
			far = append(far, i)
			continue
		}
		order = slices.Insert(order, place, i)
	}
	if len(far) > 0 {
		order = joined(items, order, far)
	}
	move(items, order)
}

// joined is the order of items of which some are in order already, and the others are not.
func joined(items []Item, order, others []int) []int {
	slices.SortFunc(others, func(i, j int) int {
		switch a, b := &items[i], &items[j]; {
		case before(a, b):
			return -1
		case before(b, a):
			return 1
		}
		return 0
	})
	all := make([]int, 0, len(items))
	for _, i := range order {
		for len(others) > 0 && before(&items[others[0]], &items[i]) {
			all, others = append(all, others[0]), others[1:]
		}
		all = append(all, i)
	}
	return append(all, others...)
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
