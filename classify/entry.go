package classify

import "strings"

// entries are the lines of ApprovedPatches or of RejectedPatches, compiled.
type entries struct {
	list  []entry
	exact map[string]int // the first entry of each key
	globs *patterns      // numbered by their positions; nil: there are none
}

type entry struct {
	text  string // as written
	lower string
	key   string // what is compared
	at    *int   // its position, as reasons name it
}

func parseEntries(lines []string, of *family) entries {
	es := entries{list: make([]entry, len(lines)), exact: make(map[string]int, len(lines))}
	for i, line := range lines {
		e := entry{text: line, lower: strings.ToLower(line), at: &i}
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
		es.list[i] = e
	}
	if es.globs != nil {
		es.globs.compile()
	}
	return es
}

// first returns the first entry that fits one of the forms, or nil.
func (es *entries) first(forms []string) *entry { return es.entry(es.before(len(es.list), forms)) }

// entry returns the one at a position, or nil where there is none.
func (es *entries) entry(i int) *entry {
	if i == len(es.list) {
		return nil
	}
	return &es.list[i]
}

// before returns the position of the first entry before first that fits one of the forms; first where there is none.
func (es *entries) before(first int, forms []string) int {
	for _, form := range forms {
		if form == "" {
			continue
		}
		if i, ok := es.exact[form]; ok {
			first = min(first, i)
		}
		if fit := es.fit(form); len(fit) > 0 {
			first = min(first, int(fit[0]))
		}
	}
	return first
}

// spent reports whether no pattern is matched any more.
func (es *entries) spent() bool { return es.globs != nil && es.globs.spent() }

// fit returns the positions of the patterns that fit a form, ascending.
func (es *entries) fit(form string) []int32 {
	if es.globs == nil {
		return nil
	}
	return es.globs.fit(form)
}

// byName returns the position of the first entry that fits what says nothing of a version, which is looked for once for all
// versions of a package. The forms to come may begin with its name.
func (es *entries) byName(n *names) int {
	if es.globs != nil {
		es.globs.leadBy(n.name)
	}
	return es.before(len(es.list), []string{n.name, n.both})
}

// names returns the first entry that fits a version in one of its spellings, or nil. named is what byName returned.
func (es *entries) names(named int, one []knownVersion) *entry {
	for i := range one {
		if forms := one[i].forms; len(forms) > 0 {
			named = es.before(named, forms[versionless:])
		}
	}
	return es.entry(named)
}

// earlier returns the entry that stands first; nil is none.
func earlier(a, b *entry) *entry {
	if a == nil || b != nil && *b.at < *a.at {
		return b
	}
	return a
}

// firstOfNotice returns the first entry that fits one of the ids of a notice, or nil. No pattern fits those of exact.
func (es *entries) firstOfNotice(globbed, exact []string) *entry {
	first := es.first(globbed)
	for _, id := range exact {
		if i, ok := es.exact[id]; ok {
			first = earlier(first, &es.list[i])
		}
	}
	return first
}

// markExact is mark for ids that no pattern fits.
func (es *entries) markExact(matched []bool, ids []string) {
	for _, id := range ids {
		if i, ok := es.exact[id]; ok {
			matched[i] = true
		}
	}
}

// mark notes in matched which entries fit one of the forms; for entries of one text, the first of them.
func (es *entries) mark(matched []bool, forms []string) {
	for _, form := range forms {
		if form == "" {
			continue
		}
		if i, ok := es.exact[form]; ok {
			matched[i] = true
		}
		for _, i := range es.fit(form) {
			matched[es.exact[es.list[i].key]] = true
		}
	}
}

// names are the lower-cased parts of which the forms of a package are made.
type names struct{ name, arch, both string }

func (f *family) namesOf(name, arch string) names {
	name, arch = strings.ToLower(name), strings.ToLower(arch)
	if f.namesAlone {
		return names{name, arch, name}
	}
	return names{name, arch, name + "." + arch}
}

// versionless is how many of the forms of a version say nothing of it: name, name.arch. They come first.
const versionless = 2
