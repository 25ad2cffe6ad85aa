package version

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages"
)

// ErrNotDeb is matched by every error of [ValidDeb] and [OrderedDeb].
var ErrNotDeb = errors.New("not a Debian version")

// CompareDeb returns -1, 0 or 1 as a is older than, equal to or newer than b in dpkg's order: epoch, upstream
// version, revision (deb-version(7), "Sorting algorithm"). Both must be such as [OrderedDeb] takes; of
// another the answer means nothing. It allocates nothing, and runs of digits may be of any length.
func CompareDeb(a, b string) int {
	if a == b {
		return 0
	}
	aEpoch, aUpstream, aRevision := splitDeb(a)
	bEpoch, bUpstream, bRevision := splitDeb(b)
	if c := compareNumbers(aEpoch, bEpoch); c != 0 {
		return c
	}
	if c := compareDebPart(aUpstream, bUpstream); c != 0 {
		return c
	}
	return compareDebPart(aRevision, bRevision)
}

func splitDeb(v string) (epoch, upstream, revision string) {
	if colon := strings.IndexByte(v, ':'); colon >= 0 {
		epoch, v = v[:colon], v[colon+1:]
	}
	if dash := strings.LastIndexByte(v, '-'); dash >= 0 {
		return epoch, v[:dash], v[dash+1:]
	}
	return epoch, v, ""
}

// compareDebPart compares two upstream versions or two revisions: a run of anything but digits by weight, then
// a run of digits as a number, and so on until both are used up.
func compareDebPart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !digit(a[0]) || b != "" && !digit(b[0]) {
			if c := cmp.Compare(debWeight(a), debWeight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:] // of equal weight, and not both at an end: neither is at one
		}
		i, j := digits(a), digits(b)
		if c := compareNumbers(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return 0
}

// debWeight orders the first character of s: ~ before the end (or a digit), the end before letters, letters
// before everything else.
func debWeight(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case letter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// ValidDeb returns nil where v is [epoch:]upstream[-revision] as dpkg takes it (deb-version(7)): at most 255
// bytes, an epoch of digits up to 2147483647, an upstream version of A-Z a-z 0-9 . + - ~ :, a revision of
// A-Z a-z 0-9 . + ~. So "1:2:3" is a version, and so is one whose upstream version begins with a letter, of
// which dpkg warns. Stricter than dpkg it refuses blanks around a version and a sign before the epoch.
func ValidDeb(v string) error { return checkDeb(v, policy) }

// OrderedDeb returns nil where dpkg can order v, though policy may not allow it: of a character such as the _ in
// 3.0_beta dpkg only warns. What nobody can order is empty or longer than 255 bytes, has a blank or a byte beyond ASCII,
// an epoch that is no number up to 2147483647, or an upstream version or a revision that is empty.
func OrderedDeb(v string) error { return checkDeb(v, dpkg) }

// debRules say which bytes a version may have.
type debRules struct{ upstream, revision *byteSet }

var (
	policy = debRules{upstream: alphanumericAnd(".+-~:"), revision: alphanumericAnd(".+~")}
	dpkg   = debRules{upstream: visible(), revision: visible()}
)

// visible leaves out blanks, at which dpkg stops, and a zero byte, which is no part of any text to it.
func visible() *byteSet {
	var set byteSet
	for c := range byte(utf8.RuneSelf) {
		set[c] = c != 0 && c != ' ' && (c < '\t' || c > '\r')
	}
	return &set
}

func checkDeb(v string, rules debRules) error {
	if v == "" {
		return fmt.Errorf("%w: it is empty", ErrNotDeb)
	}
	if len(v) > messages.MaxVersionBytes {
		return fmt.Errorf("%w: %d bytes, the bound is %d", ErrNotDeb, len(v), messages.MaxVersionBytes)
	}
	upstream := v
	if epoch, rest, found := strings.Cut(v, ":"); found {
		if err := validEpoch(epoch); err != nil {
			return err
		}
		upstream = rest
	}
	if dash := strings.LastIndexByte(upstream, '-'); dash >= 0 {
		if err := validPart(ErrNotDeb, "revision", upstream[dash+1:], rules.revision); err != nil {
			return err
		}
		upstream = upstream[:dash]
	}
	return validPart(ErrNotDeb, "upstream version", upstream, rules.upstream)
}

func validEpoch(epoch string) error {
	const maxEpoch = "2147483647" // INT_MAX, dpkg's own bound
	switch {
	case epoch == "":
		return fmt.Errorf("%w: the epoch is empty", ErrNotDeb)
	case digits(epoch) < len(epoch):
		return fmt.Errorf("%w: the epoch is not a number", ErrNotDeb)
	case compareNumbers(epoch, maxEpoch) > 0:
		return fmt.Errorf("%w: the epoch is above %s", ErrNotDeb, maxEpoch)
	}
	return nil
}
