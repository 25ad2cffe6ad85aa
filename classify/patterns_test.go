package classify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

// Many globs that are matched at once fit what each of them fits, whatever the texts begin with, and though the states are
// forgotten all the time.
func TestPatternsFitWhatEachOfThemFits(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abé日-")), 0, 8, -1)
	glob := rapid.StringOfN(rapid.RuneFrom([]rune("abé日-**?[]!")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		globs := rapid.SliceOfN(glob, 1, 12).Draw(t, "globs")
		p := patterns{most: rapid.SampledFrom([]int{1, 2000, maxPatternBytes}).Draw(t, "most")}
		for i, g := range globs {
			p.add(parseGlob(g), 3*i)
		}
		p.compile()
		for range 4 {
			lead := text.Draw(t, "lead")
			p.leadBy(lead)
			for range 4 {
				s := text.Draw(t, "text")
				if rapid.Bool().Draw(t, "led") {
					s = lead + s
				}
				var want []int32
				for i, g := range globs {
					if slowGlob([]rune(g), []rune(s)) {
						want = append(want, int32(3*i))
					}
				}
				if got := p.fit(s); !slices.Equal(got, want) {
					t.Fatalf("%q fit %q: %v, want %v", globs, s, got, want)
				}
			}
		}
	})
}

// Names that were put together from a baseline's patterns, so that matching them would take minutes, are refused within seconds;
// the same names by fewer patterns, and others by as many, are not.
func TestNamesThatAreMadeOfPatternsAreRefused(t *testing.T) {
	refused := func(f *Facts, patterns int) error {
		return Classify("web-1", f, Choice{Baseline: globbed(patterns)}, Settings{}, t0).Refused
	}
	var field *messages.FieldError
	if err := refused(knowingHost(1000, 6, 8), 1000); !errors.As(err, &field) || field.Field != "packages" {
		t.Errorf("names made of a thousand patterns: %v", err)
	}
	for name, err := range map[string]error{
		"names made of fifty patterns": refused(knowingHost(200, 6, 8), 50),
		"a host of 20,000 packages":    refused(bigHost(20_000), 1000),
		"long names":                   refused(hostileHost(1000, 6, 8), 1000),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// However many states texts ask for, those that are kept take no more memory than they may.
func TestPatternsTakeBoundedMemory(t *testing.T) {
	p := new(patterns)
	for i := range 1000 {
		p.add(parseGlob(fmt.Sprintf([]string{"*0word%d*", "0word%d*", "*0word%d", "0*word%d", "0*[!0]word?%d*", "*0*0x%d"}[i%6], i)), i)
	}
	p.compile()
	most := 0
	for i := range 1000 {
		name := fmt.Sprintf("%0*dword%d", 500, i, i)
		p.leadBy(name)
		p.fit(name)
		for v := range 8 {
			p.fit(fmt.Sprintf("%s-1.%d", name, v))
		}
		most = max(most, p.bytes)
	}
	largest := 0
	for _, s := range p.states {
		largest = max(largest, bytesPerState+bytesPerToken*len(s.next)+8*len(s.to))
	}
	if most > maxPatternBytes+largest {
		t.Errorf("the states took %d bytes, the bound is %d", most, maxPatternBytes)
	}
	if fit := p.fit(strings.Repeat("0", 500) + "word0"); !slices.Equal(fit, []int32{0}) {
		t.Errorf("fit: %v", fit)
	}
}
