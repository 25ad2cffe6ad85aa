package wire

// endings are what the last few records of a list end with that end in different ways.
type endings[T any] struct {
	last [8]ending[T]
	next int // the one that is forgotten next
}

// ending is where the fields at the end of a record stand in what was written.
type ending[T any] struct {
	of         *T // nil: there is none
	begin, end int
	fields     int
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
