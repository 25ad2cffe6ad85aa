package query

import (
	"iter"
	"slices"
)

// heldItem is an item that is not plainly installed, and since when it is in its state.
type heldItem struct {
	item  item
	since nanos
}

// numberedItem is one by its number.
type numberedItem struct {
	number uint32
	since  nanos
}

// heldItems are those of a host.
type heldItems struct {
	list  numbers
	since nanos      // of all; 0 where times are not
	times *heldTimes // nil: they came together
}

// heldTimes is since when each item of a host is as it is. Of many items there are few times: those of a scan came together.
type heldTimes struct {
	times []nanos // each once; where there are too many, one for each item
	which []uint8 // of the times, for each item; nil: there is one for each
}

// mostTimes is how many times a byte tells apart.
const mostTimes = 1 << 8

// heldTimesOf returns the times of items, in their order. Where all are the same, that is all.
func heldTimesOf(items []numberedItem) (since nanos, times *heldTimes) {
	if len(items) == 0 {
		return 0, nil
	}
	t := &heldTimes{which: make([]uint8, len(items))}
	for i := range items {
		at := slices.Index(t.times, items[i].since)
		if at < 0 {
			at = len(t.times)
			t.times = append(t.times, items[i].since)
		}
		t.which[i] = uint8(at) // one that does not fit is mended below
	}
	switch {
	case len(t.times) == 1:
		return t.times[0], nil
	case len(t.times) > mostTimes:
		t.which, t.times = nil, make([]nanos, len(items))
		for i := range items {
			t.times[i] = items[i].since
		}
	}
	t.times = slices.Clip(t.times)
	return 0, t
}

func (h *heldItems) sinceAt(i int) nanos {
	switch {
	case h.times == nil:
		return h.since
	case h.times.which != nil:
		return h.times.times[h.times.which[i]]
	}
	return h.times.times[i]
}

// all gives the items, in the order of their numbers.
func (h *heldItems) all() iter.Seq[numberedItem] {
	return func(yield func(numberedItem) bool) {
		i := 0
		for number := range h.list.each {
			if !yield(numberedItem{number, h.sinceAt(i)}) {
				return
			}
			i++
		}
	}
}

// sinceOf is since when one of the items is so, which is one of them; 0: not known.
func (h *heldItems) sinceOf(number uint32) nanos {
	if h.times == nil {
		return h.since
	}
	i := 0
	for other := range h.list.each {
		if other >= number {
			if other == number {
				return h.sinceAt(i)
			}
			break
		}
		i++
	}
	return 0
}
