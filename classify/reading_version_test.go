package classify_test

import (
	"math/big"
	"regexp"
	"strings"
)

// The order of versions, as deb-version(7) and Debian Policy 5.6.12 tell it (classification.md, section 4).

// ordered reports whether dpkg can order a version at all (section 2): it is not too long, all ASCII, without blanks, its
// epoch is a number that fits an int, and none of its parts is empty where its mark is there.
func ordered(v string) bool {
	if v == "" || len(v) > 255 {
		return false
	}
	for i := range len(v) {
		if v[i] >= 0x80 || v[i] == ' ' {
			return false
		}
	}
	epoch, upstream, revision := splitVersion(v)
	if upstream == "" || revision == "" && strings.HasSuffix(v, "-") {
		return false
	}
	if epoch == "" || strings.Trim(epoch, "0123456789") != "" {
		return false
	}
	n, _ := new(big.Int).SetString(epoch, 10)
	return n.Cmp(big.NewInt(1<<31-1)) <= 0
}

// ordered: of what runs report counts what dpkg can order, and what macOS calls a version.
func (r *reading) ordered(v string) bool {
	return ordered(v) || r.full != nil && (r.isWindows() || r.isMacOS()) && bracketed.MatchString(v)
}

var bracketed = regexp.MustCompile(`^[0-9.]+ \([a-z]\)$`)

// order returns -1, 0 or 1 as version a is older than, equal to or newer than version b.
func order(a, b string) int {
	epochA, upstreamA, revisionA := splitVersion(a)
	epochB, upstreamB, revisionB := splitVersion(b)
	for _, pair := range [][2]string{{epochA, epochB}, {upstreamA, upstreamB}, {revisionA, revisionB}} {
		if c := orderPart(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}

// sameVersion: two spellings, such as 1.1 and 0:1.1, may be of one version.
func sameVersion(a, b string) bool {
	return a == b || landed.spellings && ordered(a) && ordered(b) && order(a, b) == 0
}

func splitVersion(v string) (epoch, upstream, revision string) {
	epoch, rest, found := strings.Cut(v, ":")
	if !found {
		epoch, rest = "0", v
	}
	if i := strings.LastIndex(rest, "-"); i >= 0 {
		return epoch, rest[:i], rest[i+1:]
	}
	return epoch, rest, ""
}

// orderPart takes turns: a stretch without digits, compared character by character, and a number.
func orderPart(a, b string) int {
	for a != "" || b != "" {
		textA, restA := cutWhile(a, notDigit)
		textB, restB := cutWhile(b, notDigit)
		for i := range max(len(textA), len(textB)) {
			if wa, wb := weight(textA, i), weight(textB, i); wa != wb {
				return sign(wa - wb)
			}
		}
		var numberA, numberB string
		numberA, a = cutWhile(restA, isDigit)
		numberB, b = cutWhile(restB, isDigit)
		if c := number(numberA).Cmp(number(numberB)); c != 0 {
			return c
		}
	}
	return 0
}

// weight: the tilde comes before the end, letters before all else.
func weight(text string, i int) int {
	switch {
	case i >= len(text):
		return 0
	case text[i] == '~':
		return -1
	case 'a' <= text[i] && text[i] <= 'z' || 'A' <= text[i] && text[i] <= 'Z':
		return int(text[i])
	default:
		return int(text[i]) + 256
	}
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func notDigit(c byte) bool { return !isDigit(c) }

func cutWhile(s string, fits func(byte) bool) (head, tail string) {
	i := 0
	for i < len(s) && fits(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

func number(digits string) *big.Int {
	n, _ := new(big.Int).SetString("0"+digits, 10)
	return n
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
