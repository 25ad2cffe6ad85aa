//go:build unix

package host

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Where a shell's text is split, the shell splits it so too, and does nothing else with it.
func TestWordsAreThoseOfTheShell(t *testing.T) {
	t.Parallel()
	letters := []rune("ab1=:,./@%+-_~ \t\"'$`\\!*?[]{}()<>|&;#\n\r\v^é")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom(letters), 1, 12, -1).Draw(t, "text")
		if rapid.Bool().Draw(t, "mostly plain") {
			text = rapid.StringOfN(rapid.RuneFrom([]rune("a1=/~ \t\"'-")), 1, 12, -1).Draw(t, "plain text")
		}
		words, ok := shellWords(text)
		if !ok || len(words) == 0 {
			return
		}
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+text).Output()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
			t.Fatalf("%q: %q, and the shell has %q", text, words, got)
		}
	})
}
