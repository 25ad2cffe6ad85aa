package rpm

import (
	"cmp"
	"slices"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// What became of a package is what rpm's database says, before and after. The plan says what should have become of it, the
// rest only why it did not:
//
//	after the run                                            outcome
//	new version, the old one gone                            installed; with stage and error where a script failed late
//	new version, the old one still there, not on purpose     failed, duplicate: %preun failed, or the run was killed
//	new version, and something that it requires is not there failed: its dependency did not get in
//	new version beside the old one, on purpose (kernels)     installed; an older one that went is removed
//	old version, and an error that names it                  failed
//	old version, and the manager had set about it            failed: the database could not be written
//	old version, planned, the run was refused or stopped     not attempted, with what refused it
//	old version, planned, the run went well                  skipped
//	left by the plan, locked, excluded, a candidate still    skipped
//	two versions before, one of them now                     installed: it is mended
//	was to be removed, and is there                          as with an old version, and without a version to be
//
// One that was removed has no outcome and is told apart, and one to which nothing happened and nothing was to happen has none
// either.

// outcomes returns what became of each package, and which were removed, by name and architecture.
func (e *evidence) outcomes() ([]messages.Outcome, []messages.Removal) {
	d := newDecider(e)
	var found []messages.Outcome
	var removed []messages.Removal
	for _, id := range d.ids() {
		s := d.subject(id)
		if o, ok := d.outcome(s); ok {
			o.Name, o.Arch = id.name, id.arch
			found = append(found, o)
		}
		removed = append(removed, d.removals(s)...)
	}
	return found, removed
}

// subject is one package, with all that concerns it.
type subject struct {
	id            nameArch
	before, after []instance // the newest first
	from          string     // the version before; empty: none
	step          *host.Step // nil: not planned
	trouble       *trouble
	touched       string // the version that was set about; empty: none
	beside        bool   // several versions are installed on purpose
}

func (d *decider) subject(id nameArch) *subject {
	s := &subject{
		id: id, before: d.before.packages[id], after: d.after.packages[id], step: d.steps[id], trouble: d.troubles[id],
		touched: d.touched[id], beside: d.sideBySide[id.name],
	}
	if len(s.before) > 0 {
		s.from = s.before[0].evr
	} else if other, ok := d.counterpart(id); ok && len(d.after.packages[other]) == 0 {
		s.from = d.before.packages[other][0].evr
	}
	return s
}

// fresh returns the newest version that was not there before.
func (s *subject) fresh() string {
	for _, one := range s.after {
		if !slices.ContainsFunc(s.before, func(old instance) bool { return old.evr == one.evr }) {
			return one.evr
		}
	}
	return ""
}

// gone are the versions that were there and are not.
func (s *subject) gone() (versions []string) {
	for _, old := range s.before {
		if !slices.ContainsFunc(s.after, func(one instance) bool { return old.evr == one.evr }) {
			versions = append(versions, old.evr)
		}
	}
	return versions
}

// outcome follows the table above.
func (d *decider) outcome(s *subject) (messages.Outcome, bool) {
	fresh := s.fresh()
	switch {
	case s.doubled() && (fresh != "" || s.step != nil || s.trouble != nil):
		return s.result(messages.ResultFailed, s.after[0].evr, stageDuplicate, d.mishap(s.id))
	case fresh != "" && d.unmet[s.id] != "":
		return s.result(messages.ResultFailed, fresh, stageResolve, d.unmet[s.id])
	case fresh != "":
		return s.installed(fresh)
	case s.mended(), s.reinstalled():
		return s.installed(s.after[0].evr)
	case len(s.after) == 0 && len(s.before) > 0:
		return d.vanished(s)
	case s.plans(host.ActionKeep):
		return s.result(messages.ResultSkipped, s.step.To, "", d.keepReason(s))
	case s.failedItself() && d.target(s) != "" && (d.refused || s.trouble.stage != stageResolve):
		return s.result(messages.ResultFailed, d.target(s), s.trouble.stage, d.reason(s.id))
	case s.touched != "" && !s.plans(host.ActionRemove):
		return s.result(messages.ResultFailed, s.touched, stageUnpack, d.mishap(s.id))
	case s.plans(host.ActionInstall):
		return d.unchanged(s, s.step.To)
	case s.plans(host.ActionRemove) && len(s.after) > 0:
		return d.unchanged(s, "")
	}
	return d.offered(s)
}

// doubled tells whether an old version is left beside the new one.
func (s *subject) doubled() bool { return len(s.after) > 1 && !s.beside }

// mended tells whether a version that was left beside the new one is gone.
func (s *subject) mended() bool { return !s.beside && len(s.before) > 1 && len(s.after) == 1 }

// reinstalled tells whether the same version was put in place again.
func (s *subject) reinstalled() bool {
	return len(s.before) == 1 && len(s.after) == 1 && s.before[0].evr == s.after[0].evr &&
		!s.before[0].installedAt.Equal(s.after[0].installedAt)
}

// failedItself tells whether something is known to have gone wrong with the package that kept its new version out.
func (s *subject) failedItself() bool {
	return s.trouble != nil && !isLate(s.trouble.stage) && (s.step != nil || s.trouble.evr != "" || len(s.before) > 0)
}

// installed is the outcome of a package that is there, with what failed on the way.
func (s *subject) installed(evr string) (messages.Outcome, bool) {
	if s.trouble != nil && s.trouble.weight > weightTail && s.trouble.stage != stageResolve {
		return s.result(messages.ResultInstalled, evr, s.trouble.stage, s.trouble.text)
	}
	return s.result(messages.ResultInstalled, evr, "", "")
}

// vanished is the outcome of a package that is gone although it was to be another version, and none of one that was removed
// or that another stands in for.
func (d *decider) vanished(s *subject) (messages.Outcome, bool) {
	if s.plans(host.ActionInstall) && !d.replaced(s.id) {
		return s.result(messages.ResultFailed, s.step.To, stageUnpack, d.mishap(s.id))
	}
	return messages.Outcome{}, false
}

// replaced tells whether the package is there in another architecture that stands in for it.
func (d *decider) replaced(id nameArch) bool {
	for other := range d.after.packages {
		if other.name == id.name && standsIn(other.arch, id.arch) && len(d.before.packages[other]) == 0 {
			return true
		}
	}
	return false
}

// keepReason says why the manager leaves a package.
func (d *decider) keepReason(s *subject) string {
	if why := d.reasons[s.id]; why != "" && s.step.Reason == keptBack {
		return causeDependencies.said(why)
	}
	return s.step.Reason
}

// leftAlone is why a package is as it was after a run that went well.
const leftAlone = "the command has left it as it was"

// unchanged is the outcome of a package that should have changed, and of which nothing is said.
func (d *decider) unchanged(s *subject, to string) (messages.Outcome, bool) {
	if d.good {
		return s.result(messages.ResultSkipped, to, "", leftAlone)
	}
	return s.result(messages.ResultNotAttempted, to, d.stage(), d.reason(s.id))
}

// offered is the outcome of a package that the plan says nothing of, though there is a newer version.
func (d *decider) offered(s *subject) (messages.Outcome, bool) {
	if b, ok := d.unplanned.barred[s.id]; ok {
		return s.result(messages.ResultSkipped, b.evr, "", b.why)
	}
	evr := d.unplanned.candidates[s.id]
	switch {
	case evr != "" && d.refused:
		return s.result(messages.ResultNotAttempted, evr, d.stage(), d.reason(s.id))
	case evr != "" && d.good && d.plan != nil: // an option of the command's, or a repository that it went on without
		return s.result(messages.ResultSkipped, evr, "", cmp.Or(d.said.lost(), leftAlone))
	}
	return messages.Outcome{}, false
}

// stage is where a run was refused; empty: it was not, and ended somewhere on the way.
func (d *decider) stage() string {
	if !d.refused {
		return ""
	}
	if d.first != nil {
		return d.first.stage
	}
	_, why := d.complaint()
	return why.stage()
}

// target returns the version that should have come about: what was planned, else what was named, else what is offered,
// else the one that is there.
func (d *decider) target(s *subject) string {
	for _, evr := range []string{s.stepTo(), s.newerNamed(), s.touched, d.unplanned.candidates[s.id], d.unplanned.barred[s.id].evr, s.from} {
		if evr != "" {
			return evr
		}
	}
	return s.trouble.evr
}

func (s *subject) stepTo() string {
	if s.step == nil {
		return ""
	}
	return s.step.To
}

// newerNamed returns the version that the trouble names, unless it is the installed one.
func (s *subject) newerNamed() string {
	if s.trouble == nil || s.trouble.evr == s.from {
		return ""
	}
	return s.trouble.evr
}

func (s *subject) plans(a host.Action) bool { return s.step != nil && s.step.Action == a }

// removals tells which versions of a package were removed: all, or of those side by side the ones that went.
func (d *decider) removals(s *subject) (removed []messages.Removal) {
	gone := s.gone()
	switch {
	case len(gone) == 0, len(s.after) > 0 && !s.beside, len(s.after) == 0 && d.replaced(s.id):
		return nil
	case len(s.after) == 0 && s.plans(host.ActionInstall):
		return nil
	}
	for _, evr := range gone {
		removed = append(removed, messages.Removal{Name: s.id.name, Arch: s.id.arch, From: evr})
	}
	return removed
}

// result makes an outcome. A version that is not known is left out.
func (s *subject) result(r messages.Result, to, stage, why string) (messages.Outcome, bool) {
	o := messages.Outcome{From: s.from, Result: r, Stage: stage, Error: host.Shorten(why)}
	if to != "" {
		o.To = &to
	}
	return o, true
}
