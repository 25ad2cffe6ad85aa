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

	triedMustMatch: true, namesAlone: true,
}

// ofInstaller reports whether an installer put the package in place: no list has updates of it, and no rule is for it.
func ofInstaller(p *effective) bool { return p.Source == messages.SourceInstaller }

// offered returns a version that the scan lists.
func (c *classifier) offered(p *effective, v *messages.Version) (knownVersion, bool) {
	if ofInstaller(p) && (!p.ordered || version.CompareDotted(v.Version, p.installed) > 0) {
		return knownVersion{}, false
	}
	return knownVersion{text: v.Version, section: v.Section, security: strings.EqualFold(v.Section, Security), unruled: ofInstaller(p)}, true
}

// matchOffered decides whether the baseline approves a version of macOS. As on Linux, ApprovedPatches stands above the global
// filters.
func (j *judge) matchOffered(one []knownVersion) match {
	if e := j.rejected.names(one[0].rejected, one); e != nil {
		return match{stopped: e.rejects(one[0].text)}
	}
	m := match{level: messages.Unspecified, stopped: messages.Stopped{Version: one[0].text, By: messages.StoppedByNoRule}}
	switch stopped, all := j.refuseAll(one); {
	case one[0].unruled:
		m.stopped.By = messages.StoppedByInstaller
	case all:
		m.stop(stopped)
	default:
		j.tryRules(&m, one)
	}
	j.tryApproved(&m, one)
	return m
}
