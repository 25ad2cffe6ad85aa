package query

import (
	"strings"
	"unique"

	"github.com/RoaringBitmap/roaring/v2"
)

// itemHosts are, of each item that is not plainly installed on some host, the hosts on which it is: a fleet repeats itself, so there are few.
type itemHosts struct {
	of     map[unique.Handle[item]]*itemPosting
	called map[string][]*itemPosting // by name of the package, in lower case
}

type itemPosting struct {
	item  unique.Handle[item]
	hosts hostSet
}

func newItemHosts() *itemHosts {
	return &itemHosts{of: make(map[unique.Handle[item]]*itemPosting), called: make(map[string][]*itemPosting)}
}

// put notes the items of a host in the place of those that it had.
func (h *itemHosts) put(host uint32, had, has []heldItem) {
	if sameItems(had, has) {
		return
	}
	for _, i := range has {
		h.at(i.item).hosts.add(host)
	}
	for _, i := range had {
		if !holds(has, i.item) {
			h.remove(i.item, host)
		}
	}
}

func sameItems(a, b []heldItem) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].item != b[i].item {
			return false
		}
	}
	return true
}

func holds(items []heldItem, is unique.Handle[item]) bool {
	for i := range items {
		if items[i].item == is {
			return true
		}
	}
	return false
}

func (h *itemHosts) at(is unique.Handle[item]) *itemPosting {
	p := h.of[is]
	if p == nil {
		p = &itemPosting{item: is}
		h.of[is] = p
		key := strings.ToLower(is.Value().name)
		h.called[key] = append(h.called[key], p)
	}
	return p
}

func (h *itemHosts) remove(is unique.Handle[item], host uint32) {
	p := h.of[is]
	if p.hosts.remove(host); !p.hosts.empty() {
		return
	}
	delete(h.of, is)
	key := strings.ToLower(is.Value().name)
	list := h.called[key]
	for i := range list {
		if list[i] == p {
			list[i] = list[len(list)-1]
			list = list[:len(list)-1]
			break
		}
	}
	if h.called[key] = list; len(list) == 0 {
		delete(h.called, key)
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
			for _, p := range h.called[key] {
				if i := p.item.Value(); i.called(name) && !yield(&i, &p.hosts) {
					return
				}
			}
		}
	}
}

// having is the hosts on which an item is of which something is true.
func (h *itemHosts) having(is func(*item) bool) *roaring.Bitmap {
	found := roaring.New()
	for _, p := range h.of {
		if i := p.item.Value(); is(&i) {
			p.hosts.into(found)
		}
	}
	return found
}

// shrink makes the bitmaps as small as they get.
func (h *itemHosts) shrink() {
	for _, p := range h.of {
		if p.hosts.many != nil {
			p.hosts.many.RunOptimize()
		}
	}
}

// systemHosts are the hosts of each system, and those of all that are not retired.
type systemHosts struct {
	of    map[string]*roaring.Bitmap
	alive *roaring.Bitmap
}

func newSystemHosts() *systemHosts {
	return &systemHosts{of: make(map[string]*roaring.Bitmap), alive: roaring.New()}
}

// put notes what a host is in the place of what it was; nil: nothing.
func (s *systemHosts) put(host uint32, had, has *entry) {
	if had != nil && (has == nil || had.os != has.os) {
		s.of[had.os.Value().System].Remove(host)
	}
	if has == nil || has.retired != nil {
		s.alive.Remove(host)
	} else {
		s.alive.Add(host)
	}
	if has == nil {
		return
	}
	system := has.os.Value().System
	if s.of[system] == nil {
		s.of[system] = roaring.New()
	}
	s.of[system].Add(host)
}
