package wire

import "slices"

// Field is a field of a record of type T: its name on the wire, and how it is read and written. The functions that
// make one take the name and, of a record, the place of its value.
type Field[T any] struct {
	name     string
	key      key                // the name as it begins a pair of a map
	text     func(*T) *string   // where it stands, if it is a string; instead of read and write
	word     func(*T) string    // what it says, if it is a string of another type; instead of write
	maxBytes int                // of that string
	read     func(*decoder, *T) // is not called for a nil
	write    func(*encoder, *T)
	absent   func(*T) bool // whether it is left out; nil: never
	major    int64         // of the field [Major]
	required bool          // may be empty, but not absent
	appended bool          // came later than others; see [Field.Appended]
	late     bool          // comes last in a map, for the eye
}

// Required returns f as a field that has to be in every payload. It may be empty there.
func (f Field[T]) Required() Field[T] {
	f.required = true
	return f
}

// Always returns f as a field that is written even when empty.
func (f Field[T]) Always() Field[T] {
	f.absent = nil
	return f
}

// Appended returns f as a field that came after lists had been written without it. In a list the place alone says which field a
// value is: one of another kind is something else that another writer put there, and is passed, as it was before the field came.
func (f Field[T]) Appended() Field[T] {
	f.appended = true
	return f
}

// Late returns f as a field that is written behind the others where the record is a map.
func (f Field[T]) Late() Field[T] {
	f.late = true
	return f
}

// Table is the fields of a record.
type Table[T any] struct {
	list     []Field[T]
	inMap    []Field[T] // in the order in which a map is written
	required uint32     // one bit each
	most     int        // fields for which the head of a map is made
	major    int64      // 0: without one
	orList   bool       // the record may be a list of its fields instead of a map

	alike func(a, b *T) bool // see [Table.EndingAlike]; nil: each record is written by itself
	rest  int                // where in inMap the fields begin that alike compares
}

// MapOf is the table of a record that is a map, of at most 32 fields.
func MapOf[T any](fields ...Field[T]) Table[T] {
	t := Table[T]{list: fields, inMap: make([]Field[T], 0, len(fields)), most: len(fields)}
	for i, f := range fields {
		fields[i].key = keyOf(f.name)
		if f.required {
			t.required |= 1 << i
		}
		t.major = max(t.major, f.major)
	}
	for _, late := range [...]bool{false, true} {
		for _, f := range fields {
			if f.late == late {
				t.inMap = append(t.inMap, f)
			}
		}
	}
	return t
}

// EndingAlike returns t as a table of records of which many, in one list, have the same in all fields behind the first ones. In MessagePack
// those bytes are then copied from a record before. alike reports whether two records have the same there; it may say no of some that have.
// Not for a table that has Grown: the head of its map may become longer, and move what was written.
func (t Table[T]) EndingAlike(first int, alike func(a, b *T) bool) Table[T] {
	t.rest, t.alike = first, alike
	return t
}

// Grown returns t as a table that had at most 15 fields in the first release. A map of no more than that keeps the head
// that it had then: equal records are equal bytes from release to release.
func (t Table[T]) Grown() Table[T] {
	t.most = smallMap
	return t
}

// Without returns the table of a record of which some fields are kept elsewhere: they are not written, and passed where they
// are read.
func (t Table[T]) Without(names ...string) Table[T] {
	var rest []Field[T]
	for _, f := range t.list {
		if !slices.Contains(names, f.name) {
			rest = append(rest, f)
		}
	}
	return MapOf(rest...)
}

// MapOrListOf is the table of a record that may be a list of its fields in the order of the table, too. It has at most
// 15 fields. In MessagePack we write the list.
func MapOrListOf[T any](fields ...Field[T]) Table[T] {
	t := MapOf(fields...)
	t.orList = true
	return t
}

// majorName is the name of the field by which a reader tells whether a payload is written for it.
const majorName = "v"

// Major is the field v, the major version of a payload: always written, required, and refused where it is another.
func Major[T any](version int64) Field[T] {
	return Field[T]{
		name: majorName,
		read: func(d *decoder, _ *T) {
			if v := d.integer(); v != version {
				d.fail(otherMajor, v, version)
			}
		},
		write:    func(e *encoder, _ *T) { e.integer(version) },
		major:    version,
		required: true,
	}
}
