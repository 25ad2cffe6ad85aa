package version

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages"
)

// ErrNotRPM is matched by every error of [ValidRPM].
var ErrNotRPM = errors.New("not a version of rpm")

// CompareRPM returns -1, 0 or 1 as a is older than, equal to or newer than b in rpm's order: epoch, version, release
// (rpm-version(7)). Both must be such as [ValidRPM] takes; of another the answer means nothing. It allocates nothing, and
// runs of digits may be of any length.
func CompareRPM(a, b string) int {
	if a == b {
		return 0
	}
	aEpoch, aVersion, aRelease := splitRPM(a)
	bEpoch, bVersion, bRelease := splitRPM(b)
	if c := compareNumbers(aEpoch, bEpoch); c != 0 {
		return c
	}
	if c := compareRPMPart(aVersion, bVersion); c != 0 {
		return c
	}
	if aRelease == "" || bRelease == "" { // none at all comes before every one
		return strings.Compare(aRelease, bRelease)
	}
	return compareRPMPart(aRelease, bRelease)
}

const maxRPMEpoch = "4294967295" // 32 bits

// noEpoch is what rpm prints where a package has no epoch.
const noEpoch = "(none)"

func splitRPM(v string) (epoch, version, release string) {
	if colon := strings.IndexByte(v, ':'); colon >= 0 {
		epoch, v = v[:colon], v[colon+1:]
		if epoch == noEpoch {
			epoch = ""
		}
	}
	if dash := strings.LastIndexByte(v, '-'); dash >= 0 {
		return epoch, v[:dash], v[dash+1:]
	}
	return epoch, v, ""
}

// compareRPMPart compares two versions or two releases: run by run, of digits or of letters, where everything else only
// separates. ~ comes before the end, ^ after the end and before all else.
func compareRPMPart(a, b string) int {
	for {
		a, b = strings.TrimLeftFunc(a, separates), strings.TrimLeftFunc(b, separates)
		if c := cmp.Compare(rpmWeight(a), rpmWeight(b)); c != 0 || a == "" {
			return c
		}
		if a[0] == '~' || a[0] == '^' {
			a, b = a[1:], b[1:]
			continue
		}
		run, compare := letters, strings.Compare
		if digit(a[0]) {
			run, compare = digits, compareNumbers
		}
		i, j := run(a), run(b)
		if c := compare(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
}

func separates(c rune) bool {
	return c != '~' && c != '^' && (c >= utf8.RuneSelf || !digit(byte(c)) && !letter(byte(c)))
}

// rpmWeight orders what s begins with: ~, the end, ^, letters, digits.
func rpmWeight(s string) int {
	switch {
	case s == "":
		return 1
	case s[0] == '~':
		return 0
	case s[0] == '^':
		return 2
	case letter(s[0]):
		return 3
	}
	return 4
}

// letters returns how many letters of ASCII s begins with.
func letters(s string) int {
	n := 0
	for n < len(s) && letter(s[n]) {
		n++
	}
	return n
}

// ValidRPM returns nil where v is [epoch:]version[-release] as rpmbuild takes it: at most 255 bytes, an epoch that is
// empty, (none), or a number up to 4294967295, and a version and a release of A-Z a-z 0-9 . _ + ~ ^ { }, neither empty. A
// version without a release is one too, though none that is installed lacks it.
func ValidRPM(v string) error {
	if v == "" {
		return fmt.Errorf("%w: it is empty", ErrNotRPM)
	}
	if len(v) > messages.MaxVersionBytes {
		return fmt.Errorf("%w: %d bytes, the bound is %d", ErrNotRPM, len(v), messages.MaxVersionBytes)
	}
	epoch, version, release := splitRPM(v)
	if digits(epoch) < len(epoch) {
		return fmt.Errorf("%w: the epoch is not a number", ErrNotRPM)
	}
	if compareNumbers(epoch, maxRPMEpoch) > 0 {
		return fmt.Errorf("%w: the epoch is above %s", ErrNotRPM, maxRPMEpoch)
	}
	if err := validPart(ErrNotRPM, "version", version, inRPM); err != nil {
		return err
	}
	if release == "" && !strings.HasSuffix(v, "-") {
		return nil
	}
	return validPart(ErrNotRPM, "release", release, inRPM)
}

// inRPM is what rpmbuild allows in a version and in a release.
var inRPM = alphanumericAnd("._+~^{}")

// SplitRPM cuts a version into epoch, version and release. The epoch is 0 where it has none; the release may be empty.
func SplitRPM(v string) (epoch, version, release string) {
	epoch, version, release = splitRPM(v)
	if epoch = strings.TrimLeft(epoch, "0"); epoch == "" {
		epoch = "0"
	}
	return epoch, version, release
}

// CanonicalRPM returns a version that [ValidRPM] takes as it stands in events and in items: without an epoch where that is
// 0, and without zeros before one.
func CanonicalRPM(v string) string {
	given, version, release := splitRPM(v)
	epoch := strings.TrimLeft(given, "0")
	if epoch == given && (epoch != "" || !strings.Contains(v, ":")) {
		return v // as most are
	}
	if epoch != "" {
		epoch += ":"
	}
	if release != "" {
		release = "-" + release
	}
	return epoch + version + release
}
