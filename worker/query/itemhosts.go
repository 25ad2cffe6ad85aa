package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// itemHosts are, of each item that is not plainly installed on some host, the hosts on which it is: a fleet repeats itself, so there are few.
type itemHosts struct {
	list    []itemPosting       // by number
	free    []uint32            // numbers that are no item's
	numbers map[string]uint32   // by what [item.appendTo] writes
	called  map[string][]uint32 // by name of the package, in lower case
	stale   []uint32            // see refresh
	bases   bases
	trails  trails
	space   []byte // for one text at a time
}

type itemPosting struct {
	item  item // the zero one: the number is free
	hosts hostSet

	first nanos // since when it is so on the host where it has been for the longest; 0: nowhere is that known
	stale bool  // a host went of which first may have been
}

// since notes since when it is so on another host.
func (p *itemPosting) since(at nanos) {
	if at != 0 && (p.first == 0 || at < p.first) {
		p.first = at
	}
}

// gone notes that a host went, on which an item was since a time.
func (h *itemHosts) gone(i numberedItem) {
	p := &h.list[i.number]
	if i.since == 0 || i.since > p.first || p.stale {
		return
	}
	p.stale = true
	h.stale = append(h.stale, i.number)
}

// refreshed is about how many hosts are looked at each time for what is stale: a question does not wait for more.
const refreshed = 100_000

// refresh finds out anew since when items are so, of some whose first host went.
func (h *itemHosts) refresh(hosts []*entry) {
	for seen := 0; len(h.stale) > 0 && seen < refreshed; h.stale = h.stale[1:] {
		number := h.stale[0]
		p := &h.list[number]
		if !p.stale { // it is another item by now
			continue
		}
		p.first, p.stale = 0, false
		p.hosts.each(func(host uint32) {
			p.since(hosts[host].items.sinceOf(number))
			seen++
		})
	}
	if len(h.stale) == 0 {
		h.stale = nil
	}
}

func newItemHosts() *itemHosts {
	return &itemHosts{numbers: make(map[string]uint32), called: make(map[string][]uint32), bases: make(bases), trails: make(trails)}
}

// keep returns the items of a host as they are kept.
func (h *itemHosts) keep(of likeness, items []heldItem) heldItems {
	all, sorted := make([]numberedItem, len(items)), make([]uint32, len(items))
	trail := h.trails.of(of)
	for i := range items {
		is := &items[i].item
		number, found := trail.find(func(number uint32) bool { return h.list[number].item == *is })
		if !found {
			number = h.number(is)
		}
		all[i], sorted[i] = numberedItem{number, items[i].since}, number
	}
	trail.keep(sorted)
	slices.SortFunc(all, func(a, b numberedItem) int { return cmp.Compare(a.number, b.number) })
	for i := range all {
		sorted[i] = all[i].number
	}
	var kept heldItems
	kept.list = h.bases.keep(of, sorted)
	kept.since, kept.times = heldTimesOf(all)
	return kept
}

// move notes the items of a host in the place of those that it had.
func (h *itemHosts) move(host uint32, had, has *heldItems) {
	if had.list.same(&has.list) && had.since == has.since && had.times == nil && has.times == nil {
		return
	}
	had.against(has, func(was, is *numberedItem) {
		switch {
		case was == nil:
			h.list[is.number].hosts.add(host)
			h.list[is.number].since(is.since)
		case is == nil:
			h.remove(host, *was)
		case was.since != is.since:
			h.list[is.number].since(is.since)
			h.gone(*was)
		}
	})
}

// against gives each item that is in one of two sets, or both, to visit; nil: it is not in that one.
func (h *heldItems) against(other *heldItems, visit func(was, is *numberedItem)) {
	after := slices.Collect(other.all())
	for was := range h.all() {
		for len(after) > 0 && after[0].number < was.number {
			visit(nil, &after[0])
			after = after[1:]
		}
		if len(after) > 0 && after[0].number == was.number {
			visit(&was, &after[0])
			after = after[1:]
			continue
		}
		visit(&was, nil)
	}
	for i := range after {
		visit(nil, &after[i])
	}
}

// number returns the number of an item, and gives it one where it has none.
func (h *itemHosts) number(is *item) uint32 {
	h.space = is.appendTo(h.space[:0])
	number, known := h.numbers[string(h.space)]
	if known {
		return number
	}
	if n := len(h.free); n > 0 {
		number, h.free = h.free[n-1], h.free[:n-1]
	} else {
		number = uint32(len(h.list))
		h.list = append(h.list, itemPosting{})
	}
	text := string(h.space)
	p := &h.list[number]
	p.item = itemOf(text)
	h.numbers[text] = number
	key := strings.ToLower(p.item.name)
	h.called[key] = append(h.called[key], number)
	return number
}

func (h *itemHosts) remove(host uint32, had numberedItem) {
	h.gone(had)
	hosts := &h.list[had.number].hosts
	if hosts.remove(host); hosts.empty() {
		h.drop(had.number)
	}
}

// drop forgets an item that is on no host.
func (h *itemHosts) drop(number uint32) {
	is := &h.list[number].item
	h.space = is.appendTo(h.space[:0])
	delete(h.numbers, string(h.space))
	key := strings.ToLower(is.name)
	h.list[number] = itemPosting{}
	h.free = append(h.free, number)
	list := slices.DeleteFunc(h.called[key], func(other uint32) bool { return other == number })
	if h.called[key] = list; len(list) == 0 {
		delete(h.called, key)
	}
}

// all gives the items that are on some host.
func (h *itemHosts) all(yield func(uint32, *item) bool) {
	for number := range h.list {
		if p := &h.list[number]; !p.hosts.empty() {
			if !yield(uint32(number), &p.item) {
				return
			}
		}
	}
}

// named gives the items that a name may mean, a package's or a patch's in full, in any case.
func (h *itemHosts) named(name string) func(yield func(*item, *hostSet) bool) {
	return func(yield func(*item, *hostSet) bool) {
		key := strings.ToLower(name)
		keys := []string{key}
		if dot := strings.LastIndexByte(key, '.'); dot > 0 {
			keys = append(keys, key[:dot])
		}
		for _, key := range keys {
			for _, number := range h.called[key] {
				p := &h.list[number]
				if p.item.called(name) && !yield(&p.item, &p.hosts) {
					return
				}
			}
		}
	}
}

// having is the hosts on which an item is of which something is true.
func (h *itemHosts) having(is func(*item) bool) *roaring.Bitmap {
	found := roaring.New()
	for number, i := range h.all {
		if is(i) {
			h.list[number].hosts.into(found)
		}
	}
	return found
}
