package query

import (
	"cmp"
	"slices"
)

// arrange ends the gathering. Hosts that are alike get numbers one after the other: so the sets of those that have a package, or lack an update,
// are a few runs, and what each has is kept against what the one before it has.
func (t *table) arrange() {
	hosts := slices.DeleteFunc(t.hosts, func(e *entry) bool { return e == nil })
	slices.SortFunc(hosts, byKind(hosts))
	t.hosts, t.free, t.again, t.arranged = slices.Clip(hosts), nil, nil, true
	t.items.bases, t.have.bases = make(bases), make(bases)
	t.items.trails, t.have.trails = make(trails), make(trails)
	items, installed := make(runs, len(t.items.list)), make(runs, len(t.have.list))
	var sorted []uint32 // of one at a time
	for at, e := range t.hosts {
		number := uint32(at)
		t.numbers[e.name] = number
		t.systems.put(number, nil, e)
		t.remind(number, e)
		sorted = installed.add(number, &e.installed, t.have.hosts, sorted[:0])
		e.installed = t.have.bases.keep(e.like(), sorted)
		for i := range e.items.all() {
			t.items.list[i.number].since(i.since)
		}
		sorted = items.add(number, &e.items.list, t.items.hosts, sorted[:0])
		e.items.list = t.items.bases.keep(e.like(), sorted)
	}
	items.end(t.items.hosts)
	installed.end(t.have.hosts)
	t.items.tidy()
	t.have.tidy()
}

// byKind orders hosts by what they are called alike by, and then by the sets that theirs are kept against.
func byKind(hosts []*entry) func(a, b *entry) int {
	kinds := make(map[*string]int)
	for _, e := range hosts {
		for _, base := range []*string{e.installed.base, e.items.list.base} {
			if _, known := kinds[base]; !known {
				kinds[base] = len(kinds)
			}
		}
	}
	return func(a, b *entry) int {
		return cmp.Or(
			a.like().compare(b.like()), kinds[a.installed.base]-kinds[b.installed.base], kinds[a.items.list.base]-kinds[b.items.list.base],
			cmp.Compare(a.name, b.name),
		)
	}
}

func (l likeness) compare(other likeness) int {
	return cmp.Or(cmp.Compare(l.system, other.system), cmp.Compare(l.product, other.product), cmp.Compare(l.group, other.group))
}

// runs are, of sets of hosts, the hosts one after the other that were added last, which are not in the set yet.
type runs []struct{ from, to uint32 }

// add adds a host, behind all that were added, to the sets of some numbers, and appends these to a list.
func (r runs) add(host uint32, of *numbers, set func(uint32) *hostSet, sorted []uint32) []uint32 {
	for number := range of.each {
		if run := &r[number]; run.to != host {
			set(number).addAll(run.from, run.to)
			run.from = host
		}
		r[number].to = host + 1
		sorted = append(sorted, number)
	}
	return sorted
}

func (r runs) end(set func(uint32) *hostSet) {
	for number, run := range r {
		set(uint32(number)).addAll(run.from, run.to)
	}
}

func (h *itemHosts) hosts(number uint32) *hostSet { return &h.list[number].hosts }
func (p *postings) hosts(at uint32) *hostSet      { return &p.list[at].hosts }

// tidy forgets the items that are on no host, and makes the sets as small as they get.
func (h *itemHosts) tidy() {
	for number := range h.list {
		switch p := &h.list[number]; {
		case !p.hosts.empty():
			p.hosts.shrink()
		case p.item != item{}:
			h.drop(uint32(number))
		}
	}
}

// tidy does the same of packages.
func (p *postings) tidy() {
	for at := range p.list {
		switch of := &p.list[at]; {
		case !of.hosts.empty():
			of.hosts.shrink()
		case of.of != nil:
			p.drop(uint32(at))
		}
	}
}
