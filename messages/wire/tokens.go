package wire

import "time"

// tokens reads a payload value by value, in one of the two formats. What is read into the structs, in which
// order and within which bounds is the decoder's business and the same for both.
//
// A method that does not find what it wants notes that as a problem and returns nothing of use. After the
// first problem no method reads on and no list or map has more elements.
type tokens struct {
	cursor
	format Format
}

func (t *tokens) pack() packReader { return packReader{&t.cursor} }
func (t *tokens) json() jsonReader { return jsonReader{&t.cursor} }

// null passes a nil, if that is what comes next.
func (t *tokens) null() bool {
	if t.format == JSON {
		return t.json().null()
	}
	return t.pack().null()
}

// flag passes true or false.
func (t *tokens) flag() bool {
	if t.format == JSON {
		return t.json().flag()
	}
	return t.pack().flag()
}

// integer passes an integer, or a float without a fraction.
func (t *tokens) integer() int64 {
	if t.format == JSON {
		return t.json().integer()
	}
	return t.pack().integer()
}

// text passes a string. What it returns is valid until the next call, and not always UTF-8.
func (t *tokens) text(maxBytes int) []byte {
	if t.format == JSON {
		return t.json().text(maxBytes)
	}
	return t.pack().text(maxBytes)
}

// instant passes a time and returns it in UTC.
func (t *tokens) instant() time.Time {
	if t.format == JSON {
		return t.json().instant()
	}
	return t.pack().instant()
}

// isList reports whether a list comes next. It passes nothing.
func (t *tokens) isList() bool {
	if t.format == JSON {
		return t.json().isList()
	}
	return t.pack().isList()
}

// openList begins a list and returns how many elements it claims to have, 0 in JSON, which does not say.
func (t *tokens) openList() (claimed int) {
	if t.format == JSON {
		return t.json().openList()
	}
	return t.pack().openList()
}

// openMap begins a map.
func (t *tokens) openMap() {
	if t.format == JSON {
		t.json().openMap()
	} else {
		t.pack().openMap()
	}
}

// more reports whether the innermost list or map goes on. Where it does not, it is closed.
func (t *tokens) more() bool {
	if t.format == JSON {
		return t.json().more()
	}
	return t.pack().more()
}

// element passes nils in the innermost list, the next element of which is the one at i, and returns the
// position of the first element that is not nil. Where there is none, the list is closed.
func (t *tokens) element(i int) (int, bool) {
	if t.format == JSON {
		return t.json().element(i)
	}
	return t.pack().element(i)
}

// key passes the key of a pair of a map. What it returns is valid until the next call.
func (t *tokens) key() []byte {
	if t.format == JSON {
		return t.json().key()
	}
	return t.pack().key()
}

// skip passes any value, whatever is in it.
func (t *tokens) skip() {
	if t.format == JSON {
		skipValue(&t.cursor, t.json())
	} else {
		skipValue(&t.cursor, t.pack())
	}
}

// end checks that nothing follows.
func (t *tokens) end() {
	if t.format == JSON {
		t.json().peek() // past white space
	}
	if t.err == nil && t.left() > 0 {
		t.fail("%d bytes follow the message", t.left())
	}
}
