package classify

import (
	"cmp"
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// effective is a package at its effective version: what the scan says of it, corrected by a patch run that
// ended later.
type effective struct {
	*messages.Package
	family   *family
	outcomes Outcomes
	patch    string

	scanned string // the version that the scan says is installed
	sound   bool   // it is one by the package manager's own grammar
	bounded bool   // it can be compared

	installed string // the effective version
	present   bool   // it is installed
	ordered   bool   // installed can be compared
	byRun     bool   // a run installed it after the scan

	names   names
	named   named                     // by what says nothing of a version
	beside  named                     // by the version beside the state of what is not installed, or that a run replaced
	known   []knownVersion            // comparable, not below what the scan says is installed; oldest first
	invalid []messages.InvalidVersion // that policy forbids, whether they can be compared or not
}

// addListed classifies a package that the scan lists (classification.md, sections 4 and 6), and adds its item, if there is one.
func (c *classifier) addListed(items []Item, listed *messages.Package, outcomes Outcomes) []Item {
	n := len(items)
	items = slices.Grow(items, 1)[:n+1] // what lies behind the items is zero
	if !c.listedItem(&items[n], listed, outcomes) {
		items[n] = Item{}
		return items[:n]
	}
	return items
}

// listedItem fills in the item of a package that the scan lists, and reports whether there is one.
func (c *classifier) listedItem(item *Item, listed *messages.Package, outcomes Outcomes) bool {
	p := &c.at
	c.effective(p, listed, outcomes)
	ok, approved := c.decide(p, item)
	failed := c.failed(p, item, approved)
	if failed {
		c.noteEntries(p.Name, p.Arch, p.outcomes.Failed.To)
	}
	broken := c.broken(p, item, failed)
	if !failed && !broken && ok {
		c.pendingReboot(p, item)
	}
	return ok || failed
}

// effective fills in what a package is, at its effective version.
func (c *classifier) effective(p *effective, listed *messages.Package, outcomes Outcomes) {
	p.Package, p.family, p.outcomes, p.patch = listed, c.family, outcomes, c.patchName(listed.Name, listed.Arch)
	p.byRun, p.invalid = false, nil
	c.noticesAt = c.noticesAt[:0]
	c.noticed.takeBack()
	p.scanned, p.present = p.Package.InstalledVersion()
	p.sound = p.present && c.family.valid(p.scanned) == nil
	p.bounded = p.sound || p.present && c.family.ordered(p.scanned) == nil
	p.installed, p.ordered = p.scanned, p.bounded
	if success := outcomes.Installed; success != nil && success.At.After(c.scan.Scan.TakenAt) {
		p.installed, p.present, p.byRun = success.To, true, true
		p.ordered = c.family.ordered(p.installed) == nil
	}
	if p.ordered {
		p.installed = c.family.canonical(p.installed)
	}
	c.list(p)
	c.name(p)
}

// patchName is [messages.OS.PatchName].
func (c *classifier) patchName(name, arch string) string {
	if c.family.namesAlone {
		return name
	}
	return c.texts.join(name, ".", arch)
}

// list fills in the known versions. One that nothing can be compared with is left out; one below what the scan says
// is installed is ignored.
func (c *classifier) list(p *effective) {
	p.known = c.known[:0]
	for i := range p.Versions {
		v := &p.Versions[i]
		above, admitted := p.admits(v.Version)
		if !admitted {
			continue
		}
		n := len(p.known)
		p.known = append(p.known, knownVersion{above: above})
		if !c.family.list(c, p, v, &p.known[n]) {
			p.known = p.known[:n]
		}
	}
	if p.ordered && p.spelling(p.installed) < 0 {
		known := c.family.alone(c, p, p.installed)
		known.above = p.byRun && p.bounded && c.family.compare(p.installed, p.scanned) > 0
		p.known = append(p.known, known)
	}
	p.merge()
	if p.present && (p.byRun || !p.sound) {
		p.invalid = c.family.noted(p.invalid, p.installed)
	}
	c.known = p.known
	if p.ordered && c.family.fulfil != nil {
		c.family.fulfil(c, p)
	}
}

// spelling returns the position of the known version that is spelled so, or -1.
func (p *effective) spelling(text string) int {
	for i := range p.known {
		if p.known[i].text == text {
			return i
		}
	}
	return -1
}

// admits reports whether a version can be compared, and is not below what the scan says is installed, and whether it is above that.
// It notes one that policy forbids.
func (p *effective) admits(text string) (above, admitted bool) {
	if p.sound && text == p.scanned {
		return false, true
	}
	if p.family.valid(text) != nil {
		p.invalid = p.family.noted(p.invalid, text)
		if p.family.ordered(text) != nil {
			return false, false
		}
	}
	if !p.bounded {
		return false, true
	}
	order := p.family.compare(text, p.scanned)
	return order > 0, order >= 0
}

// name finds the entries that name a package, and each known version of it, the one beside its state and its effective version
// included. Of ApprovedPatches it notes that they fit something.
func (c *classifier) name(p *effective) {
	if !c.judge.named() {
		return
	}
	p.names = c.family.namesOf(p.Name, p.Arch, p.patch)
	s := c.searching(c.matched)
	p.named = s.byName(&p.names)
	for i := range p.known {
		p.known[i].named = p.named.or(s.byVersion(p.namesOf(&p.known[i]), p.known[i].text))
	}
	p.beside = c.judge.none()
	if p.Installed != nil && *p.Installed != p.installed && c.family.ordered(*p.Installed) == nil {
		p.beside = s.byVersion(&p.names, *p.Installed)
	}
}

// namesOf are the names by which a known version goes: those of its own architecture.
func (p *effective) namesOf(v *knownVersion) *names {
	if n := v.noticed; n != nil && n.arch != "" {
		return new(p.family.namesOf(p.Name, n.arch, ""))
	}
	return &p.names
}

// cameWithError reports whether the run that installed what is installed went wrong afterwards.
func (p *effective) cameWithError() bool {
	came := p.outcomes.Installed
	return came != nil && came.Error != "" && p.ordered && p.family.same(came.To, p.installed)
}

// aptVersion is a version that the scan lists. On apt it always exists.
func (c *classifier) aptVersion(_ *effective, v *messages.Version, known *knownVersion) bool {
	known.text, known.priority, known.section = v.Version, cmp.Or(v.Priority, defaultPriority), v.Section
	known.phased = v.Phased != nil && *v.Phased < 100
	for _, o := range v.Origins {
		known.security = known.security || c.origins[o].security
	}
	return true
}

// defaultPriority is that of a version which gives none (Debian Policy, 2.5).
const defaultPriority = "optional"

// noted adds a version that policy forbids to the list of them.
func (f *family) noted(list []messages.InvalidVersion, v string) []messages.InvalidVersion {
	err := f.valid(v)
	if err == nil || slices.ContainsFunc(list, func(i messages.InvalidVersion) bool { return i.Version == v }) {
		return list
	}
	return append(list, messages.InvalidVersion{Version: v, Why: err.Error()})
}

// decide finds the state without the overlays: the item, whether there is one at all, and the newest approved
// version, if any. It judges only versions at or above the effective one.
func (c *classifier) decide(p *effective, item *Item) (listed bool, approved string) {
	item.Patch, item.Name, item.Arch = p.patch, p.Name, p.Arch
	item.Installed, item.Version = p.installed, p.installed
	item.Level = messages.Unspecified
	item.Reason.Event, item.Reason.Invalid = c.scan.ID, p.invalid
	if p.byRun || p.cameWithError() {
		item.Reason.Outcome = p.outcomes.Installed.reason(messages.ResultInstalled)
	}
	if !p.present {
		return c.family.absent(c, p, item), ""
	}
	b := c.best(p)
	switch {
	case b.approved == nil && !p.ordered:
		item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseVersionInvalid
		return true, ""
	case b.approved == nil:
		c.notApproved(p, item, &b)
		return true, ""
	case b.due != nil:
		item.State, item.Reason.Code = messages.Missing, messages.BecauseNewerApproved
		if !p.ordered {
			item.Reason.Code = messages.BecauseVersionInvalid
		}
		item.Version, item.Classification = b.approved.text, b.classification(c.family)
		if c.family.blocked != nil {
			item.Blocked = c.family.blocked(p, item.Version, !b.open)
		}
		c.family.inReason(&item.Reason, b.notices)
	default:
		item.State, item.Reason.Code = messages.Installed, messages.BecauseApproved
		item.Classification = p.classification(item.Version)
		b.due = b.verdict
	}
	item.Level, item.Reason.Matched = b.due.level, b.due.matched
	item.Reason.Compared = c.compared(p.installed, b.approved.text)
	if p.order(&b.newest[0], b.approved) > 0 {
		item.Reason.Stopped = c.stoppedAt(b.last, b.newest)
	}
	return true, b.approved.text
}

// classification is that of a known version.
func (p *effective) classification(text string) string {
	one := p.spelled(text)
	if len(one) > 0 && one[0].security {
		return Security
	}
	return p.family.classificationOf(noticesOfAll(one))
}

// noticesOfAll are those of a version in all its spellings.
func noticesOfAll(one []knownVersion) []*notice {
	var all []*notice
	for i := range one {
		if n := one[i].noticed; n != nil {
			all = append(all, n.own...)
		}
	}
	return all
}

// compared are two versions, as a reason has them.
func (c *classifier) compared(installed, with string) []string {
	pair := c.pairs.take(2)
	pair[0], pair[1] = installed, with
	return pair
}

// stoppedAt is what keeps a version out, as a reason has it.
func (c *classifier) stoppedAt(m *match, one []knownVersion) *messages.Stopped {
	s := &c.stops.take(1)[0]
	*s = m.stopped
	if s.Version == "" {
		s.Version = one[0].text
	}
	return s
}

// same reports whether two versions that can be ordered are one: 0:1.1 is 1.1.
func (f *family) same(a, b string) bool { return f.compare(a, b) == 0 }

// notApproved: nothing at or above the installed version is approved.
func (c *classifier) notApproved(p *effective, item *Item, b *best) {
	item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseNotApproved
	item.Reason.Compared = c.compared(p.installed, b.newest[0].text)
	item.Reason.Stopped = c.stoppedAt(b.last, b.newest)
	item.Classification = p.classification(p.installed)
	if !p.family.same(b.newest[0].text, p.installed) {
		c.family.inReason(&item.Reason, noticesOfAll(b.newest))
	}
	if !c.judge.block {
		return
	}
	if e := c.rejects(p, p.installed); e != nil {
		item.State, item.Reason.Code = messages.InstalledRejected, messages.BecauseRejected
		*item.Reason.Stopped = e.rejects(p.installed)
	}
}

// rejects returns the entry of RejectedPatches that names a version in one of its spellings, or nil.
func (c *classifier) rejects(p *effective, text string) *entry {
	var e *entry
	if c.judge.named() {
		named := p.named.or(c.searching(nil).byVersion(&p.names, text))
		e = c.judge.rejected().entry(named.rejected)
	}
	one := p.spelled(text)
	if one != nil {
		e = earlier(e, c.judge.rejectedBy(one))
	}
	for _, n := range noticesOfAll(one) {
		e = earlier(e, n.rejected)
	}
	return e
}

// notInstalled: an approved package that is not there is NOT_APPLICABLE, any other is not worth an item.
func (c *classifier) notInstalled(p *effective, item *Item) bool {
	if len(c.judge.approvedPatches) == 0 {
		return false
	}
	e := c.judge.approved().entry(min(p.named.approved, p.beside.approved))
	if len(p.known) > 0 {
		e = earlier(e, c.judge.approvedBy(p.known))
	}
	for _, n := range noticesOfAll(p.known) {
		e = earlier(e, n.approved)
	}
	if e == nil {
		return false
	}
	item.State, item.Reason.Code = messages.NotApplicable, messages.BecauseNotInstalled
	item.Reason.Matched = &e.matched
	return true
}

// blocked returns why an upgrade does not bring the missing version; empty: nothing is in its way.
func (p *effective) blocked(missing string, excluded bool) string {
	older := p.Candidate == "" || p.family.ordered(p.Candidate) == nil && p.family.compare(p.Candidate, missing) < 0
	switch {
	case p.Hold:
		return BlockedByHold
	case p.KeptBack && p.phased():
		return BlockedByPhasing
	case excluded:
		return BlockedByExclusion
	case older:
		return BlockedByPin
	case p.KeptBack:
		return BlockedKeptBack
	}
	return ""
}

// phased reports whether the package manager's choice is offered to a part of all hosts only.
func (p *effective) phased() bool {
	for i := range p.known {
		if v := &p.known[i]; v.phased && v.text == p.Candidate {
			return true
		}
	}
	return false
}
