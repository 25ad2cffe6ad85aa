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
func (es *entries) first(forms []string) *entry {
	first := len(es.list)
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
	if first == len(es.list) {
		return nil
	}
	return &es.list[first]
}

// names returns the first entry that fits a version in one of its spellings, or nil.
func (es *entries) names(one []knownVersion) *entry {
	first := es.first(one[0].forms[:])
	for i := range one[1:] {
		if e := es.first(one[1+i].forms[:]); e != nil && (first == nil || *e.at < *first.at) {
			first = e
		}
	}
	return first
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
