package messages

// field is a field of a record of type T: its name on the wire, and how it is read and written. The tables of
// fields are the contract in code. Where a record may be a list, the order of its table is that of the list.
type field[T any] struct {
	name     string
	text     func(*T) *string   // where it stands, if it is a string; instead of read
	maxBytes int                // of that string
	read     func(*decoder, *T) // is not called for a nil
	write    func(*encoder, *T) // writes nothing where the field is absent
	required bool               // may be empty, but not absent
	late     bool               // comes last in a map, for the eye
}

// table is the fields of a record.
type table[T any] struct {
	list     []field[T]
	required uint32 // one bit each
	orList   bool   // the record may be a list of its fields instead of a map
}

// mapOf is the table of a record that is a map.
func mapOf[T any](fields ...field[T]) table[T] {
	t := table[T]{list: fields}
	for i, f := range fields {
		if f.required {
			t.required |= 1 << i
		}
	}
	return t
}

// mapOrListOf is the table of a record that may be a list, too.
func mapOrListOf[T any](fields ...field[T]) table[T] {
	t := mapOf(fields...)
	t.orList = true
	return t
}

// must returns f as a field that has to be there.
func must[T any](f field[T]) field[T] {
	f.required = true
	return f
}

// major is the field v of an event.
func major[T any]() field[T] {
	return field[T]{
		name:     "v",
		read:     func(d *decoder, _ *T) { d.major() },
		write:    func(e *encoder, _ *T) { e.integer(SchemaVersion) },
		required: true,
	}
}
