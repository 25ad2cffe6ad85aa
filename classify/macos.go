package classify

import (
	"strings"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// What is special about macOS (classification.md, section 10): the host's list says of an update what it is for, and no more.
var macOS = family{
	Family:    baseline.MacOS,
	compare:   version.CompareDotted,
	ordered:   version.OrderedDotted,
	valid:     version.ValidDotted,
	canonical: asItIs,

	forms: nameForms,
	key:   asItIs,
	value: func(_, value string) string { return value },
	match: (*judge).matchOffered,
	list:  (*classifier).offered,
	words: errata,
	alone: func(_ *classifier, p *effective, text string) knownVersion {
		return knownVersion{text: text, textOnly: true, unruled: ofInstaller(p)}
	},
	absent: (*classifier).notInstalled,
	census: func(*classifier) census { return census{} },
	recounted: func(*classifier, *classifier, *messages.ListChanges) (census, bool) {
		return census{}, true
	},

	triedMustMatch: true, namesAlone: true,
}

// ofInstaller reports whether an installer put the package in place: no list has updates of it, and no rule is for it.
func ofInstaller(p *effective) bool { return p.Source == messages.SourceInstaller }

// offered is a version that the scan lists.
func (c *classifier) offered(p *effective, v *messages.Version, known *knownVersion) bool {
	if ofInstaller(p) && (!p.ordered || version.CompareDotted(v.Version, p.installed) > 0) {
		return false
	}
	known.text, known.section, known.security = v.Version, v.Section, strings.EqualFold(v.Section, Security)
	known.unruled = ofInstaller(p)
	return true
}

// matchOffered decides whether the baseline approves a version of macOS. As on Linux, ApprovedPatches stands above the global
// filters.
func (j *judge) matchOffered(one []knownVersion) *match {
	if e := j.rejectedBy(one); e != nil {
		return &match{stopped: e.rejects(one[0].text)}
	}
	if one[0].unruled {
		return j.withApproved(&match{level: messages.Unspecified, stopped: messages.Stopped{By: messages.StoppedByInstaller}}, one)
	}
	return j.withApproved(&j.ruling(one).match, one)
}
