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
	plan          *Plan // nil: there was none
	before, after []installedPackage
	status        *progress
	tried         map[packageID]string // the versions that dpkg's log says were tried
	said          *complaints
	code          int    // the exit code
	ended         string // how the command ended, in words
}

// judge has the evidence by package.
type judge struct {
	*evidence
	steps         map[packageID]*Step
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
func (j *judge) learn() {
	if j.plan != nil {
		for i := range j.plan.Steps {
			j.steps[j.plan.Steps[i].id()] = &j.plan.Steps[i]
		}
	}
	known := map[packageID]bool{}
	for _, ids := range []([]packageID){keys(j.steps), keys(j.before), keys(j.after), keys(j.tried)} {
		for _, id := range ids {
			if !known[id] {
				known[id] = true
				j.archs[id.name] = append(j.archs[id.name], id.arch)
			}
		}
	}
	j.touched = make(map[packageID]bool, len(j.status.touched))
	for id := range j.status.touched {
		j.touched[j.resolve(id)] = true
	}
	for id, text := range j.said.unfetched() {
		j.unfetched[j.resolve(id)] = text
	}
	j.troubles = map[packageID]*trouble{}
	// The descriptor comes first: what dpkg writes to stderr is the same once more.
	for _, source := range [][]trouble{j.status.troubles, j.said.troubles} {
		j.blame(source)
	}
}

func keys[V any](m map[packageID]V) []packageID { return slices.Collect(maps.Keys(m)) }

// blame gives each package its last trouble of that source, where it has none of an earlier one.
func (j *judge) blame(source []trouble) {
	fresh := map[packageID]*trouble{}
	for _, t := range source {
		if t.name != "" {
			t.packageID = j.resolve(t.packageID)
			fresh[t.packageID] = &t
		}
		if j.first == nil {
			j.first = &t
		}
	}
	for id, t := range fresh {
		if j.troubles[id] == nil {
			j.troubles[id] = t
		}
	}
}

// resolve finds the architecture of a package where it was not told: the native one, or the only one of that
// name.
func (j *judge) resolve(id packageID) packageID {
	switch archs := j.archs[id.name]; {
	case id.arch != "" && id.arch != "all":
	case len(archs) == 1 && id.arch == "":
		id.arch = archs[0]
	default:
		id.arch = j.native
	}
	return id
}

// reason says why: the package's own error, else that of the package that stopped the run, else what apt said,
// else how the command ended.
func (j *judge) reason(s *subject) string {
	if s.trouble != nil && s.trouble.text != "" {
		return host.Shorten(s.trouble.text)
	}
	if j.first != nil && j.first != s.trouble {
		return host.Shorten("aborted by " + j.called(j.first) + ": " + cmp.Or(j.first.text, "it failed"))
	}
	if text, why := j.said.main(); text != "" {
		return host.Shorten(why.said(text))
	}
	return j.ended
}

// called names a package as apt does, and one of which only the archive is known by that.
func (j *judge) called(t *trouble) string {
	switch {
	case t.name == "":
		return cmp.Or(t.file, "an archive")
	case t.arch == j.native:
		return t.name
	}
	return t.name + ":" + t.arch
}

// failure returns the run's own error: why it never got to a package. It is empty where it did, and where there
// was nothing to do.
func (e *evidence) failure(outcomes []messages.Outcome) string {
	if slices.ContainsFunc(outcomes, func(o messages.Outcome) bool {
		return o.Result == messages.ResultInstalled || o.Result == messages.ResultFailed
	}) {
		return ""
	}
	told := e.said.told()
	if e.code == 0 {
		told = append(told, e.said.warnings...)
	}
	_, why := e.said.main()
	switch {
	case len(told) > 0 && why == causeUnknown:
		return host.Shorten(causeOf(told[0]).said(strings.Join(told, "; ")))
	case len(told) > 0:
		return host.Shorten(why.said(strings.Join(told, "; ")))
	case e.code == 0:
		return ""
	case e.said.last != "":
		return host.Shorten(e.ended + ": " + e.said.last)
	}
	return e.ended
}
