package rpmreading

import (
	"slices"
	"strconv"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// entry is one of ApprovedPatches or RejectedPatches ("Names").
type entry struct {
	text     string // in lower case, without .rpm
	bugzilla bool   // an id of Bugzilla and nothing else
}

func entriesOf(texts []string) (list []entry) {
	for _, text := range texts {
		e := entry{text: strings.TrimSuffix(strings.ToLower(text), ".rpm")}
		e.bugzilla = text != "" && strings.Trim(text, "0123456789") == ""
		list = append(list, e)
	}
	return list
}

// fits: in any case, and as a pattern.
func (e entry) fits(forms ...string) bool {
	return e.text != "" && !e.bugzilla && slices.ContainsFunc(forms, func(form string) bool {
		form = strings.ToLower(form)
		return e.text == form || glob(e.text, form)
	})
}

// namesVersion: the twelve forms. name.arch is the patch's own; in the others stands the arch of the version.
func (e entry) namesVersion(name, arch, own string, v evr) bool {
	epoch, vr := strconv.FormatUint(v.epoch, 10), v.ver
	if v.released {
		vr += "-" + v.rel
	}
	return e.fits(name, name+"."+own, name+"-"+v.ver, name+"-"+vr, name+"-"+vr+"."+arch, v.ver, vr, epoch+":"+vr,
		name+"-"+epoch+":"+vr, name+"-"+epoch+":"+vr+"."+arch, epoch+":"+name+"-"+vr+"."+arch, name+"."+arch+":"+epoch+":"+vr)
}

func (e entry) namesNotice(n *messages.Advisory) bool {
	if e.bugzilla {
		return slices.Contains(n.Bugs, e.text)
	}
	return e.fits(n.ID) || e.fits(n.Aliases...) || slices.ContainsFunc(n.CVEs, func(cve string) bool { return strings.EqualFold(cve, e.text) })
}

// glob is Python's fnmatch (section 3), of bytes.
func glob(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	rest := pattern[1:]
	switch pattern[0] {
	case '*':
		return glob(rest, s) || s != "" && glob(pattern, s[1:])
	case '?':
		return s != "" && glob(rest, s[1:])
	case '[':
		if set, after, closed := cutSet(rest); closed {
			return s != "" && inSet(set, s[0]) && glob(after, s[1:])
		}
	}
	return s != "" && s[0] == pattern[0] && glob(rest, s[1:])
}

// cutSet cuts behind the ] that ends a set; the first byte of one, behind !, is no end.
func cutSet(s string) (set, after string, closed bool) {
	first := 0
	if strings.HasPrefix(s, "!") {
		first = 1
	}
	if len(s) <= first+1 {
		return "", "", false
	}
	n := strings.IndexByte(s[first+1:], ']')
	if n < 0 {
		return "", "", false
	}
	n += first + 1
	return s[:n], s[n+1:], true
}

func inSet(set string, c byte) bool {
	if negated, ok := strings.CutPrefix(set, "!"); ok {
		return !inSet(negated, c)
	}
	for set != "" {
		if len(set) > 2 && set[1] == '-' {
			if set[0] <= c && c <= set[2] {
				return true
			}
			set = set[3:]
			continue
		}
		if set[0] == c {
			return true
		}
		set = set[1:]
	}
	return false
}
