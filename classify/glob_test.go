package classify

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Each row is what Python's fnmatch.fnmatchcase answers.
func TestGlob(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{"linux-*", "linux-image-5.15", true},
		{"linux-*", "linux-", true},
		{"linux-*", "linux", false},
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxaxx", false},
		{"**", "a/b.c", true},
		{"*.amd64", "nginx.amd64", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*aab", "aaaab", true},
		{"?", "a", true},
		{"?", "", false},
		{"?", "ab", false},
		{"?", "é", true},
		{"???", "日本語", true},
		{"*é", "日é", true},
		{"[abc]", "b", true},
		{"[abc]", "d", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[!a-c]", "d", true},
		{"[!a-c]", "b", false},
		{"[!a]", "", false},
		{"[^a]", "^", true},
		{"[^a]", "a", true},
		{"[^a]", "b", false},
		{"^a", "^a", true},
		{"[]]", "]", true},
		{"[]a]", "a", true},
		{"[!]]", "]", false},
		{"[!]]", "a", true},
		{"[", "[", true},
		{"[a", "[a", true},
		{"[!", "[!", true},
		{"[!]", "[!]", true},
		{"[]", "[]", true},
		{"a[", "a[", true},
		{"[*", "[anything", true},
		{"[a-]", "-", true},
		{"[-a]", "-", true},
		{"[a-c-e]", "-", true},
		{"[a-c-e]", "d", false},
		{"[z-a]", "m", false},
		{"[!z-a]", "m", true},
		{"[z-ab]", "b", true},
		{"[a-z][0-9]", "q7", true},
		{"[--0]", ".", true},
		{"[[]x", "[x", true},
		{"[!!]", "!", false},
		{"[!!]", "a", true},
		{`\*`, `\anything`, true},
		{`\*`, "*", false},
		{`\?`, `\x`, true},
		{`[\]]`, `\]`, true},
		{"a.c", "abc", false},
		{"(a|b)+$", "(a|b)+$", true},
		{"[é-ü]", "ö", true},
		{"a*b?c*d", "a12b3c4d", true},
		{"a*b?c*d", "a12b34c4d", false},
	} {
		t.Run(row.pattern+" "+row.text, func(t *testing.T) {
			if got := fits(row.pattern, row.text); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
			if got := slowGlob([]rune(row.pattern), []rune(row.text)); got != row.want {
				t.Errorf("the slow matcher of the fuzz test: got %v, want %v", got, row.want)
			}
		})
	}
}

func fits(pattern, text string) bool {
	var p patterns
	p.add(parseGlob(pattern), 0)
	p.compile()
	return len(p.fit(text)) > 0
}

func TestGlob_takes_no_exponential_time(t *testing.T) {
	if fits(strings.Repeat("*a", 60)+"*b", strings.Repeat("a", 4000)) {
		t.Error("matched")
	}
}

func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{
		{"linux-*", "linux-image"}, {"[!a-c]?[", "dx["}, {"*[]-a]*", "x_"}, {"[a-c-e]", "-"}, {"[]", "[]"}, {"*\xff?", "é\xfe\xff"}, {"[!]]*a", "ba"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 24 || len(text) > 24 || !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			return
		}
		if got, want := fits(pattern, text), slowGlob([]rune(pattern), []rune(text)); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
	})
}

// slowGlob matches by trying everything.
func slowGlob(p, text []rune) bool {
	if len(p) == 0 {
		return len(text) == 0
	}
	if p[0] == '*' {
		for i := 0; i <= len(text); i++ {
			if slowGlob(p[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	if len(text) == 0 {
		return false
	}
	if p[0] == '[' {
		if inside, rest, ok := slowSet(p[1:]); ok {
			return slowSetHas(inside, text[0]) && slowGlob(rest, text[1:])
		}
	}
	return (p[0] == '?' || p[0] == text[0]) && slowGlob(p[1:], text[1:])
}

// slowSet cuts p, which begins after a [, at the ] that closes it.
func slowSet(p []rune) (inside, rest []rune, ok bool) {
	s, skip := string(p), ""
	for _, first := range []string{"!", "]"} {
		if strings.HasPrefix(s, first) {
			s, skip = s[1:], skip+first
		}
	}
	before, after, ok := strings.Cut(s, "]")
	return []rune(skip + before), []rune(after), ok
}

func slowSetHas(inside []rune, c rune) bool {
	if inside[0] == '!' {
		return !slowRanges(inside[1:], c)
	}
	return slowRanges(inside, c)
}

func slowRanges(inside []rune, c rune) bool {
	switch {
	case len(inside) == 0:
		return false
	case len(inside) >= 3 && inside[1] == '-':
		return inside[0] <= c && c <= inside[2] || slowRanges(inside[3:], c)
	}
	return inside[0] == c || slowRanges(inside[1:], c)
}
