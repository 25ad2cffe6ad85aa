package apt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// evidence is what a run has left behind.
type evidence struct {
	native        string
	plan          *host.Plan // nil: there was none
	before, after []installedPackage
	status        *progress
	tried         map[packageID]string // the versions that dpkg's log says were tried
	said          *complaints          // on stderr
	shown         *complaints          // in apt's log of dpkg's terminal; nil: nothing
	code          int                  // the exit code
	ended         string               // how the command ended, in words
}

// decider has the evidence by package.
type decider struct {
	*evidence
	steps         map[packageID]*host.Step
	before, after map[packageID]*installedPackage
	archs         map[string][]string // of every known name
	troubles      map[packageID]*trouble
	touched       map[packageID]bool
	unfetched     map[packageID]string
	first         *trouble // of all
}

func byID(packages []installedPackage) map[packageID]*installedPackage {
	by := make(map[packageID]*installedPackage, len(packages))
	for i := range packages {
		by[packageID{packages[i].name, packages[i].arch}] = &packages[i]
	}
	return by
}

// learn gives every piece of evidence to its package.
func (d *decider) learn() {
	if d.plan != nil {
		for i := range d.plan.Steps {
			d.steps[idOf(&d.plan.Steps[i])] = &d.plan.Steps[i]
		}
	}
	known := map[packageID]bool{}
	for _, ids := range []([]packageID){keys(d.steps), keys(d.before), keys(d.after), keys(d.tried)} {
		for _, id := range ids {
			if !known[id] {
				known[id] = true
				d.archs[id.name] = append(d.archs[id.name], id.arch)
			}
		}
	}
	d.touched = make(map[packageID]bool, len(d.status.touched))
	for id := range d.status.touched {
		d.touched[d.resolve(id)] = true
	}
	for id, text := range d.said.unfetched() {
		d.unfetched[d.resolve(id)] = text
	}
	d.troubles = map[packageID]*trouble{}
	// The descriptor comes first: what dpkg writes to stderr, or on its terminal, is the same once more.
	sources := [][]trouble{d.status.troubles, d.said.troubles}
	if d.shown != nil {
		sources = append(sources, d.shown.troubles)
	}
	for _, source := range sources {
		d.blame(source)
	}
}

func keys[V any](m map[packageID]V) []packageID { return slices.Collect(maps.Keys(m)) }

// blame gives each package its last trouble of that source, where it has none of an earlier one.
func (d *decider) blame(source []trouble) {
	fresh := map[packageID]*trouble{}
	for _, t := range source {
		if t.name != "" {
			t.packageID = d.resolve(d.meant(&t))
			fresh[t.packageID] = &t
		}
		if d.first == nil {
			d.first = &t
		}
	}
	for id, t := range fresh {
		if d.troubles[id] == nil {
			d.troubles[id] = t
		}
	}
}

// meant returns which of the words that may be the package's name is that of one that is known, without an architecture that
// was guessed and is none of its own.
func (d *decider) meant(t *trouble) packageID {
	archs := d.archs[t.name]
	if t.guessed && len(archs) > 0 && !slices.Contains(archs, t.arch) {
		return packageID{name: t.name}
	}
	if len(archs) == 0 {
		for _, other := range t.others {
			if len(d.archs[other.name]) > 0 {
				return other
			}
		}
	}
	return t.packageID
}

// resolve finds the architecture of a package where it was not told: the native one, or the only one of that
// name.
func (d *decider) resolve(id packageID) packageID {
	switch archs := d.archs[id.name]; {
	case id.arch != "" && id.arch != "all":
	case len(archs) == 1 && id.arch == "":
		id.arch = archs[0]
	default:
		id.arch = d.native
	}
	return id
}

// reason says why: the package's own error, else that of the package that stopped the run, else what apt said,
// else how the command ended.
func (d *decider) reason(s *subject) string {
	if s.trouble != nil && s.trouble.text != "" {
		return host.Shorten(s.trouble.text)
	}
	if d.first != nil && d.first != s.trouble {
		return host.Shorten("aborted by " + d.called(d.first) + ": " + cmp.Or(d.first.text, "it failed"))
	}
	if text, why := d.said.main(); text != "" {
		return host.Shorten(why.said(text))
	}
	return d.ended
}

// called names a package as apt does, and one of which only the archive is known by that.
func (d *decider) called(t *trouble) string {
	switch {
	case t.name == "":
		return cmp.Or(t.file, "an archive")
	case t.arch == d.native:
		return t.name
	}
	return t.name + ":" + t.arch
}

// failure returns the run's own error: what went wrong and is no package's. It is empty where a package has failed,
// whose outcome says why, and where nothing was wrong.
func (e *evidence) failure(outcomes []messages.Outcome) string {
	installed := false
	for _, o := range outcomes {
		if o.Result == messages.ResultFailed {
			return ""
		}
		installed = installed || o.Result == messages.ResultInstalled
	}
	grave := e.said.grave()
	switch {
	case e.code == 0 && installed:
		return ""
	case e.code == 0: // apt-get update ends so when nothing could be fetched
		grave = append(grave, e.said.warnings...)
	}
	text, why := e.said.main()
	switch {
	case len(grave) > 0 && why == causeUnknown:
		return host.Shorten(causeOf(grave[0]).said(strings.Join(grave, "; ")))
	case len(grave) > 0:
		return host.Shorten(why.said(strings.Join(grave, "; ")))
	case e.code == 0:
		return ""
	case text != "":
		return host.Shorten(why.said(text))
	}
	if last := cmp.Or(e.said.dpkg, e.said.last); last != "" {
		return host.Shorten(e.ended + ": " + last)
	}
	return e.ended
}
