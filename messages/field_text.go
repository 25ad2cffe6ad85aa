package messages

// text is a string that is absent when empty.
func text[T any](name string, at func(*T) *string) field[T] {
	return bounded(name, MaxStringBytes, at)
}

// version is a version string that is absent when empty.
func version[T any](name string, at func(*T) *string) field[T] {
	return bounded(name, MaxVersionBytes, at)
}

// longText is what a baseline says, as it was written there. It is absent when empty.
func longText[T any](name string, at func(*T) *string) field[T] {
	return bounded(name, maxRuleBytes, at)
}

func bounded[T any](name string, maxBytes int, at func(*T) *string) field[T] {
	return field[T]{
		name:     name,
		text:     at,
		maxBytes: maxBytes,
		write: func(e *encoder, rec *T) {
			if s := *at(rec); s != "" {
				e.text(s)
			}
		},
	}
}

// word is a string of a type of its own that is absent when empty.
func word[T any, S ~string](name string, at func(*T) *S) field[T] {
	f := filled(name, at)
	f.write = func(e *encoder, rec *T) {
		if s := *at(rec); s != "" {
			e.text(string(s))
		}
	}
	return f
}

// filled is a string that is written even when empty.
func filled[T any, S ~string](name string, at func(*T) *S) field[T] {
	return field[T]{
		name:  name,
		read:  func(d *decoder, rec *T) { *at(rec) = S(d.keep(MaxStringBytes)) },
		write: func(e *encoder, rec *T) { e.text(string(*at(rec))) },
	}
}

// versionOrNil is a version string that may be there and empty.
func versionOrNil[T any](name string, at func(*T) **string) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) { *at(rec) = d.strings.one(d.keep(MaxVersionBytes)) },
		write: func(e *encoder, rec *T) {
			if s := *at(rec); s != nil {
				e.text(*s)
			}
		},
	}
}

// texts is a list of strings.
func texts[T any](name string, at func(*T) *[]string) field[T] {
	return field[T]{
		name: name,
		read: func(d *decoder, rec *T) {
			d.openList()
			for i, ok := d.element(0); ok; i, ok = d.element(i + 1) {
				*d.strings.next() = d.keep(MaxStringBytes)
				if d.countItems(1); d.err != nil {
					d.err.withinItem(i)
					break
				}
			}
			*at(rec) = d.strings.cut()
		},
		write: func(e *encoder, rec *T) {
			writeAll(e, *at(rec), func(s *string) { e.text(*s) })
		},
	}
}
