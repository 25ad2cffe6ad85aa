package wire

// endings remembers the last few ways in which records of a list ended.
type endings[T any] struct {
	last [8]ending[T]
	next int // which is forgotten next
}

// ending is where in the buffer the last fields of a record stand.
type ending[T any] struct {
	of         *T // nil: there is none
	begin, end int
	fields     int // how many of them are present
}

// writeMap is [writeMap] of a table that has [Table.EndingAlike].
func (s *endings[T]) writeMap(e *encoder, fields *Table[T], rec *T) {
	begin := e.beginMap(fields.most)
	n := writeFields(e, fields.inMap[:fields.rest], rec, 0)
	if e.err != nil {
		return
	}
	if like := s.like(fields, rec); like != nil {
		e.buf = append(e.buf, e.buf[like.begin:like.end]...)
		n += like.fields
	} else {
		rest := len(e.buf)
		all := writeFields(e, fields.inMap[fields.rest:], rec, n)
		s.last[s.next] = ending[T]{rec, rest, len(e.buf), all - n}
		s.next = (s.next + 1) % len(s.last)
		n = all
	}
	e.endMap(begin, fields.most, n)
}

func (s *endings[T]) like(fields *Table[T], rec *T) *ending[T] {
	for i := range s.last {
		if l := &s.last[i]; l.of != nil && fields.alike(l.of, rec) {
			return l
		}
	}
	return nil
}
