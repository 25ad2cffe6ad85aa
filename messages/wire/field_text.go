package wire

// Text is a string, absent when empty.
func Text[T any](name string, maxBytes int, at func(*T) *string) Field[T] {
	return Field[T]{
		name:     name,
		text:     at,
		maxBytes: maxBytes,
		absent:   func(rec *T) bool { return *at(rec) == "" },
	}
}

// Word is a string of a type of its own, absent when empty.
func Word[T any, S ~string](name string, maxBytes int, at func(*T) *S) Field[T] {
	return Field[T]{
		name:     name,
		read:     func(d *decoder, rec *T) { *at(rec) = S(d.keep(maxBytes)) },
		word:     func(rec *T) string { return string(*at(rec)) },
		maxBytes: maxBytes,
		absent:   func(rec *T) bool { return *at(rec) == "" },
	}
}

// TextOrNil is a string of which absent is not empty.
func TextOrNil[T any](name string, maxBytes int, at func(*T) **string) Field[T] {
	return Field[T]{
		name:   name,
		read:   func(d *decoder, rec *T) { *at(rec) = d.strings.one(d.keep(maxBytes)) },
		write:  func(e *encoder, rec *T) { e.text(**at(rec), maxBytes) },
		absent: func(rec *T) bool { return *at(rec) == nil },
	}
}

// Texts is a list of strings without a bound of its own, absent when empty.
func Texts[T any](name string, at func(*T) *[]string) Field[T] {
	return LongTexts(name, MaxStringBytes, at)
}

// LongTexts is [Texts] of another bound for each string.
func LongTexts[T any](name string, maxBytes int, at func(*T) *[]string) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			*at(rec) = readItems(d, &d.strings, func() string { return d.keep(maxBytes) })
		},
		write:  func(e *encoder, rec *T) { writeItems(e, *at(rec), func(s string) { e.text(s, maxBytes) }) },
		absent: func(rec *T) bool { return len(*at(rec)) == 0 },
	}
}

// TextsOrNil is a list of strings of which absent, when nil, is not empty.
func TextsOrNil[T any](name string, at func(*T) *[]string) Field[T] {
	f := Texts(name, at)
	read := f.read
	f.read = func(d *decoder, rec *T) {
		if read(d, rec); *at(rec) == nil {
			*at(rec) = []string{}
		}
	}
	f.absent = func(rec *T) bool { return *at(rec) == nil }
	return f
}

// TextMap is a map of strings whose keys are not fields, absent when empty.
func TextMap[T any](name string, most int, at func(*T) *map[string]string) Field[T] {
	return Field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			*at(rec) = readPairs(d, most, func() string { return d.keep(MaxStringBytes) })
		},
		write:  func(e *encoder, rec *T) { writePairs(e, *at(rec), most, func(s string) { e.text(s, MaxStringBytes) }) },
		absent: func(rec *T) bool { return len(*at(rec)) == 0 },
	}
}
