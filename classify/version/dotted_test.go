package version

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Versions of macOS, oldest first; those of one line are one.
const dottedOrder = `
odd
(a)
0 0.0 00
0.1
9.9
9.10
10.15.7
26 26.0 26.0.0 026
26.0-beta
26.3.1
26.3.1 (a)
26.3.1 (b)
26.3.2
26.10
5290
99999999999999999999999999
100000000000000000000000000
`

func TestCompareDotted_follows_the_order(t *testing.T) {
	type placed struct {
		text string
		line int
	}
	var all []placed
	for i, line := range strings.Split(strings.TrimSpace(dottedOrder), "\n") {
		texts := strings.Fields(line)
		if strings.Contains(line, "(") {
			texts = []string{line}
		}
		for _, text := range texts {
			all = append(all, placed{text, i})
		}
	}
	for _, a := range all {
		for _, b := range all {
			want := 0
			if a.line != b.line && a.line > 1 && b.line > 1 { // odd and (a) have no number, which is 0
				want = sign(a.line - b.line)
			} else if a.line != b.line {
				continue
			}
			if got := CompareDotted(a.text, b.text); got != want {
				t.Errorf("%q and %q: %d, want %d", a.text, b.text, got, want)
			}
		}
	}
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

// Found by chance in the order of three: a dot that followed no number once began one, where the other version had a number.
func TestADotThatFollowsNoNumberIsText(t *testing.T) {
	order := []string{".1 (a)", "y", "0.0.1-x"}
	for i, a := range order {
		for j, b := range order {
			if got := CompareDotted(a, b); got != sign(i-j) {
				t.Errorf("%q and %q: %d, want %d", a, b, got, sign(i-j))
			}
		}
	}
}

func TestValidDotted(t *testing.T) {
	for text, want := range map[string]struct{ valid, ordered bool }{
		"26": {true, true}, "26.3.1": {true, true}, "26.3.1 (a)": {true, true}, "15.3.0.0.1.1708646388": {true, true}, "5290": {true, true},
		"26.3.1(a)": {false, true}, "26.3.1 (A)": {false, true}, "26.3.1 (ab)": {false, true}, "26.": {false, true}, ".1": {false, true}, "1..2": {false, true},
		"26-beta": {false, true}, "odd": {false, true}, " 26": {false, true}, "26\n": {false, true}, "": {false, false}, strings.Repeat("1", 256): {false, false},
	} {
		for name, check := range map[string]func(string) error{"valid": ValidDotted, "ordered": OrderedDotted} {
			err, good := check(text), want.valid
			if name == "ordered" {
				good = want.ordered
			}
			if (err == nil) != good || err != nil && !errors.Is(err, ErrNotDotted) {
				t.Errorf("%.20q is %s: %v", text, name, err)
			}
		}
	}
}

func TestDottedOrderIsTotal(t *testing.T) {
	text := rapid.StringMatching(`[0-9]{0,3}(\.[0-9]{0,2}){0,3}( \([ab]\)|-x|y|)`)
	rapid.Check(t, func(t *rapid.T) {
		list := []string{text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c")}
		if CompareDotted(list[0], list[1]) != -CompareDotted(list[1], list[0]) || CompareDotted(list[0], list[0]) != 0 {
			t.Fatal("it is not the same the other way round")
		}
		slices.SortFunc(list, CompareDotted)
		if CompareDotted(list[0], list[2]) > 0 {
			t.Fatalf("%q: the first is newer than the last", list)
		}
	})
	if n := testing.AllocsPerRun(100, func() { CompareDotted("26.3.1 (a)", "26.3.1 (b)") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
