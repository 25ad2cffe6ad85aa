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

// table is the hosts of an index. It does no I/O and knows no time; it is not safe for concurrent use. At first it gathers hosts, and knows what each has;
// which hosts have what it knows once it was arranged.
type table struct {
	hosts    []*entry // by number; nil: the number is free
	numbers  map[string]uint32
	free     []uint32
	commons  commons
	have     *postings
	items    *itemHosts
	systems  *systemHosts
	arranged bool
	again    againHeap
	applies  applying
	settled  map[string]*entry // those whose reports the index made again, and no worker yet; others may be among them
}

func newTable() *table {
	return &table{
		numbers: make(map[string]uint32), commons: make(commons), have: newPostings(), items: newItemHosts(), systems: newSystemHosts(),
		settled: make(map[string]*entry),
	}
}

// put takes a host in, in the place of what was known of it.
func (t *table) put(e *entry, has contents) {
	number, known := t.numbers[e.name]
	switch {
	case known:
		e.name = t.hosts[number].name
	case len(t.free) > 0:
		number, t.free = t.free[len(t.free)-1], t.free[:len(t.free)-1]
	default:
		number = uint32(len(t.hosts))
		t.hosts = append(t.hosts, nil)
	}
	before := t.hosts[number] // nil: it is new
	t.commons.take(e)
	e.items, e.installed = t.items.keep(e.like(), has.items), t.have.keep(e.like(), has.installed)
	t.numbers[e.name], t.hosts[number] = number, e
	e.outdated = t.applies.outdated(e)
	t.move(number, before, e)
	t.remind(number, e)
}

// remove forgets a host.
func (t *table) remove(name string) {
	number, known := t.numbers[name]
	if !known {
		return
	}
	t.move(number, t.hosts[number], nil)
	delete(t.numbers, name)
	t.hosts[number] = nil
	t.free = append(t.free, number)
}

// move notes what a host has in the place of what it had; nil: it was, or is, none.
func (t *table) move(number uint32, before, after *entry) {
	if before != nil {
		t.commons.release(before)
	}
	if !t.arranged {
		return
	}
	t.systems.put(number, before, after)
	had, has := before, after
	if had == nil {
		had = new(entry)
	}
	if has == nil {
		has = new(entry)
	}
	t.items.move(number, &had.items, &has.items)
	t.have.move(number, &had.installed, &has.installed)
}

// remind has a host made again in its time.
func (t *table) remind(number uint32, e *entry) {
	if e.againAt != 0 {
		heap.Push(&t.again, again{e, number})
	}
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
			t.remind(number, e)
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
