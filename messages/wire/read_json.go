package wire

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// jsonReader reads JSON as RFC 8259 has it, except that bytes which are not UTF-8 and halves of surrogate
// pairs become U+FFFD.
type jsonReader struct{ *cursor }

func (r jsonReader) null() bool { return r.literal("null") }

func (r jsonReader) flag() bool {
	if r.literal("true") {
		return true
	}
	if !r.literal("false") {
		r.failValue("must be true or false")
	}
	return false
}

// literal passes that word, if it is what comes next.
func (r jsonReader) literal(word string) bool {
	if r.peek() != word[0] || r.left() < len(word) || string(r.data[r.pos:r.pos+len(word)]) != word {
		return false
	}
	r.pos += len(word)
	return true
}

func (r jsonReader) integer() int64 {
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		r.failValue("must be an integer")
		return 0
	}
	text := r.number()
	const longest = 64 // no number in the range of an integer needs more
	if r.err != nil || len(text) > longest {
		r.fail("is out of range")
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err == nil {
		return n
	}
	if !bytes.ContainsAny(text, ".eE") {
		r.fail("is out of range")
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		r.fail("is out of range")
	}
	return r.whole(f)
}

// number passes a number: a sign, an integer without leading zeros, a fraction, an exponent.
func (r jsonReader) number() []byte {
	start := r.pos
	r.passAny("-")
	if !r.passAny("0") && r.digits() == 0 {
		r.failSyntax()
	}
	if r.passAny(".") && r.digits() == 0 {
		r.failSyntax()
	}
	if r.passAny("eE") {
		r.passAny("+-")
		if r.digits() == 0 {
			r.failSyntax()
		}
	}
	return r.data[start:r.pos]
}

func (r jsonReader) digits() int {
	start := r.pos
	for r.pos < len(r.data) && '0' <= r.data[r.pos] && r.data[r.pos] <= '9' {
		r.pos++
	}
	return r.pos - start
}

// passAny passes one byte, if it is one of these.
func (r jsonReader) passAny(of string) bool {
	if r.pos == len(r.data) || strings.IndexByte(of, r.data[r.pos]) < 0 {
		return false
	}
	r.pos++
	return true
}

func (r jsonReader) instant() time.Time {
	if r.peek() != '"' {
		r.failValue("must be a time")
		return time.Time{}
	}
	return r.parseInstant(r.text(MaxStringBytes))
}

func (r jsonReader) isList() bool { return r.peek() == '[' }

func (r jsonReader) openList() int {
	r.open('[', ']', "must be a list")
	return 0
}

func (r jsonReader) openMap() { r.open('{', '}', "must be a map") }

func (r jsonReader) open(opening, closing byte, want string) {
	if r.peek() != opening {
		r.failValue(want)
		return
	}
	r.pos++
	r.begin(container{closing: closing})
}

func (r jsonReader) more() bool {
	next := r.peek()
	if r.err != nil {
		return false
	}
	in := r.innermost()
	switch {
	case next == in.closing:
		r.pos++
		r.depth--
		return false
	case !in.begun:
		in.begun = true
		return true
	case next != ',':
		r.failSyntax()
		return false
	}
	r.pos++
	return true
}

func (r jsonReader) element(i int) (int, bool) {
	for ; r.more(); i++ {
		if !r.null() {
			return i, true
		}
	}
	return i, false
}

func (r jsonReader) key() []byte {
	if r.peek() != '"' {
		r.failSyntax()
		return nil
	}
	key := r.text(MaxStringBytes)
	if r.peek() != ':' {
		r.failSyntax()
		return nil
	}
	r.pos++
	return key
}

func (r jsonReader) skipHead() {
	switch c := r.peek(); {
	case c == '[':
		r.openList()
	case c == '{':
		r.openMap()
	case c == '"':
		r.quoted()
	case c == '-' || '0' <= c && c <= '9':
		r.number()
	case !r.null() && !r.literal("true") && !r.literal("false"):
		r.failSyntax()
	}
}

// peek passes white space and returns the byte after it, 0 where nothing is left.
func (r jsonReader) peek() byte {
	for ; r.err == nil && r.pos < len(r.data); r.pos++ {
		switch c := r.data[r.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// failValue says that the next value is not what was wanted, or that none comes next.
func (r jsonReader) failValue(want string) {
	switch c := r.peek(); {
	case c == '"' || c == '{' || c == '[' || c == '-' || '0' <= c && c <= '9' ||
		r.null() || r.literal("true") || r.literal("false"):
		r.fail("%s", want)
	default:
		r.failSyntax()
	}
}

// failSyntax says that what comes next cannot stand there.
func (r jsonReader) failSyntax() {
	if r.stuck() {
		r.failEnds()
		return
	}
	r.fail("is not JSON: %q cannot stand at byte %d", r.data[r.pos], r.pos)
}
