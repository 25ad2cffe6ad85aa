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
	stale  []*itemPosting            // see refresh
}

type itemPosting struct {
	item  unique.Handle[item]
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
func (h *itemHosts) gone(p *itemPosting, at nanos) {
	if at == 0 || at > p.first || p.stale {
		return
	}
	p.stale = true
	h.stale = append(h.stale, p)
}

// refreshed is about how many hosts are looked at each time for what is stale: a question does not wait for more.
const refreshed = 100_000

// refresh finds out anew since when items are so, of some whose first host went.
func (h *itemHosts) refresh(hosts []*entry) {
	for seen := 0; len(h.stale) > 0 && seen < refreshed; h.stale = h.stale[1:] {
		p := h.stale[0]
		p.first, p.stale = 0, false
		p.hosts.each(func(number uint32) {
			p.since(hosts[number].sinceOn(p.item))
			seen++
		})
	}
	if len(h.stale) == 0 {
		h.stale = nil
	}
}

// sinceOn is since when an item is so on a host; 0: not known.
func (e *entry) sinceOn(is unique.Handle[item]) nanos {
	at, _ := e.items.sinceOf(is)
	return at
}

func newItemHosts() *itemHosts {
	return &itemHosts{of: make(map[unique.Handle[item]]*itemPosting), called: make(map[string][]*itemPosting)}
}

// put notes the items of a host in the place of those that it had.
func (h *itemHosts) put(host uint32, had, has *heldItems) {
	if had.equal(has) {
		return
	}
	for i := range has.all() {
		p := h.at(i.item)
		p.hosts.add(host)
		p.since(i.since)
	}
	for i := range had.all() {
		if at, still := has.sinceOf(i.item); !still {
			h.remove(i, host)
		} else if at != i.since {
			h.gone(h.of[i.item], i.since)
		}
	}
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

func (h *itemHosts) remove(had heldItem, host uint32) {
	is := had.item
	p := h.of[is]
	h.gone(p, had.since)
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
