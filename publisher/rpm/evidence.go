package rpm

import (
	"maps"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// evidence is what a run has left behind.
type evidence struct {
	before, after *inventory
	plan          *host.Plan // nil: there was none
	foretold      *heard     // what the manager said when it was asked for the plan; nil: it was not
	said          *heard     // what it said when it was run
	unplanned     unplanned
	unmet         map[nameArch]string // what a new version requires and is not there
	sideBySide    map[string]bool     // names of which several versions are installed on purpose
	code          int                 // the exit code
	good          bool                // it is one of a command that did what it was told
	ended         string              // how the command ended, in words
}

// unplanned are newer versions in the repositories that the command was to bring and the plan says nothing of.
type unplanned struct {
	candidates map[nameArch]string // that would be taken
	barred     map[nameArch]bar    // that the host's configuration keeps out
}

// of has the same for the packages that the versions replace.
func (u unplanned) of(installed func(nameArch) nameArch) unplanned {
	of := unplanned{candidates: map[nameArch]string{}, barred: map[nameArch]bar{}}
	for id, evr := range u.candidates {
		of.candidates[installed(id)] = evr
	}
	for id, b := range u.barred {
		of.barred[installed(id)] = b
	}
	return of
}

// bar is what keeps a version out.
type bar struct{ evr, why string }

// Why the host's configuration keeps a version out.
const (
	reasonHeld     = "held: version lock"
	reasonExcluded = "excluded"
)

func sameInstance(a, b instance) bool { return a.evr == b.evr && a.installedAt.Equal(b.installedAt) }

// sameVersions tells whether both have the same versions of the same packages.
func (i *inventory) sameVersions(other *inventory) bool {
	return maps.EqualFunc(i.packages, other.packages, func(a, b []instance) bool {
		return slices.EqualFunc(a, b, sameInstance)
	})
}

// has tells whether a version is installed.
func (i *inventory) has(n nevra) bool {
	return slices.ContainsFunc(i.packages[n.nameArch], func(one instance) bool { return one.evr == n.evr })
}

// failure returns the run's own error: what went wrong and is no package's. It is empty where a package has failed, whose
// outcome says why, and where nothing was wrong.
func (e *evidence) failure(outcomes []messages.Outcome) string {
	if slices.ContainsFunc(outcomes, func(o messages.Outcome) bool { return o.Result == messages.ResultFailed }) {
		return ""
	}
	if lost := e.said.lost(); lost != "" && e.good {
		return host.Shorten(lost)
	}
	if e.good {
		return ""
	}
	grave := e.said.grave()
	_, why := e.said.main()
	if len(grave) > 0 {
		return host.Shorten(why.said(strings.Join(grave, "; ")))
	}
	if e.foretold != nil && e.before.sameVersions(e.after) {
		if text, why := e.foretold.main(); text != "" {
			return host.Shorten(why.said(text))
		}
	}
	if e.said.last != "" {
		return host.Shorten(e.ended + ": " + e.said.last)
	}
	return e.ended
}
