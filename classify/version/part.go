package version

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// byteSet has the bytes that a part of a version may have.
type byteSet [256]bool

// alphanumericAnd has the letters and digits of ASCII, and some signs.
func alphanumericAnd(signs string) *byteSet {
	var set byteSet
	for c := range set {
		set[c] = digit(byte(c)) || letter(byte(c)) || strings.IndexByte(signs, byte(c)) >= 0
	}
	return &set
}

// validPart checks that a part is not empty, and has only bytes that are allowed. Every error matches kind.
func validPart(kind error, name, part string, allowed *byteSet) error {
	if part == "" {
		return fmt.Errorf("%w: the %s is empty", kind, name)
	}
	for i := range len(part) {
		if !allowed[part[i]] {
			foreign, _ := utf8.DecodeRuneInString(part[i:])
			return fmt.Errorf("%w: %q in the %s", kind, foreign, name)
		}
	}
	return nil
}
