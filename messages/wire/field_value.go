package wire

import (
	"math"
	"time"
)

// Flag is a bool, absent when false.
func Flag[T any](name string, at func(*T) *bool) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = d.flag() },
		write:  func(e *encoder, rec *T) { e.flag(*at(rec)) },
		absent: func(rec *T) bool { return !*at(rec) },
	}
}

// FlagOrNil is a bool of which absent is not false.
func FlagOrNil[T any](name string, at func(*T) **bool) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = new(d.flag()) },
		write:  func(e *encoder, rec *T) { e.flag(**at(rec)) },
		absent: func(rec *T) bool { return *at(rec) == nil },
	}
}

// Int is an integer, absent when zero.
func Int[T any](name string, at func(*T) *int) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = d.int() },
		write:  func(e *encoder, rec *T) { e.integer(int64(*at(rec))) },
		absent: func(rec *T) bool { return *at(rec) == 0 },
	}
}

// IntOrNil is an integer of which absent is not zero.
func IntOrNil[T any](name string, at func(*T) **int) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = d.ints.one(d.int()) },
		write:  func(e *encoder, rec *T) { e.integer(int64(**at(rec))) },
		absent: func(rec *T) bool { return *at(rec) == nil },
	}
}

// Ints is a list of integers without a bound of its own, absent when empty.
func Ints[T any](name string, at func(*T) *[]int) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = readItems(d, &d.ints, d.int) },
		write:  func(e *encoder, rec *T) { writeItems(e, *at(rec), func(n int) { e.integer(int64(n)) }) },
		absent: func(rec *T) bool { return len(*at(rec)) == 0 },
	}
}

// IntMap is a map of integers whose keys are not fields. It is always written.
func IntMap[T any, M ~map[string]int](name string, most int, at func(*T) *M) Field[T] {
	return Field[T]{
		name:  name,
		read:  func(d *decoder, rec *T) { *at(rec) = readPairs(d, most, d.int) },
		write: func(e *encoder, rec *T) { writePairs(e, *at(rec), most, func(n int) { e.integer(int64(n)) }) },
	}
}

// Counter is a number that is not negative. It is always written.
func Counter[T any](name string, at func(*T) *uint64) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			n := d.integer()
			if n < 0 {
				d.fail("must not be negative")
			}
			*at(rec) = uint64(n)
		},
		write: func(e *encoder, rec *T) {
			n := *at(rec)
			if n > math.MaxInt64 {
				e.fail("is out of range")
			}
			e.integer(int64(n))
		},
	}
}

// Instant is a time, absent when zero.
func Instant[T any](name string, at func(*T) *time.Time) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = d.instant() },
		write:  func(e *encoder, rec *T) { e.instant(*at(rec)) },
		absent: func(rec *T) bool { return at(rec).IsZero() },
	}
}
