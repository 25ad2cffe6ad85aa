package query

// trails are the numbers of what the last host of each likeness had, in the order in which it had it: the next one has nearly the same, and
// what it has is found beside what was found before, without looking for it by name.
type trails map[likeness]*trail

type trail struct {
	last []uint32
	next int // where the next one likely is
}

// mostTrails bounds how many there are: each takes four bytes for each package of a host.
const mostTrails = 256

// of returns the trail of a likeness, from its beginning.
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

// ahead is how many numbers are looked at. Where a host has more things in a row of its own, those that follow on the next are looked for by name.
const ahead = 16

// find returns the number of which something is true, if it is near.
func (t *trail) find(is func(number uint32) bool) (number uint32, found bool) {
	for i, number := range t.last[t.next:min(t.next+ahead, len(t.last))] {
		if is(number) {
			t.next += i + 1
			return number, true
		}
	}
	return 0, false
}

// keep has the next host follow what this one has.
func (t *trail) keep(numbers []uint32) { t.last = append(t.last[:0], numbers...) }
