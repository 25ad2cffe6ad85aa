package explain

import (
	"strings"
	"testing"
	"unicode"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/classifytest"
)

// Whatever a host may say: each item is explained in full, and in lines that a terminal prints as they are.
func FuzzItem(f *testing.F) {
	for _, seed := range classifytest.Seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		p := classifytest.Read(input)
		events, drawn := p.AnyHost()
		r := classify.Classify("web-1", factsOf(events...), classify.Choice{Baseline: drawn()}, classify.Settings{}, classifytest.Start)
		for i := range r.Patches {
			wantPlain(t, Item(r, &r.Patches[i]), &r.Patches[i])
		}
	})
}

// wantPlain checks that an explanation says something, in lines that a terminal prints as they are.
func wantPlain(t *testing.T, e Explanation, i *classify.Item) {
	t.Helper()
	lines := append(append([]string{Words(i), e.Next}, e.Sentences...), e.WouldChange...)
	for _, line := range lines {
		if strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) || strings.Contains(line, "%!") {
			t.Errorf("%q", line)
		}
	}
	if len(e.Sentences) < 3 || len(e.WouldChange) == 0 || Words(i) == "" {
		t.Errorf("%s: %q", i.Reason.Code, e)
	}
}
