package classify

import (
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// family is what differs between groups of operating systems. All else is one procedure. A new one is another value of
// it, and touches no other.
type family struct {
	*baseline.Family

	compare   func(a, b string) int // the order of versions
	ordered   func(string) error    // nil: a version has a place in that order
	valid     func(string) error    // nil: it is one by the package manager's own grammar
	canonical func(string) string   // a version that can be ordered, as items show it

	// forms searches for all strings by which an entry may name a version, lower-cased, beside those that say nothing of it. Of two
	// parts of one that meet, one has a character of ASCII there.
	forms  func(s *search, n *names, version string)
	key    func(entry string) string                                            // what an entry, lower-cased, is compared as
	value  func(key, value string) string                                       // a value of a filter or of what it is asked of: equal ones as one; empty: none
	many   []string                                                             // keys of filters of which a notice may have several values
	unsaid baseline.Filter                                                      // what a rule asks for that has no filter of that key; no key: nothing
	match  func(*judge, []knownVersion) *match                                  // does the baseline approve a version, given in all its spellings
	list   func(*classifier, *effective, *messages.Version, *knownVersion) bool // fills in a version that the scan lists; false: there is none for the package
	isOf   func(*classifier, *effective, *messages.Version) bool                // is a version that is listed with a package one of it; nil: all are
	words  noticeWords

	// alone is a version of which the scan says nothing; fulfil adds to the installed one, among those that are known of a
	// package, what only an installed one has. Nil: nothing.
	alone  func(c *classifier, p *effective, text string) knownVersion
	fulfil func(*classifier, *effective)

	absent  func(*classifier, *effective, *Item) bool                // decides about what is not installed: is there an item
	blocked func(p *effective, missing string, excluded bool) string // why an upgrade does not bring what is missing; nil: nothing tells

	census func(*classifier) census // nil: whatever changes, all packages are judged

	// recounted is the census after that of before, where some packages changed; false: all must be counted. Nil: they always must.
	recounted func(c, was *classifier, lists *messages.ListChanges) (census, bool)

	// What hosts have beside packages. Nil: there is no such thing, and it is asked of none.
	noSecuritySource func(*classifier) (detail string, stands bool)
	securityListsAt  func(*classifier) time.Time
	noLists          func(*classifier) (detail string, stands bool)

	triedMustMatch bool // a version that a run tried counts as FAILED only where the baseline approves it
	namesAlone     bool // a patch is called by its name, whatever the architecture
	unordered      bool // nothing is newer than anything: a patch is there or not
}

var families = []*family{&apt, &rpm, &windows, &macOS}

// familyOf returns the family of an operating system, or nil where this version cannot judge it.
func familyOf(system string) *family {
	known := baseline.FamilyOf(system)
	for _, f := range families {
		if f.Family == known {
			return f
		}
	}
	return nil
}

var apt = family{
	Family:    baseline.Apt,
	compare:   version.CompareDeb,
	ordered:   version.OrderedDeb,
	valid:     version.ValidDeb,
	canonical: asItIs,

	forms: aptForms,
	key:   asItIs,
	value: func(_, value string) string { return value },
	match: (*judge).matchVersion,
	list:  (*classifier).aptVersion,
	words: errata,
	alone: func(_ *classifier, _ *effective, text string) knownVersion {
		return knownVersion{text: text, traits: traits{priority: defaultPriority}, textOnly: true}
	},
	absent:  (*classifier).notInstalled,
	blocked: (*effective).blocked,

	census:           func(c *classifier) census { return census{Kernels: inOrder(aptKernels(c.scan.Scan))} },
	recounted:        (*classifier).aptRecounted,
	noSecuritySource: (*classifier).noOwnSource,
	securityListsAt:  (*classifier).ownListsAt,
	noLists:          (*classifier).readsNothing,
}

// CompareVersions returns the order of the versions of an operating system, or nil where there is none.
func CompareVersions(system string) func(a, b string) int {
	f := familyOf(system)
	if f == nil || f.unordered {
		return nil
	}
	return func(a, b string) int {
		if f.ordered(a) != nil || f.ordered(b) != nil {
			return 0 // what has no place in the order is neither above nor below
		}
		return f.compare(a, b)
	}
}

func asItIs(text string) string { return text }

// aptForms are, beside name and name.arch: version, name-version, arch:version, name.arch:version, as AWS's agent compares on apt.
func aptForms(s *search, n *names, version string) {
	version = lower(version)
	if !s.mayEnd(version) && !s.mayBegin(version, n.arch) {
		return
	}
	s.form(version)
	s.form(n.name, "-", version)
	s.form(n.arch, ":", version)
	s.form(n.both, ":", version)
}
