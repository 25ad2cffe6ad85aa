package host

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLinesAreWhatATerminalShows(t *testing.T) {
	for text, want := range map[string]string{
		"one\ntwo\n":                    "one|two",
		"one\n\n \ntwo":                 "one|two",
		"\x1b[31mred\x1b[0m\r\n":        "red",
		"10%\r20%\r100%\n":              "100%",
		"  indented  \n":                "  indented",
		"x\xffy\n":                      "x\uFFFDy",
		strings.Repeat("x", 5000):       strings.Repeat("x", maxHeardBytes),
		"a\n" + strings.Repeat("\n", 9): "a",
	} {
		var l Lines
		var got []string
		take := func(line string) { got = append(got, line) }
		l.Add([]byte(text), take)
		l.End(take)
		diff(t, text, want, strings.Join(got, "|"))
	}
}

// In which pieces a text comes makes no difference.
func TestLinesDoNotDependOnThePieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.StringOf(rapid.SampledFrom([]rune("ab \n\r\x1b[0m")))).Draw(t, "pieces")
		lines := func(pieces ...string) (all []string) {
			var l Lines
			for _, piece := range pieces {
				l.Add([]byte(piece), func(line string) { all = append(all, line) })
			}
			l.End(func(line string) { all = append(all, line) })
			return all
		}
		if got, want := lines(pieces...), lines(strings.Join(pieces, "")); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q, and in one piece %q", got, want)
		}
	})
}
