package apt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// What became of a package is what dpkg's database says, before and after. The plan says what should have
// become of it, the rest only why it did not:
//
//	after the run                              outcome
//	new version, configured                    installed; with an error where the run failed at it on the way
//	new version, not configured                failed, stage configure
//	half-installed, reinstallation required    failed, broken
//	old version, and an error                  failed, put back to the old version
//	old version, was configured and is not     failed: harmed, planned or not
//	old version, not configured before, is     installed: an earlier run was finished
//	old version, planned, the run failed       not attempted, or failed where dpkg had set to work on it
//	old version, planned, the run succeeded    skipped
//	kept back by the plan                      skipped
//	was to be removed, and is there            as with an old version, and without a version to be
//
// One that was removed has no outcome and is told apart (see removals), and one to which nothing happened and nothing
// was to happen has none either.

// outcomes returns what became of each package, and which were removed, by name and architecture.
func (e *evidence) outcomes() ([]messages.Outcome, []messages.Removal) {
	d := &decider{
		evidence: e, steps: map[packageID]*host.Step{}, archs: map[string][]string{},
		before: byID(e.before), after: byID(e.after), unfetched: map[packageID]string{},
	}
	d.learn()
	var found []messages.Outcome
	var removed []messages.Removal
	for _, id := range d.ids() {
		if o, ok := d.outcome(id); ok {
			o.Name, o.Arch = id.name, id.arch
			found = append(found, o)
		} else if r, ok := d.removal(id); ok {
			removed = append(removed, r)
		}
	}
	return found, removed
}

// removal tells of a package whose files are gone since, or of whose configuration at last nothing is left.
func (d *decider) removal(id packageID) (messages.Removal, bool) {
	before, after := d.before[id], d.after[id]
	gone := inPlace(before) != nil && inPlace(after) == nil
	if before == nil || !gone && (inPlace(before) != nil || after != nil) {
		return messages.Removal{}, false
	}
	return messages.Removal{Name: id.name, Arch: id.arch, From: before.version, Purged: after == nil}, true
}

func (d *decider) ids() []packageID {
	all := map[packageID]bool{}
	for _, ids := range []([]packageID){keys(d.steps), keys(d.before), keys(d.after), keys(d.tried), keys(d.troubles)} {
		for _, id := range ids {
			all[id] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b packageID) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.arch, b.arch))
	})
}

// subject is one package, with all that concerns it.
type subject struct {
	id            packageID
	before, after *installedPackage // nil: not there
	step          *host.Step        // nil: not planned
	trouble       *trouble
	touched       bool
	tried         string
}

// outcome follows the table above.
func (d *decider) outcome(id packageID) (messages.Outcome, bool) {
	s := &subject{
		id: id, before: inPlace(d.before[id]), after: inPlace(d.after[id]), step: d.steps[id],
		trouble: d.troubles[id], touched: d.touched[id], tried: d.tried[id],
	}
	switch {
	case s.after != nil && s.after.broken():
		return d.broken(s)
	case s.after != nil && (s.before == nil || s.before.version != s.after.version):
		if s.after.configured() {
			return d.installed(s)
		}
		return s.result(messages.ResultFailed, s.after.version, stageConfigure, d.reason(s))
	case s.finished():
		return d.installed(s)
	case s.trouble != nil:
		return d.troubled(s)
	case s.harmed():
		return s.result(messages.ResultFailed, s.target(), s.stage(), d.reason(s))
	case s.plans(host.ActionInstall), s.plans(host.ActionConfigure):
		return d.unchanged(s)
	case s.plans(host.ActionRemove) && s.after != nil:
		return d.unremoved(s)
	case s.plans(host.ActionKeep):
		return s.result(messages.ResultSkipped, s.step.To, "", s.step.Reason)
	case s.putBack():
		return s.result(messages.ResultFailed, s.tried, stageUnpack, d.reason(s))
	}
	return messages.Outcome{}, false
}

// installed is the outcome of a package that is there, to the end. Where the run has failed, and at this package too,
// it was tried twice: what went wrong the first time is said.
func (d *decider) installed(s *subject) (messages.Outcome, bool) {
	if d.code != 0 && s.trouble != nil && s.trouble.text != "" {
		return s.result(messages.ResultInstalled, s.after.version, cmp.Or(s.trouble.stage, stageConfigure), s.trouble.text)
	}
	return s.result(messages.ResultInstalled, s.after.version, "", "")
}

// unremoved is the outcome of a package that should have been removed, and whose removal has no error of its own.
func (d *decider) unremoved(s *subject) (messages.Outcome, bool) {
	switch {
	case d.code == 0:
		return s.result(messages.ResultSkipped, "", "", "the command has not removed it")
	case s.touched:
		return s.result(messages.ResultFailed, s.target(), stageRemove, d.reason(s))
	case d.first != nil:
		return s.result(messages.ResultNotAttempted, "", stageRemove, d.reason(s))
	}
	_, why := d.said.main()
	return s.result(messages.ResultNotAttempted, "", why.stage(), d.reason(s))
}

// inPlace returns nil for a package of which nothing but its configuration is left.
func inPlace(p *installedPackage) *installedPackage {
	if p == nil || !p.present() {
		return nil
	}
	return p
}

// broken tells whether the package's files are not whole.
func (p *installedPackage) broken() bool {
	return p.status == "half-installed" || p.flag == "reinstreq"
}

// broken is the outcome of a package whose files are not whole. One that was so before, and that nobody went
// near, has none.
func (d *decider) broken(s *subject) (messages.Outcome, bool) {
	same := s.before != nil && s.before.broken() && s.before.version == s.after.version
	switch {
	case !same || s.trouble != nil || s.touched || s.tried != "":
		return s.result(messages.ResultFailed, s.target(), s.stage(), d.reason(s))
	case s.plans(host.ActionInstall), s.plans(host.ActionConfigure):
		return d.unchanged(s)
	}
	return messages.Outcome{}, false
}

// finished tells whether the run has completed the version that was there: one that an earlier run left
// unconfigured, or one that was installed again.
func (s *subject) finished() bool {
	if s.before == nil || s.after == nil || !s.after.configured() || s.trouble != nil && s.trouble.file != "" {
		return false
	}
	again := s.plans(host.ActionInstall) && s.step.To == s.after.version || s.tried == s.after.version
	return !s.before.configured() || again && s.trouble == nil && (s.touched || s.tried != "")
}

// troubled is the outcome of a package with an error whose version is the old one. Where there was a plan in
// which nothing happens to it, and it is as it should be, what failed was a trigger, and a later try mended it.
func (d *decider) troubled(s *subject) (messages.Outcome, bool) {
	healed := s.after != nil && s.after.configured() && s.trouble.file == "" && d.plan != nil && s.step == nil
	if target := s.target(); target != "" && !healed {
		return s.result(messages.ResultFailed, target, s.stage(), d.reason(s))
	}
	return messages.Outcome{}, false
}

// harmed tells whether a package that was in order is not any more, although it has no new version: an upgrade
// that could not be undone, a trigger that failed, and one that was to be installed and is gone.
func (s *subject) harmed() bool {
	if s.before == nil || s.after == nil {
		return s.before != nil && s.plans(host.ActionInstall)
	}
	return s.before.configured() && !s.after.configured()
}

// unchanged is the outcome of a package that should have changed.
func (d *decider) unchanged(s *subject) (messages.Outcome, bool) {
	if text, ok := d.unfetched[s.id]; ok {
		why := causeOf(text)
		return s.result(messages.ResultNotAttempted, s.target(), why.stage(), why.said(text))
	}
	switch {
	case d.code == 0 && s.step.From == s.step.To && s.after != nil && s.after.configured():
		return s.result(messages.ResultInstalled, s.target(), "", "")
	case d.code == 0:
		return s.result(messages.ResultSkipped, s.target(), "", "the command has left it as it was")
	case s.touched || s.tried != "":
		return s.result(messages.ResultFailed, s.target(), s.stage(), d.reason(s))
	case d.first != nil:
		return s.result(messages.ResultNotAttempted, s.target(), stageUnpack, d.reason(s))
	}
	_, why := d.said.main()
	return s.result(messages.ResultNotAttempted, s.target(), why.stage(), d.reason(s))
}

// putBack tells whether dpkg's log has another version that was tried, of which nothing is to be seen.
func (s *subject) putBack() bool {
	return s.tried != "" && (s.after == nil && s.before == nil || s.after != nil && s.after.version != s.tried)
}

func (s *subject) plans(a host.Action) bool { return s.step != nil && s.step.Action == a }

// target returns the version that should have come about: what was planned, else what was tried, else the
// version that is there or was. Empty: nobody knows.
func (s *subject) target() string {
	var beside string
	for _, p := range []*installedPackage{s.before, s.after} {
		if p != nil {
			beside = p.version
		}
	}
	if s.plans(host.ActionRemove) {
		return beside
	}
	if s.step != nil && s.step.To != "" {
		return s.step.To
	}
	archive := ""
	if s.trouble != nil {
		archive = withEpochOf(s.trouble.version, beside)
	}
	return cmp.Or(s.tried, archive, beside)
}

// withEpochOf adds to a version out of an archive's name, which mostly has no epoch, the one of the version
// beside it: epochs change once in many years.
func withEpochOf(version, beside string) string {
	if epoch, _, found := strings.Cut(beside, ":"); found && version != "" && !strings.Contains(version, ":") {
		return epoch + ":" + version
	}
	return version
}

// stage returns where it went wrong.
func (s *subject) stage() string {
	switch {
	case s.plans(host.ActionRemove):
		return stageRemove
	case s.trouble != nil && s.trouble.stage != "":
		return s.trouble.stage
	case s.plans(host.ActionInstall) && s.step.From != s.step.To, s.after != nil && s.after.broken():
		return stageUnpack
	case s.trouble != nil && s.after != nil && s.after.configured():
		return stageRemove // dpkg has put it back: nothing else that is told by name is undone
	}
	return stageConfigure
}

// result makes an outcome. A version that is not known is left out.
func (s *subject) result(r messages.Result, to, stage, why string) (messages.Outcome, bool) {
	o := messages.Outcome{Result: r, Stage: stage, Error: host.Shorten(why)}
	if s.before != nil {
		o.From = s.before.version
	}
	if to != "" {
		o.To = &to
	}
	return o, true
}
