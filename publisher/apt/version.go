package apt

import (
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// compareVersions orders two version strings as dpkg does: -1, 0 or 1. It is dpkg's algorithm
// (deb-version(7), "Sorting algorithm") on substrings, and allocates nothing. Both must be [legalVersion].
func compareVersions(a, b string) int {
	if a == b {
		return 0
	}
	epochA, upstreamA, revisionA := splitVersion(a)
	epochB, upstreamB, revisionB := splitVersion(b)
	if c := compareNumbers(epochA, epochB); c != 0 {
		return c
	}
	if c := compareParts(upstreamA, upstreamB); c != 0 {
		return c
	}
	return compareParts(revisionA, revisionB)
}

// legalVersion tells whether v is what the contract takes for a version: [epoch:]upstream[-revision] in
// dpkg's alphabet, at most 255 bytes.
func legalVersion(v string) bool {
	if v == "" || len(v) > messages.MaxVersionBytes {
		return false
	}
	rest := v
	if epoch, after, found := strings.Cut(v, ":"); found {
		if !legalEpoch(epoch) {
			return false
		}
		rest = after
	}
	upstream, revision := rest, "0"
	if dash := strings.LastIndexByte(rest, '-'); dash >= 0 {
		upstream, revision = rest[:dash], rest[dash+1:]
	}
	return onlyOf(upstream, ".+~-:") && onlyOf(revision, ".+~")
}

// legalEpoch: digits, and no more than a C int holds.
func legalEpoch(epoch string) bool {
	const most = "2147483647"
	return epoch != "" && strings.Trim(epoch, "0123456789") == "" && compareNumbers(epoch, most) <= 0
}

// onlyOf tells whether s is not empty and has only ASCII letters, digits and characters of extra.
func onlyOf(s, extra string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return s != ""
}

func splitVersion(v string) (epoch, upstream, revision string) {
	if e, after, found := strings.Cut(v, ":"); found {
		epoch, v = e, after
	}
	if dash := strings.LastIndexByte(v, '-'); dash >= 0 {
		return epoch, v[:dash], v[dash+1:]
	}
	return epoch, v, ""
}

// compareParts goes through two upstream versions or two revisions: what comes before the next digits
// character by character, then the digits as one number, and so on.
func compareParts(a, b string) int {
	for a != "" || b != "" {
		for rank(a) != 0 || rank(b) != 0 {
			if x, y := rank(a), rank(b); x < y {
				return -1
			} else if x > y {
				return 1
			}
			a, b = a[1:], b[1:]
		}
		i, j := digitsOf(a), digitsOf(b)
		if c := compareNumbers(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return 0
}

// rank weighs the first character of s: a tilde sorts before the end, the end (and a digit, which ends this
// run) before letters, letters before the rest.
func rank(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// compareNumbers compares two runs of digits of any length; no digits are zero.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	switch {
	case len(a) < len(b):
		return -1
	case len(a) > len(b):
		return 1
	}
	return strings.Compare(a, b)
}

func digitsOf(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
