package classify

import "strings"

// entries are the lines of ApprovedPatches or of RejectedPatches, compiled.
type entries struct {
	list  []entry
	exact map[string]int // the first entry of each text, lower case
	globs []int          // positions of the patterns
}

type entry struct {
	text  string // as written
	lower string
	glob  glob // of a pattern
	at    *int // its position, as reasons name it
}

func parseEntries(lines []string) entries {
	es := entries{list: make([]entry, len(lines)), exact: make(map[string]int, len(lines))}
	for i, line := range lines {
		e := entry{text: line, lower: strings.ToLower(line), at: &i}
		if isGlob(e.lower) {
			e.glob = parseGlob(e.lower)
			es.globs = append(es.globs, i)
		}
		if _, repeated := es.exact[e.lower]; !repeated {
			es.exact[e.lower] = i
		}
		es.list[i] = e
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
		if i, ok := es.exact[form]; ok && form != "" {
			first = min(first, i)
		}
		for _, i := range es.globs {
			if i >= first {
				break
			}
			if form != "" && es.list[i].glob.match(form) {
				first = i
			}
		}
	}
	return first
}

// byName returns the position of the first entry that fits what says nothing of a version, which is looked for once for all
// versions of a package.
func (es *entries) byName(n *names) int { return es.before(len(es.list), []string{n.name, n.both}) }

// names returns the first entry that fits a version in one of its spellings, or nil. named is what byName returned.
func (es *entries) names(named int, one []knownVersion) *entry {
	for i := range one {
		named = es.before(named, one[i].forms[versionless:])
	}
	return es.entry(named)
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
		for _, i := range es.globs {
			if !matched[i] && es.list[i].glob.match(form) {
				matched[es.exact[es.list[i].lower]] = true
			}
		}
	}
}

// names are the lower-cased parts of which the forms of a package are made.
type names struct{ name, arch, both string }

func namesOf(name, arch string) names {
	name, arch = strings.ToLower(name), strings.ToLower(arch)
	return names{name, arch, name + "." + arch}
}

// forms are the strings, lower-cased, by which an entry may name one version of a package: name, version,
// name.arch, name-version, arch:version, name.arch:version (what AWS's agent compares on apt). Those that
// say nothing of a version come first.
type forms [6]string

const versionless = 2

func (n *names) forms(version string) forms {
	version = strings.ToLower(version)
	return forms{n.name, n.both, version, n.name + "-" + version, n.arch + ":" + version, n.both + ":" + version}
}
