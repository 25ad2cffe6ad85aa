package messages

import "time"

// flag is a bool that is absent when false.
func flag[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) { *at(rec) = d.flag() },
		write: func(e *encoder, rec *T) {
			if *at(rec) {
				e.flag(true)
			}
		},
	}
}

// flagOrNil is a bool of which absent is not false.
func flagOrNil[T any](name string, at func(*T) **bool) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) { *at(rec) = new(d.flag()) },
		write: func(e *encoder, rec *T) {
			if b := *at(rec); b != nil {
				e.flag(*b)
			}
		},
	}
}

// intOrNil is an integer of which absent is not zero.
func intOrNil[T any](name string, at func(*T) **int) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) { *at(rec) = d.ints.one(d.int()) },
		write: func(e *encoder, rec *T) {
			if n := *at(rec); n != nil {
				e.integer(int64(*n))
			}
		},
	}
}

// instant is a time that is absent when zero.
func instant[T any](name string, at func(*T) *time.Time) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) { *at(rec) = d.instant() },
		write: func(e *encoder, rec *T) {
			if t := *at(rec); !t.IsZero() {
				e.instant(t)
			}
		},
	}
}

// counter is a number that is not negative. It is written even when zero.
func counter[T any](name string, at func(*T) *uint64) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			n := d.integer()
			if n < 0 {
				d.fail("must not be negative")
			}
			*at(rec) = uint64(n)
		},
		write: func(e *encoder, rec *T) { e.integer(int64(*at(rec))) },
	}
}

// records is a list of records, absent when empty.
func records[T, E any](name string, most int, fields table[E], at func(*T) *[]E) field[T] {
	return field[T]{
		name:  name,
		read:  func(d *decoder, rec *T) { *at(rec) = readRecords(d, fields, most) },
		write: func(e *encoder, rec *T) { writeRecords(e, fields, *at(rec)) },
	}
}

// allRecords is a list of records that is written even when empty.
func allRecords[T, E any](name string, most int, fields table[E], at func(*T) *[]E) field[T] {
	f := records(name, most, fields, at)
	f.write = func(e *encoder, rec *T) {
		if len(*at(rec)) == 0 {
			e.beginList(0)
			e.endList()
		}
		writeRecords(e, fields, *at(rec))
	}
	return f
}

// nested is a record that is a map.
func nested[T, E any](name string, fields table[E], at func(*T) *E) field[T] {
	return field[T]{
		name:  name,
		read:  func(d *decoder, rec *T) { readMap(d, fields, at(rec)) },
		write: func(e *encoder, rec *T) { writeMap(e, fields, at(rec)) },
	}
}

// nestedOrNil is a record that is a map, or absent.
func nestedOrNil[T, E any](name string, fields table[E], at func(*T) **E) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			*at(rec) = new(E)
			readMap(d, fields, *at(rec))
		},
		write: func(e *encoder, rec *T) {
			if inner := *at(rec); inner != nil {
				writeMap(e, fields, inner)
			}
		},
	}
}
