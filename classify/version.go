package classify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// ErrVersion is matched by every error of [ValidVersion].
var ErrVersion = errors.New("not a Debian version")

// ValidVersion returns nil where v is [epoch:]upstream[-revision] as dpkg takes it (deb-version(7)): at most 255
// bytes, an epoch of digits up to 2147483647, an upstream version of A-Z a-z 0-9 . + - ~ :, a revision of
// A-Z a-z 0-9 . + ~. So "1:2:3" is a version, and so is one whose upstream version begins with a letter, of
// which dpkg warns. Stricter than dpkg it refuses blanks around a version and a sign before the epoch.
func ValidVersion(v string) error {
	if v == "" {
		return fmt.Errorf("%w: it is empty", ErrVersion)
	}
	if len(v) > messages.MaxVersionBytes {
		return fmt.Errorf("%w: %d bytes, the bound is %d", ErrVersion, len(v), messages.MaxVersionBytes)
	}
	rest := v
	if colon := strings.IndexByte(v, ':'); colon >= 0 {
		if err := validEpoch(v[:colon]); err != nil {
			return err
		}
		rest = v[colon+1:]
	}
	upstream := rest
	if dash := strings.LastIndexByte(rest, '-'); dash >= 0 {
		upstream = rest[:dash]
		if revision := rest[dash+1:]; revision == "" {
			return fmt.Errorf("%w: the revision is empty", ErrVersion)
		} else if c, ok := foreign(revision, ".+~"); ok {
			return fmt.Errorf("%w: %q in the revision", ErrVersion, c)
		}
	}
	if upstream == "" {
		return fmt.Errorf("%w: the upstream version is empty", ErrVersion)
	}
	if c, ok := foreign(upstream, ".+-~:"); ok {
		return fmt.Errorf("%w: %q in the upstream version", ErrVersion, c)
	}
	return nil
}

func validEpoch(epoch string) error {
	if epoch == "" {
		return fmt.Errorf("%w: the epoch is empty", ErrVersion)
	}
	for i := range len(epoch) {
		if !digit(epoch[i]) {
			return fmt.Errorf("%w: the epoch is not a number", ErrVersion)
		}
	}
	const maxEpoch = "2147483647" // INT_MAX, dpkg's own bound
	if n := strings.TrimLeft(epoch, "0"); len(n) > len(maxEpoch) || len(n) == len(maxEpoch) && n > maxEpoch {
		return fmt.Errorf("%w: the epoch is above %s", ErrVersion, maxEpoch)
	}
	return nil
}

// foreign returns the first character of s that is neither a letter or digit of ASCII nor in extra.
func foreign(s, extra string) (rune, bool) {
	for _, c := range s {
		if c >= 0x80 || !digit(byte(c)) && !letter(byte(c)) && !strings.ContainsRune(extra, c) {
			return c, true
		}
	}
	return 0, false
}

func digit(c byte) bool  { return '0' <= c && c <= '9' }
func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// CompareVersions returns -1, 0 or 1 as a is older than, equal to or newer than b in the order of
// Debian's versions: epoch, upstream version, revision (deb-version(7), "Sorting algorithm"). Both must be
// valid; of an invalid one the answer means nothing. It allocates nothing, and runs of digits may be of any length.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	aEpoch, aUpstream, aRevision := splitVersion(a)
	bEpoch, bUpstream, bRevision := splitVersion(b)
	if c := compareDigits(aEpoch, bEpoch); c != 0 {
		return c
	}
	if c := comparePart(aUpstream, bUpstream); c != 0 {
		return c
	}
	return comparePart(aRevision, bRevision)
}

func splitVersion(v string) (epoch, upstream, revision string) {
	if colon := strings.IndexByte(v, ':'); colon >= 0 {
		epoch, v = v[:colon], v[colon+1:]
	}
	if dash := strings.LastIndexByte(v, '-'); dash >= 0 {
		return epoch, v[:dash], v[dash+1:]
	}
	return epoch, v, ""
}

// comparePart compares two upstream versions or two revisions: a run of anything but digits by weight, then
// a run of digits as a number, and so on until both are used up.
func comparePart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !digit(a[0]) || b != "" && !digit(b[0]) {
			if c := weight(a) - weight(b); c != 0 {
				return sign(c)
			}
			a, b = a[1:], b[1:] // of equal weight, and not both at an end: neither is at one
		}
		i, j := digits(a), digits(b)
		if c := compareDigits(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return 0
}

// weight orders the first character of s: ~ before the end (or a digit), the end before letters, letters
// before everything else.
func weight(s string) int {
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

func digits(s string) int {
	i := 0
	for i < len(s) && digit(s[i]) {
		i++
	}
	return i
}

// compareDigits compares two runs of digits as numbers of any size. No digits at all are zero.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return sign(len(a) - len(b))
	}
	return strings.Compare(a, b)
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
