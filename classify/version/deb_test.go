package version

import (
	"cmp"
	"errors"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	reference "github.com/knqyf263/go-deb-version"
)

// vectors returns the pairs of testdata/versions; see the README there.
func vectors(t testing.TB) [][2]string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/versions/vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var pairs [][2]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		tab := strings.LastIndexByte(line, '\t')
		pairs = append(pairs, [2]string{line[:tab], line[tab+1:]})
	}
	if len(pairs) < 190 {
		t.Fatalf("only %d pairs", len(pairs))
	}
	return pairs
}

// validVectors returns the pairs of which both are versions.
func validVectors(t testing.TB) [][2]string {
	t.Helper()
	return slices.DeleteFunc(vectors(t), func(pair [2]string) bool { return ValidDeb(pair[0]) != nil || ValidDeb(pair[1]) != nil })
}

// tricky versions go wrong easily, and dpkg has an opinion on all of them.
var tricky = []string{
	"0", "1.0", "1.0-0", "0:1.0", "1:0", "1.0-1", "1.0-1+b1", "1.0-1+b10", "1.0-1~bpo1", "1.0~rc1-1", "1.0~~", "1.0~",
	"1.9", "1.10", "1.010", "1.0a", "1.0+", "1.0-a-1", "1:2:3", "20230311+deb12u1", "a.b", "2147483647:1",
	"1.99999999999999999999999", "1.99999999999999999999998", "1.9223372036854775808", "1.9223372036854775809", "1.0.", "1..0",
	"1.0-1ubuntu0.22.04.1",
}

func TestCompareDeb(t *testing.T) {
	const long = "1234567890123456789012345"
	for _, row := range []struct {
		a, b string
		want int
	}{
		{"1.9", "1.10", -1},
		{"1.0~rc1", "1.0", -1},
		{"1.0~~", "1.0~", -1},
		{"1.0", "1.0+b1", -1},
		{"1.0a", "1.0+", -1},
		{"1.0a", "1.0B", 1},
		{"1.0", "1.0-0", 0},
		{"1.0", "1.0-00", 0},
		{"1.0", "0:1.0", 0},
		{"00:1.0", "0:1.0", 0},
		{"1.01", "1.1", 0},
		{"1.", "1.0", 0},
		{"1:1.0", "2.0", 1},
		{"10:1", "9:2", 1},
		{"1:2:3", "1:2:4", -1},
		{"1:2:3", "1:2", 1},
		{"1.0-1", "1.0-1~", 1},
		{"1.0-1-2", "1.0-1", 1},
		{"1.0-1", "1.0.1", -1},
		{"1a1", "1a", 1},
		{"a", "1", 1},
		{"1." + long, "1." + long + "0", -1},
		{"1." + long, "1.0" + long, 0},
		{"1.9" + long, "1.8" + long, 1},
		{"1.9223372036854775808", "1.9223372036854775809", -1},
		{"1.18446744073709551616", "1.0", 1},
		{"2147483647:1", "1", 1},
	} {
		if got := CompareDeb(row.a, row.b); got != row.want {
			t.Errorf("%s and %s: got %d, want %d", row.a, row.b, got, row.want)
		}
		if got := CompareDeb(row.b, row.a); got != -row.want {
			t.Errorf("%s and %s: got %d, want %d", row.b, row.a, got, -row.want)
		}
	}
}

func TestCompareDeb_allocates_nothing(t *testing.T) {
	for _, pair := range validVectors(t) {
		if n := testing.AllocsPerRun(2, func() { CompareDeb(pair[0], pair[1]) }); n != 0 {
			t.Errorf("%q: %v allocations", pair, n)
		}
	}
}

func TestValidDeb(t *testing.T) {
	for _, v := range []string{
		"1", "0", "1.0", "1.0-1", "1.0-1-1", "1:2:3", "1:2:3-4", "0:1", "000:1", "2147483647:1", "02147483647:1", "1.0~", "1.0+dfsg-1+b1",
		"a", "abc-1", "1:abc", ".", "~", "+1", "-1-1", "1--1", "1:-1-1", strings.Repeat("9", 255),
	} {
		if err := ValidDeb(v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	for v, want := range map[string]string{
		"":                       "it is empty",
		"1.0é":                   "'é' in the upstream version",
		"1.0-é":                  "'é' in the revision",
		"\xff":                   "in the upstream version",
		"1.0-":                   "the revision is empty",
		"1.0-1-":                 "the revision is empty",
		"-":                      "the revision is empty",
		"-1":                     "the upstream version is empty",
		"1:":                     "the upstream version is empty",
		"1:-1":                   "the upstream version is empty",
		":1":                     "the epoch is empty",
		"a:1":                    "the epoch is not a number",
		"+1:1":                   "the epoch is not a number",
		"-1:1":                   "the epoch is not a number",
		"1.0:1":                  "the epoch is not a number",
		"2147483648:1":           "the epoch is above 2147483647",
		"10000000000:1":          "the epoch is above 2147483647",
		"00099999999999:1":       "the epoch is above 2147483647",
		"1.0-1:2":                "the epoch is not a number",
		"1:1.0-1:2":              "':' in the revision",
		"1_0":                    "'_' in the upstream version",
		"1.0-1_0":                "'_' in the revision",
		" 1.0":                   "' ' in the upstream version",
		"1.0 ":                   "' ' in the upstream version",
		"1.0\x00":                `'\x00' in the upstream version`,
		"1.0\n":                  `'\n' in the upstream version`,
		strings.Repeat("9", 256): "256 bytes, the bound is 255",
	} {
		if err := ValidDeb(v); !errors.Is(err, ErrNotDeb) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want …%s", v, err, want)
		}
	}
}

// The reference library orders every real version right. It wants a digit first, and takes two runs of digits
// above 2^63 for equal: there only dpkg's algorithm, written down once more, is asked.
func FuzzCompareDeb(f *testing.F) {
	for _, pair := range vectors(f) {
		f.Add(pair[0], pair[1])
	}
	for i, v := range tricky {
		f.Add(v, tricky[(i+1)%len(tricky)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if ValidDeb(a) != nil || ValidDeb(b) != nil {
			return
		}
		got := CompareDeb(a, b)
		if want := slowCompare(a, b); got != want {
			t.Errorf("%q and %q: got %d, dpkg's algorithm says %d", a, b, got, want)
		}
		if back := CompareDeb(b, a); back != -got {
			t.Errorf("%q and %q: %d, the other way %d", a, b, got, back)
		}
		if !fitsReference(a) || !fitsReference(b) {
			return
		}
		x, errX := reference.NewVersion(a)
		y, errY := reference.NewVersion(b)
		if errX != nil || errY != nil {
			t.Fatalf("%q and %q: the library says %v, %v", a, b, errX, errY)
		}
		if want := cmp.Compare(x.Compare(y), 0); got != want {
			t.Errorf("%q and %q: got %d, the library says %d", a, b, got, want)
		}
	})
}

func fitsReference(v string) bool {
	_, upstream, ok := strings.Cut(v, ":")
	if !ok {
		upstream = v
	}
	if !digit(upstream[0]) {
		return false
	}
	for _, run := range strings.FieldsFunc(v, func(c rune) bool { return !unicode.IsDigit(c) }) {
		if len(run) > 18 {
			return false
		}
	}
	return true
}

// slowCompare is the sorting algorithm of deb-version(7), step by step.
func slowCompare(a, b string) int {
	epochA, restA := slowEpoch(a)
	epochB, restB := slowEpoch(b)
	if c := epochA.Cmp(epochB); c != 0 {
		return c
	}
	upstreamA, revisionA := slowRevision(restA)
	upstreamB, revisionB := slowRevision(restB)
	if c := slowPart(upstreamA, upstreamB); c != 0 {
		return c
	}
	return slowPart(revisionA, revisionB)
}

func slowEpoch(v string) (*big.Int, string) {
	epoch, rest, ok := strings.Cut(v, ":")
	if !ok {
		return big.NewInt(0), v
	}
	n, _ := new(big.Int).SetString(epoch, 10)
	return n, rest
}

// slowRevision: the absence of a revision is equivalent to the revision 0.
func slowRevision(v string) (upstream, revision string) {
	if i := strings.LastIndex(v, "-"); i >= 0 {
		return v[:i], v[i+1:]
	}
	return v, "0"
}

func slowPart(a, b string) int {
	for a+b != "" {
		var textA, textB, numberA, numberB string
		textA, a = slowCut(a, func(c rune) bool { return !unicode.IsDigit(c) })
		textB, b = slowCut(b, func(c rune) bool { return !unicode.IsDigit(c) })
		if c := slowText(textA, textB); c != 0 {
			return c
		}
		numberA, a = slowCut(a, unicode.IsDigit)
		numberB, b = slowCut(b, unicode.IsDigit)
		x, _ := new(big.Int).SetString("0"+numberA, 10)
		y, _ := new(big.Int).SetString("0"+numberB, 10)
		if c := x.Cmp(y); c != 0 {
			return c
		}
	}
	return 0
}

// slowCut cuts s after its longest beginning of such characters.
func slowCut(s string, such func(rune) bool) (before, after string) {
	after = strings.TrimLeftFunc(s, such)
	return s[:len(s)-len(after)], after
}

// slowText compares as text in which the tilde is before the end, and letters are before all else.
func slowText(a, b string) int {
	const order = "~\x00ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-.:"
	for i := range max(len(a), len(b)) {
		if c := strings.IndexByte(order, slowAt(a, i)) - strings.IndexByte(order, slowAt(b, i)); c != 0 {
			return cmp.Compare(c, 0)
		}
	}
	return 0
}

func slowAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func TestOrderedDeb(t *testing.T) {
	for _, v := range []string{"3.0_beta", "1.0", "a_b", "1:2_3-4_5", "1.0^git1", "1@2", strings.Repeat("_", 255)} {
		if err := OrderedDeb(v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	if CompareDeb("3.0_beta", "3.1-1") >= 0 || CompareDeb("3.0_beta", "3.0") <= 0 {
		t.Error("3.0_beta is out of order")
	}
	for v, want := range map[string]string{
		"": "it is empty", "1.0é": "'é' in the upstream version", "1.0-é": "'é' in the revision", "1 0": "' ' in the upstream version",
		"x:1.0": "the epoch is not a number", "2147483648:1": "the epoch is above", ":1": "the epoch is empty", "1.0-": "the revision is empty",
		"1:": "the upstream version is empty", "1\x00": "in the upstream version", strings.Repeat("_", 256): "256 bytes",
	} {
		if err := OrderedDeb(v); !errors.Is(err, ErrNotDeb) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", v, err, want)
		}
	}
}
