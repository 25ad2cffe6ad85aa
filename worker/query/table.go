package query

import (
	"cmp"
	"container/heap"
	"time"
	"unique"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// table is the hosts of an index. It does no I/O and knows no time; it is not safe for concurrent use.
type table struct {
	hosts   []*entry // by number; nil: the number is free
	numbers map[string]uint32
	free    []uint32
	have    *postings
	items   *itemHosts
	systems *systemHosts
	again   againHeap
	applies applying
	settled map[string]*entry // those whose reports the index made again, and no worker yet; others may be among them
}

func newTable() *table {
	return &table{numbers: make(map[string]uint32), have: newPostings(), items: newItemHosts(), systems: newSystemHosts(), settled: make(map[string]*entry)}
}

// put takes a host in, in the place of what was known of it.
func (t *table) put(e *entry, has []installation) {
	number, known := t.numbers[e.name]
	switch {
	case known:
		e.name, e.installed = t.hosts[number].name, t.hosts[number].installed
	case len(t.free) > 0:
		number, t.free = t.free[len(t.free)-1], t.free[:len(t.free)-1]
		e.installed = nothingInstalled
	default:
		number = uint32(len(t.hosts))
		t.hosts = append(t.hosts, nil)
		e.installed = nothingInstalled
	}
	before := t.hosts[number] // nil: it is new
	if before != nil {
		t.items.put(number, &before.items, &e.items)
	} else {
		t.items.put(number, new(heldItems), &e.items)
	}
	t.systems.put(number, before, e)
	t.numbers[e.name], t.hosts[number] = number, e
	e.outdated = t.applies.outdated(e)
	e.installed = t.have.put(number, e.installed, has)
	if e.againAt != 0 {
		heap.Push(&t.again, again{e, number})
	}
}

// remove forgets a host.
func (t *table) remove(name string) {
	number, known := t.numbers[name]
	if !known {
		return
	}
	t.have.put(number, t.hosts[number].installed, nil)
	t.items.put(number, &t.hosts[number].items, new(heldItems))
	t.systems.put(number, t.hosts[number], nil)
	delete(t.numbers, name)
	t.hosts[number] = nil
	t.free = append(t.free, number)
}

func (t *table) get(name string) *entry {
	number, known := t.numbers[name]
	if !known {
		return nil
	}
	return t.hosts[number]
}

// decide says of all hosts whether they are judged by what a library has for them.
func (t *table) decide(l *classify.Library) {
	t.applies = applying{library: l, by: make(map[classify.GroupKey]unique.Handle[messages.BaselineRef])}
	for _, e := range t.hosts {
		if e != nil {
			e.outdated = t.applies.outdated(e)
		}
	}
}

// applying remembers which baselines a library has for the groups of each system.
type applying struct {
	library *classify.Library // nil: not known yet
	by      map[classify.GroupKey]unique.Handle[messages.BaselineRef]
}

func (a *applying) outdated(e *entry) bool {
	if a.library == nil || e.scanAt == 0 {
		return false
	}
	group := cmp.Or(a.library.HostGroups[e.name], e.tagGroup.Value())
	key := classify.GroupKey{System: e.os.Value().System, Group: group}
	by, known := a.by[key]
	if !known {
		_, ref := a.library.Applies("", key.System, group)
		by = unique.Make(ref)
		a.by[key] = by
	}
	return by != e.baseline || group != e.group.Value()
}

// overdue takes out the hosts whose reports must be made again by a time.
func (t *table) overdue(now time.Time) (list []again) {
	for len(t.again) > 0 && t.again[0].overdue(now) {
		if a := heap.Pop(&t.again).(again); t.hosts[a.number] == a.entry {
			list = append(list, a)
		}
	}
	return list
}

// owe puts back what overdue took out.
func (t *table) owe(list []again) {
	for _, a := range list {
		heap.Push(&t.again, a)
	}
}

// doubt has all reports made again that the index made: the baselines or settings are others.
func (t *table) doubt() {
	for name, e := range t.settled {
		if number, known := t.numbers[name]; known && t.hosts[number] == e {
			e.againAt = 1
			heap.Push(&t.again, again{e, number})
		}
	}
	clear(t.settled)
}

// each calls visit for the hosts of a set, all where it is nil.
func (t *table) each(of *roaring.Bitmap, visit func(*entry)) {
	if of != nil {
		of.Iterate(func(number uint32) bool { visit(t.hosts[number]); return true })
		return
	}
	for _, e := range t.hosts {
		if e != nil {
			visit(e)
		}
	}
}

// again is a host whose report must be made again. It is out of date where the host is another entry by now.
type again struct {
	*entry
	number uint32
}

// againHeap has the first in front.
type againHeap []again

func (h againHeap) Len() int           { return len(h) }
func (h againHeap) Less(i, j int) bool { return h[i].againAt < h[j].againAt }
func (h againHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *againHeap) Push(x any)        { *h = append(*h, x.(again)) }
func (h *againHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = again{}
	*h = (*h)[:last]
	return a
}
