package wire

// slab cuts the many short lists of one event from few long arrays. The arrays grow with what was added.
type slab[T any] struct {
	run  []T // the list being made; its capacity is the rest of the array
	size int // of the array
}

const maxSlab = 224

// next appends an element that is zero to the list being made. The pointer is good until the next call.
func (s *slab[T]) next() *T {
	n := len(s.run)
	if n == cap(s.run) {
		s.size = max(min(2*s.size, maxSlab), 8, n)
		run := make([]T, n, n+s.size)
		copy(run, s.run)
		s.run = run
	}
	s.run = s.run[:n+1] // never used before, hence zero
	return &s.run[n]
}

// cut ends the list and returns it, nil where nothing was added. Appending to it does not touch its neighbours.
func (s *slab[T]) cut() []T {
	n := len(s.run)
	if n == 0 {
		return nil
	}
	list := s.run[:n:n]
	s.run = s.run[n:]
	return list
}

// one returns a pointer to a copy of v.
func (s *slab[T]) one(v T) *T {
	p := s.next()
	*p = v
	s.cut()
	return p
}

// lists is the slab for the short lists of one type of records, and how many records all of them have.
type lists[E any] struct {
	slab[E]
	n int
}

// emptier is a [lists] of any type.
type emptier interface{ empty() }

func (l *lists[E]) empty() { *l = lists[E]{} }

// listsOf returns the decoder's slab for lists of E.
func listsOf[E any](d *decoder) *lists[E] {
	for _, some := range d.lists {
		if l, ok := some.(*lists[E]); ok {
			return l
		}
	}
	l := new(lists[E])
	d.lists = append(d.lists, l)
	return l
}
