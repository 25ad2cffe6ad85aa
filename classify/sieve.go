package classify

import "unicode/utf8"

// What is in none of these sieves is none of the texts that were added, and is looked up in no map. One that is nil has none.

// sizes has by first byte a bit for each length, modulo 64.
type sizes [256]uint64

func (s *sizes) add(text string) {
	if n := len(text); n > 0 {
		s[text[0]] |= 1 << (n % 64)
	}
}

func (s *sizes) has(first byte, n int) bool { return s != nil && s[first]>>(n%64)&1 != 0 }

// ends has by last byte a bit for each byte that stands before it, however letters are written.
type ends [256][4]uint64

func (e *ends) add(text string) {
	if n := len(text); n > 1 {
		before := fold(text[n-2])
		e[fold(text[n-1])][before/64] |= 1 << (before % 64)
	}
}

// has reports whether one of the texts may end with another one.
func (e *ends) has(text string) bool {
	n := len(text)
	if e == nil {
		return false
	}
	if n < 2 || text[n-1] >= utf8.RuneSelf || text[n-2] >= utf8.RuneSelf {
		return true
	}
	before := fold(text[n-2])
	return e[fold(text[n-1])][before/64]>>(before%64)&1 != 0
}

// fold makes one of the two ways to write a letter of ASCII.
func fold(c byte) byte { return c | 'a' - 'A' }

// sketch has a bit for a few letters of each text and its length, of which different texts mostly have different ones.
type sketch [64]uint64

func (s *sketch) add(text string) {
	n := sketched(text)
	s[n/64] |= 1 << (n % 64)
}

func (s *sketch) has(text string) bool {
	n := sketched(text)
	return s[n/64]>>(n%64)&1 != 0
}

func sketched(text string) int {
	n := len(text)
	if n == 0 {
		return 0
	}
	letters := int(text[0]) + 67*int(text[n/4]) + 251*int(text[n/2]) + 1021*int(text[n-1-n/4]) + 2039*int(text[n-1])
	return (letters + 7*n) % (64 * 64)
}
