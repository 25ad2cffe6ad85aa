package wire

import (
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// container is a list or map that was begun and did not end yet.
type container struct {
	left    int  // MessagePack: how many elements or pairs are still to come; no more than bytes are
	begun   bool // JSON: whether the next element follows a comma
	closing byte // JSON: ] or }
}

// cursor is how far the reader of a payload has got. The readers of both formats build on it.
type cursor struct {
	err     *FieldError // the first problem; its field is named from the inside out, see within
	data    []byte
	pos     int
	inside  [maxNesting]container // innermost last
	depth   int                   // how many of them
	scratch []byte                // for strings that do not stand in data as they are
}

func (c *cursor) reset(data []byte) {
	*c = cursor{data: data, scratch: c.scratch[:0]}
}

// begin goes into a list or map.
func (c *cursor) begin(inner container) {
	if c.depth == maxNesting {
		c.fail("is nested deeper than %d lists and maps", maxNesting)
		return
	}
	c.inside[c.depth] = inner
	c.depth++
}

// innermost returns the list or map that the cursor is in. There has to be one.
func (c *cursor) innermost() *container { return &c.inside[c.depth-1] }

func (c *cursor) left() int { return len(c.data) - c.pos }

// stuck reports whether reading cannot go on: a problem was found, or nothing is left.
func (c *cursor) stuck() bool { return c.err != nil || c.pos >= len(c.data) }

// fail notes a problem with what is being read. Only the first one counts.
func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = &FieldError{Problem: fmt.Sprintf(format, args...)}
	}
}

func (c *cursor) failEnds() { c.fail("the payload ends in the middle of it") }

// failLonger notes that a string is beyond its bound.
func (c *cursor) failLonger(maxBytes int) { c.fail(longerThan, maxBytes) }

// longerThan is the problem of a string that is beyond its bound.
const longerThan = "is longer than %d bytes"

// bounded returns b where it is within its bound.
func (c *cursor) bounded(b []byte, maxBytes int) []byte {
	if len(b) > maxBytes {
		c.failLonger(maxBytes)
		return nil
	}
	return b
}

// whole returns the integer that a float without a fraction stands for.
func (c *cursor) whole(f float64) int64 {
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		c.fail("must be an integer")
		return 0
	}
	if f < -(1<<63) || f >= 1<<63 {
		c.fail("is out of range")
		return 0
	}
	return int64(f)
}

func (c *cursor) parseInstant(b []byte) time.Time {
	if c.err != nil {
		return time.Time{}
	}
	t, problem := parseInstant(b)
	if problem != "" {
		c.fail("%s", problem)
	}
	return t
}

// toUTF8 returns b where it is UTF-8, and otherwise a copy in which U+FFFD stands for each byte that is not.
func toUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return appendUTF8(nil, string(b))
}

// TextBytes returns how long a string is in a payload, where three bytes stand for each that is not UTF-8.
func TextBytes(s string) int {
	if utf8.ValidString(s) {
		return len(s)
	}
	return len(appendUTF8(nil, s))
}

func appendUTF8(dst []byte, s string) []byte {
	for _, r := range s {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
