package query

import (
	"iter"
	"slices"
	"unique"
)

// heldItem is an item that is not plainly installed, and since when it is in its state.
type heldItem struct {
	item  unique.Handle[item]
	since nanos
}

// heldItems are those of a host. Of many items there are few times: those of a scan came together.
type heldItems struct {
	list  []unique.Handle[item]
	times []nanos // each once; where there are too many, one for each item
	which []uint8 // of the times, for each item; nil: there is one time, or one for each
}

// mostTimes is how many times a byte tells apart.
const mostTimes = 1 << 8

func heldItemsOf(items []heldItem) (h heldItems) {
	if len(items) == 0 {
		return h
	}
	h.list, h.which = make([]unique.Handle[item], len(items)), make([]uint8, len(items))
	for i := range items {
		h.list[i] = items[i].item
		at := slices.Index(h.times, items[i].since)
		if at < 0 {
			at = len(h.times)
			h.times = append(h.times, items[i].since)
		}
		h.which[i] = uint8(at) // one that does not fit is mended below
	}
	switch {
	case len(h.times) == 1:
		h.which = nil
	case len(h.times) > mostTimes:
		h.which, h.times = nil, make([]nanos, len(items))
		for i := range items {
			h.times[i] = items[i].since
		}
	}
	h.times = slices.Clip(h.times)
	return h
}

func (h *heldItems) since(i int) nanos {
	switch {
	case h.which != nil:
		return h.times[h.which[i]]
	case len(h.times) == 1:
		return h.times[0]
	}
	return h.times[i]
}

// all gives the items, in the order of their patches.
func (h *heldItems) all() iter.Seq[heldItem] {
	return func(yield func(heldItem) bool) {
		for i, is := range h.list {
			if !yield(heldItem{is, h.since(i)}) {
				return
			}
		}
	}
}

// some reports whether something is true of an item.
func (h *heldItems) some(is func(*item) bool) bool {
	for _, handle := range h.list {
		if i := handle.Value(); is(&i) {
			return true
		}
	}
	return false
}

// sinceOf is since when one of the items is so.
func (h *heldItems) sinceOf(is unique.Handle[item]) (at nanos, there bool) {
	if i := slices.Index(h.list, is); i >= 0 {
		return h.since(i), true
	}
	return 0, false
}

func (h *heldItems) equal(other *heldItems) bool {
	return slices.Equal(h.list, other.list) && slices.Equal(h.times, other.times) && slices.Equal(h.which, other.which)
}
