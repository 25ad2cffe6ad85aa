package version

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// ErrNotDotted is matched by every error of [ValidDotted] and [OrderedDotted].
var ErrNotDotted = errors.New("not a version of macOS")

// CompareDotted returns -1, 0 or 1 as a is older than, equal to or newer than b in the order of macOS: numbers between dots, of
// which one that is missing is 0, and then what follows them as text. So 26.3.1 comes before 26.3.1 (a), and that before 26.3.1
// (b) and 26.3.2. The order is total over all texts; it allocates nothing.
func CompareDotted(a, b string) int {
	for {
		x, y := digits(a), digits(b)
		if x == 0 && y == 0 {
			return strings.Compare(a, b)
		}
		if c := compareNumbers(a[:x], b[:y]); c != 0 {
			return c
		}
		a, b = behindNumber(a, x), behindNumber(b, y)
	}
}

// behindNumber is what follows a number of n digits, without the dot before a further one. Where there was no number, a dot does
// not begin one: what is left is text, and stays so however far the other version goes.
func behindNumber(s string, n int) string {
	s = s[n:]
	if n > 0 && len(s) > 1 && s[0] == '.' && digit(s[1]) {
		return s[1:]
	}
	return s
}

// OrderedDotted returns nil where v has a place in the order: it is not empty, and has at most 255 bytes.
func OrderedDotted(v string) error {
	switch {
	case v == "":
		return fmt.Errorf("%w: it is empty", ErrNotDotted)
	case len(v) > messages.MaxVersionBytes:
		return fmt.Errorf("%w: %d bytes, the bound is %d", ErrNotDotted, len(v), messages.MaxVersionBytes)
	}
	return nil
}

var dotted = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*( \([a-z]\))?$`)

// ValidDotted returns nil where v is numbers with dots between them, and perhaps a letter in brackets behind: 26.3.1 (a).
func ValidDotted(v string) error {
	if err := OrderedDotted(v); err != nil || dotted.MatchString(v) {
		return err
	}
	return fmt.Errorf("%w: it is not numbers with dots, and perhaps a letter in brackets", ErrNotDotted)
}
