package classify

import (
	"strings"
	"unicode/utf8"
)

// names are the lower-cased parts of which the forms of a package are made.
type names struct{ name, arch, both string }

// namesOf returns those of a package. patch is its name with its architecture, where that is there already.
func (f *family) namesOf(name, arch, patch string) names {
	n := names{name: lower(name), arch: lower(arch)}
	switch {
	case f.namesAlone:
		n.both = n.name
	case patch != "" && n.name == name && n.arch == arch:
		n.both = patch
	default:
		n.both = n.name + "." + n.arch
	}
	return n
}

// lower is [strings.ToLower] for texts that are mostly lower-cased.
func lower(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
			return strings.ToLower(text)
		}
	}
	return text
}

// form is a string by which an entry may name something, in its parts: it is put together only where an entry may be equal to it.
type form struct {
	parts  []string
	size   int
	begins byte
}

func formOf(parts ...string) form {
	f := form{parts: parts}
	for _, part := range parts {
		if f.size == 0 && part != "" {
			f.begins = part[0]
		}
		f.size += len(part)
	}
	return f
}

// named is where in the two lists the first entries stand that name something. The length of a list: none does.
type named struct{ approved, rejected int }

func (n named) or(other named) named {
	return named{min(n.approved, other.approved), min(n.rejected, other.rejected)}
}

// search holds forms against both lists.
type search struct {
	judge   *judge
	matched []bool // by position in the approved entries: it fits something. Nil: nobody asks
	first   named
}

// searching begins to look for entries. Of ApprovedPatches it notes in matched which fit; nil: nobody asks.
func (c *classifier) searching(matched []bool) *search {
	c.search = search{judge: c.judge, matched: matched}
	return &c.search
}

// form looks for the entries that fit one form. An empty one is none.
func (s *search) form(parts ...string) {
	f := formOf(parts...)
	if f.size == 0 {
		return
	}
	s.first.approved = min(s.first.approved, s.judge.approved().find(&f, s.matched))
	s.first.rejected = min(s.first.rejected, s.judge.rejected().find(&f, nil))
}

// byName returns the first entries that fit what says nothing of a version, which are looked for once for all versions of a
// package. The forms to come may begin with its name.
func (s *search) byName(n *names) named {
	s.judge.approved().leadBy(n.name)
	s.judge.rejected().leadBy(n.name)
	s.first = s.judge.none()
	for _, text := range [...]string{n.name, n.both} {
		if s.judge.approved().mayHave(text) || s.judge.rejected().mayHave(text) {
			s.form(text)
		}
	}
	return s.first
}

// mayEnd reports whether an entry may be equal to something that ends with a text.
func (s *search) mayEnd(text string) bool {
	return s.judge.approved().mayEnd(text) || s.judge.rejected().mayEnd(text)
}

// mayBegin reports whether a pattern may fit something that begins with the name of the package and goes on, or with one of the texts.
func (s *search) mayBegin(texts ...string) bool {
	return s.judge.approved().mayBegin(texts...) || s.judge.rejected().mayBegin(texts...)
}

// byVersion returns the first entries that fit what says which version it is.
func (s *search) byVersion(n *names, version string) named {
	s.first = s.judge.none()
	s.judge.family.forms(s, n, version)
	return s.first
}

// namedAt returns the first entries that name a package at a version. It notes in matched which fit, where that is given.
func (c *classifier) namedAt(matched []bool, name, arch, version string) named {
	n, s := c.family.namesOf(name, arch, ""), c.searching(matched)
	return s.byName(&n).or(s.byVersion(&n, version))
}

// none is where no entry names something.
func (j *judge) none() named { return named{len(j.approvedPatches), len(j.rejectedPatches)} }

// approvedBy and rejectedBy return the first entry that names a version in one of its spellings, or nil.
func (j *judge) approvedBy(one []knownVersion) *entry {
	first := len(j.approvedPatches)
	for i := range one {
		first = min(first, one[i].named.approved)
	}
	return j.approved().entry(first)
}

func (j *judge) rejectedBy(one []knownVersion) *entry {
	first := len(j.rejectedPatches)
	for i := range one {
		first = min(first, one[i].named.rejected)
	}
	return j.rejected().entry(first)
}
