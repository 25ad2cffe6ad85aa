package classify

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What was added is never put aside, nor what it ends with, however its letters are written.
func TestSieves_have_what_was_added(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-zé.0-9-]{1,6}`), 1, 5).Draw(t, "texts")
		s, e := new(sizes), new(ends)
		for _, text := range texts {
			s.add(text)
			e.add(text)
		}
		for _, text := range texts {
			if !s.has(text[0], len(text)) {
				t.Fatalf("%q is put aside by its length", text)
			}
			for i := range text {
				if !e.has(text[i:]) || !e.has(strings.ToUpper(text[i:])) {
					t.Fatalf("%q is put aside by its end", text[i:])
				}
			}
		}
	})
}
