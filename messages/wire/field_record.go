package wire

// Records is a list of records, absent when empty. Where most is zero, it has no bound of its own. If the record to be read into has an empty
// list with room, that is filled first: it must be zero.
func Records[T, E any](name string, most int, fields Table[E], at func(*T) *[]E) Field[T] {
	read := func(d *decoder, rec *T) { *at(rec) = readRecords(d, fields, most, *at(rec)) }
	write := func(e *encoder, rec *T) { writeRecords(e, &fields, *at(rec), most) }
	if most == 0 {
		read = func(d *decoder, rec *T) {
			*at(rec) = readRecords(d, fields, MaxListItems, *at(rec))
			d.countItems(len(*at(rec)))
		}
		write = func(e *encoder, rec *T) {
			writeRecords(e, &fields, *at(rec), MaxListItems)
			e.countItems(len(*at(rec)))
		}
	}
	return Field[T]{
		name:   name,
		read:   read,
		write:  write,
		absent: func(rec *T) bool { return len(*at(rec)) == 0 },
	}
}

// ShortRecords is a list of records, absent when empty, of which a message has many: the lists share memory. There
// are at most that many in one list, and mostInAll in all lists of the message; what names them in the error.
func ShortRecords[T, E any](name string, most, mostInAll int, what string, fields Table[E], at func(*T) *[]E) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			all := listsOf[E](d)
			d.list(most, func(int) {
				if all.n++; all.n > mostInAll {
					d.fail("is beyond %d %s", mostInAll, what)
					return
				}
				readRecord(d, fields, all.next())
			})
			*at(rec) = all.cut()
		},
		write: func(e *encoder, rec *T) {
			e.countShort(len(*at(rec)), mostInAll, what)
			writeRecords(e, &fields, *at(rec), most)
		},
		absent: func(rec *T) bool { return len(*at(rec)) == 0 },
	}
}

// Nested is a record that is a map. It is always written.
func Nested[T, E any](name string, fields Table[E], at func(*T) *E) Field[T] {
	return Field[T]{
		name:  name,
		read:  func(d *decoder, rec *T) { readMap(d, fields, at(rec)) },
		write: func(e *encoder, rec *T) { writeMap(e, &fields, at(rec)) },
	}
}

// NestedOrNil is a record that is a map, or absent.
func NestedOrNil[T, E any](name string, fields Table[E], at func(*T) **E) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			*at(rec) = new(E)
			readMap(d, fields, *at(rec))
		},
		write:  func(e *encoder, rec *T) { writeMap(e, &fields, *at(rec)) },
		absent: func(rec *T) bool { return *at(rec) == nil },
	}
}
