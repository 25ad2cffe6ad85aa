package classify

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// patterns are globs that are matched all at once: a text is read once, however many they are. They are an automaton of which
// only that is made which texts ask for, and which is begun anew where it takes too much memory. Texts that ask for ever more
// of it get no answer any more: then it is spent. It is not safe for concurrent use.
type patterns struct {
	tokens []globToken // of one glob after the other, each closed by a globEnd
	number []int32     // by token: of its glob, as given to add

	alphabet alphabet
	floor    []int32   // tokens after a star with which their globs begin: they may come next at all times
	onFloor  [][]int32 // by class: what a character of it leads to from floor; nil: not made yet

	start  *patternState
	states map[string]*patternState // by what may come next
	bytes  int                      // that the states take, about
	most   int                      // bytes until they are forgotten
	work   int                      // tokens that were looked at to make states

	lead string // what the texts at hand begin with
	led  *patternState
}

// patternState is where all globs stand after some characters.
type patternState struct {
	next []int32         // tokens that may come next beside floor, ascending. A star is one, and stands for the token after it too
	fits []int32         // numbers of the globs that fit a text which ends here, ascending
	to   []*patternState // by class; nil: not made yet
}

const (
	maxPatternBytes = 2 << 20
	bytesPerState   = 160 // beside what is listed in it
	bytesPerToken   = 12  // in the list and in the key

	// maxPatternWork is half a second of work. A host of 20,000 packages makes a few thousand tokens of it with a thousand patterns;
	// what makes millions are names and versions that were put together from the patterns themselves.
	maxPatternWork = 8_000_000
)

func (p *patterns) spent() bool { return p.work > maxPatternWork }

// add adds a glob under a number that is higher than those before.
func (p *patterns) add(g glob, number int) {
	if len(g) > 1 && g[0].kind == globStar {
		p.floor = append(p.floor, int32(len(p.tokens)+1))
	}
	p.tokens = append(append(p.tokens, g...), globToken{kind: globEnd})
	for range len(g) + 1 {
		p.number = append(p.number, int32(number))
	}
}

// compile is called when all were added.
func (p *patterns) compile() {
	p.alphabet = alphabetOf(p.tokens)
	p.onFloor = make([][]int32, len(p.alphabet.first))
	p.most = cmp.Or(p.most, maxPatternBytes)
	p.begin()
	p.led = p.start
}

// begin forgets all states.
func (p *patterns) begin() {
	var first []int32
	for i, t := range p.tokens {
		if (i == 0 || p.tokens[i-1].kind == globEnd) && (t.kind != globStar || p.last(i)) {
			first = append(first, int32(i))
		}
	}
	p.states, p.bytes = make(map[string]*patternState), 0
	p.start = p.state(first) // however large, it is kept
}

// last reports whether nothing comes after the ith token.
func (p *patterns) last(i int) bool { return p.tokens[i+1].kind == globEnd }

// leadBy says with what the texts to come begin, which is then read once for all of them.
func (p *patterns) leadBy(lead string) { p.lead, p.led = lead, p.after(p.start, lead) }

// mayBeLed reports whether a glob may fit the lead, or the lead with something behind it.
func (p *patterns) mayBeLed() bool { return p.mayGoOn(p.led) }

// mayBegin reports whether a glob may fit something that begins with the first character of a text.
func (p *patterns) mayBegin(text string) bool {
	if text == "" {
		return true
	}
	_, width := utf8.DecodeRuneInString(text)
	return p.mayGoOn(p.after(p.start, text[:width]))
}

// mayGoOn reports whether a glob fits here, or may with something more.
func (p *patterns) mayGoOn(s *patternState) bool { return len(s.next)+len(p.floor) > 0 }

// fit returns the numbers of the globs that fit a text, ascending. Once they are spent it says nothing.
func (p *patterns) fit(text string) []int32 { return p.fitParts([]string{text}) }

// fitParts is fit for a text in parts, of two that meet one with a character of ASCII there.
func (p *patterns) fitParts(parts []string) []int32 {
	s, first := p.start, parts[0]
	if rest, led := strings.CutPrefix(first, p.lead); led && (rest == "" || utf8.RuneStart(rest[0])) {
		s, first = p.led, rest
	}
	s = p.after(s, first)
	for _, part := range parts[1:] {
		s = p.after(s, part)
	}
	return s.fits
}

func (p *patterns) after(s *patternState, text string) *patternState {
	if p.spent() {
		return p.start
	}
	for i := 0; i < len(text) && p.mayGoOn(s); {
		c, width := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, width = utf8.DecodeRuneInString(text[i:])
		}
		i += width
		class := p.alphabet.class(c)
		if s.to[class] == nil {
			s.to[class] = p.state(p.step(s, class))
		}
		s = s.to[class]
	}
	return s
}

// state returns the one in which those tokens may come next.
func (p *patterns) state(next []int32) *patternState {
	key := make([]byte, 0, 4*len(next))
	for _, i := range next {
		key = binary.NativeEndian.AppendUint32(key, uint32(i))
	}
	p.work += len(next) + len(p.alphabet.first)
	if s := p.states[string(key)]; s != nil {
		return s
	}
	if p.bytes > p.most {
		p.begin()
	}
	s := &patternState{next: next, to: make([]*patternState, len(p.alphabet.first))}
	for _, i := range next {
		switch t := p.tokens[i]; {
		case t.kind == globEnd, t.kind == globStar && p.last(int(i)):
			s.fits = append(s.fits, p.number[i])
		}
	}
	p.states[string(key)] = s
	p.bytes += bytesPerState + bytesPerToken*len(next) + 8*len(s.to)
	return s
}

// step returns what may come next after one character more.
func (p *patterns) step(s *patternState, class int) []int32 {
	if p.onFloor[class] == nil {
		p.onFloor[class] = p.passed(p.floor, class)
	}
	next := p.passed(s.next, class)
	if floor := p.onFloor[class]; len(floor) > 0 {
		next = append(next, floor...)
		slices.Sort(next)
		next = slices.Compact(next)
	}
	return p.furthest(next)
}

// passed returns what comes after those tokens of a list that accept a character, and the stars in it. It is never nil.
func (p *patterns) passed(list []int32, class int) []int32 {
	c, next := p.alphabet.first[class], make([]int32, 0, len(list))
	for _, i := range list {
		if p.tokens[i].kind == globStar {
			next = append(next, i)
			i++
		}
		if p.tokens[i].accepts(c) {
			next = append(next, i+1)
		}
	}
	return next
}

// furthest drops of each glob what comes before its last star: whatever would fit from there fits from the star too.
func (p *patterns) furthest(next []int32) []int32 {
	kept := len(next)
	star := int32(-1) // the number of the glob of which one was met
	for k := len(next) - 1; k >= 0; k-- {
		i := next[k]
		if p.number[i] == star {
			continue
		}
		if p.tokens[i].kind == globStar {
			star = p.number[i]
		}
		kept--
		next[kept] = i
	}
	return slices.Clip(next[kept:])
}

// alphabet puts characters that no token tells apart into one class.
type alphabet struct {
	first []rune // by class, ascending: the lowest of it
	ascii [utf8.RuneSelf]uint16
}

func alphabetOf(tokens []globToken) alphabet {
	a := alphabet{first: []rune{0}}
	for _, t := range tokens {
		if t.kind == globChar {
			a.first = append(a.first, t.char, t.char+1)
		}
		for _, r := range t.ranges {
			a.first = append(a.first, r[0], r[1]+1)
		}
	}
	slices.Sort(a.first)
	a.first = slices.Compact(a.first)
	for c := range a.ascii {
		a.ascii[c] = uint16(a.search(rune(c)))
	}
	return a
}

func (a *alphabet) class(c rune) int {
	if c < utf8.RuneSelf {
		return int(a.ascii[c])
	}
	return a.search(c)
}

func (a *alphabet) search(c rune) int {
	i, found := slices.BinarySearch(a.first, c)
	if !found {
		i--
	}
	return i
}
