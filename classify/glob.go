package classify

import "strings"

// glob is a pattern in the manner of Python's fnmatch, which AWS's own agent uses: * spans everything, ?
// is any one character, […] a set, [!…] what is not in it. ^ is literal, so is a ] that comes first in a set
// and a [ that is never closed, and nothing escapes. Pattern and text are lower-cased by the caller.
type glob []globToken

type globToken struct {
	kind   globKind
	char   rune      // of a globChar
	ranges [][2]rune // of a globSet, each from its first to its last character
	negate bool      // of a globSet
}

type globKind uint8

const (
	globChar globKind = iota
	globAny
	globStar
	globSet
	globEnd // of the whole text
)

// isGlob reports whether entry has a character that makes it a pattern.
func isGlob(entry string) bool { return strings.ContainsAny(entry, "*?[") }

func parseGlob(pattern string) glob {
	var g glob
	p := []rune(pattern)
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '*':
			if len(g) == 0 || g[len(g)-1].kind != globStar {
				g = append(g, globToken{kind: globStar})
			}
		case '?':
			g = append(g, globToken{kind: globAny})
		case '[':
			if end := setEnd(p, i+1); end > 0 {
				g = append(g, parseSet(p[i+1:end]))
				i = end
				continue
			}
			fallthrough
		default:
			g = append(g, globToken{char: p[i]})
		}
	}
	return g
}

// setEnd returns the position of the ] that closes the set whose inside begins at i, or 0.
func setEnd(p []rune, i int) int {
	if i < len(p) && p[i] == '!' {
		i++
	}
	if i < len(p) && p[i] == ']' {
		i++
	}
	for ; i < len(p); i++ {
		if p[i] == ']' {
			return i
		}
	}
	return 0
}

func parseSet(inside []rune) globToken {
	t := globToken{kind: globSet}
	if inside[0] == '!' {
		t.negate, inside = true, inside[1:]
	}
	for i := 0; i < len(inside); i++ {
		from, to := inside[i], inside[i]
		if i+2 < len(inside) && inside[i+1] == '-' {
			to = inside[i+2]
			i += 2
		}
		if from <= to { // a range that runs backwards is empty
			t.ranges = append(t.ranges, [2]rune{from, to})
		}
	}
	return t
}

func (t globToken) accepts(c rune) bool {
	switch t.kind {
	case globAny:
		return true
	case globChar:
		return c == t.char
	case globEnd:
		return false
	}
	for _, r := range t.ranges {
		if r[0] <= c && c <= r[1] {
			return !t.negate
		}
	}
	return t.negate
}
