package query

// trails remembers for each likeness the numbers of what the last host of it had, in the order in which they came. The next host has nearly
// the same in the same order: most things are found by going along, and not by name.
type trails map[likeness]*trail

type trail struct {
	last []uint32
	next int // position in last of what likely comes next
}

// mostTrails bounds how many there are: each takes four bytes for each package of a host.
const mostTrails = 256

// of returns the trail of a likeness, to be followed from its beginning.
func (t trails) of(l likeness) *trail {
	if t[l] == nil {
		if len(t) == mostTrails {
			clear(t)
		}
		t[l] = new(trail)
	}
	t[l].next = 0
	return t[l]
}

// ahead is how many numbers are looked at. What stands farther ahead is looked for by name.
const ahead = 16

// find returns the first number of those ahead of which something is true.
func (t *trail) find(is func(number uint32) bool) (number uint32, found bool) {
	for i, number := range t.last[t.next:min(t.next+ahead, len(t.last))] {
		if is(number) {
			t.next += i + 1
			return number, true
		}
	}
	return 0, false
}

// keep makes a trail of what this host has, for the next one.
func (t *trail) keep(numbers []uint32) { t.last = append(t.last[:0], numbers...) }
