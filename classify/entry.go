package classify

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// entries are the lines of ApprovedPatches or of RejectedPatches, compiled.
type entries struct {
	list  []entry
	exact map[string]int // the first entry of each key
	sizes *sizes         // of the keys: most forms are put aside by it alone
	ends  *ends          // of the keys: most versions are put aside by it alone
	globs *patterns      // numbered by their positions; nil: there are none
}

type entry struct {
	text    string // as written
	lower   string
	key     string // what is compared
	at      *int   // its position, as reasons name it
	matched messages.Matched
}

func parseEntries(lines []string, of *family) *entries {
	es := &entries{list: make([]entry, len(lines)), exact: make(map[string]int, len(lines))}
	if len(lines) > 0 { // most baselines name nothing, and each sieve is large
		es.sizes, es.ends = new(sizes), new(ends)
	}
	for i, line := range lines {
		e := entry{text: line, lower: strings.ToLower(line), at: &i, matched: messages.Matched{Entry: &i, Text: line}}
		e.key = of.key(e.lower)
		if !of.Literal && isGlob(e.key) {
			if es.globs == nil {
				es.globs = new(patterns)
			}
			es.globs.add(parseGlob(e.key), i)
		}
		if _, repeated := es.exact[e.key]; !repeated {
			es.exact[e.key] = i
		}
		es.sizes.add(e.key)
		es.ends.add(e.key)
		es.list[i] = e
	}
	if es.globs != nil {
		es.globs.compile()
	}
	return es
}

// mayHave reports whether something may fit a text that begins with the lead: a pattern, or a key that begins and ends so and is as
// long.
func (es *entries) mayHave(text string) bool {
	return es.globs != nil && es.globs.mayBeLed() || text != "" && es.sizes.has(text[0], len(text)) && es.ends.has(text)
}

// mayEnd reports whether a key may end with a text.
func (es *entries) mayEnd(text string) bool { return es.ends.has(text) }

// mayBegin reports whether a pattern may fit what begins with the lead and goes on, or with one of the texts.
func (es *entries) mayBegin(texts ...string) bool {
	if es.globs == nil {
		return false
	}
	return es.globs.mayBeLed() || slices.ContainsFunc(texts, es.globs.mayBegin)
}

// entry returns the one at a position, or nil where there is none.
func (es *entries) entry(i int) *entry {
	if i == len(es.list) {
		return nil
	}
	return &es.list[i]
}

// find returns the position of the first entry that fits a form; the length of the list: none does. Where matched is given it
// notes there all that do; of entries of one text, the first.
func (es *entries) find(f *form, matched []bool) int {
	first := len(es.list)
	if es.sizes.has(f.begins, f.size) {
		if i, ok := es.equal(f.parts); ok {
			first = i
			note(matched, i)
		}
	}
	if es.globs == nil {
		return first
	}
	fit := es.globs.fitParts(f.parts)
	if len(fit) > 0 {
		first = min(first, int(fit[0]))
	}
	if matched != nil {
		for _, i := range fit {
			note(matched, es.exact[es.list[i].key])
		}
	}
	return first
}

// equal returns the first entry whose key is a text, given in its parts.
func (es *entries) equal(parts []string) (at int, ok bool) {
	if len(parts) == 1 {
		at, ok = es.exact[parts[0]]
		return at, ok
	}
	var memory [128]byte
	text := memory[:0]
	for _, part := range parts {
		text = append(text, part...)
	}
	at, ok = es.exact[string(text)]
	return at, ok
}

func note(matched []bool, i int) {
	if matched != nil {
		matched[i] = true
	}
}

// leadBy says with what the forms to come begin.
func (es *entries) leadBy(lead string) {
	if es.globs != nil {
		es.globs.leadBy(lead)
	}
}

// spent reports whether no pattern is matched any more.
func (es *entries) spent() bool { return es.globs != nil && es.globs.spent() }

// earlier returns the entry that stands first; nil is none.
func earlier(a, b *entry) *entry {
	if a == nil || b != nil && *b.at < *a.at {
		return b
	}
	return a
}

// ofNotice returns the first entry that fits one of the ids of a notice, or nil, and notes in matched, where that is given, all
// that do. No pattern fits those of exact.
func (es *entries) ofNotice(globbed, exact []string, matched []bool) *entry {
	first := len(es.list)
	for _, id := range globbed {
		if f := formOf(id); f.size > 0 {
			first = min(first, es.find(&f, matched))
		}
	}
	for _, id := range exact {
		if i, ok := es.exact[id]; ok {
			first = min(first, i)
			note(matched, i)
		}
	}
	return es.entry(first)
}
