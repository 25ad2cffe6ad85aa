package classify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// effective is a package at its effective version: what the scan says of it, corrected by a patch run that
// ended later.
type effective struct {
	*messages.Package
	family   *family
	outcomes Outcomes

	installed string // the effective version
	present   bool   // it is installed
	ordered   bool   // installed can be compared
	byRun     bool   // a run installed it after the scan

	names   names
	known   []knownVersion            // comparable, not below what the scan says is installed; oldest first
	invalid []messages.InvalidVersion // that policy forbids, whether they can be compared or not
}

// listedItem classifies a package that the scan lists (classification.md, sections 4 and 6).
func (c *classifier) listedItem(listed *messages.Package, outcomes Outcomes) (Item, bool) {
	p := &c.at
	c.effective(p, listed, outcomes)
	item, ok, approved := c.decide(p)
	failed := c.failed(p, &item, approved)
	if failed {
		c.noteEntries(p.Name, p.Arch, p.outcomes.Failed.To)
	}
	broken := c.broken(p, &item, failed)
	if !failed && !broken && ok {
		c.pendingReboot(p, &item)
	}
	if len(c.matched) > 0 {
		c.judge.approved.mark(c.matched, c.allForms(p))
	}
	return item, ok || failed
}

// effective fills in what a package is, at its effective version.
func (c *classifier) effective(p *effective, listed *messages.Package, outcomes Outcomes) {
	*p = effective{Package: listed, family: c.family, outcomes: outcomes}
	if c.judge.named() {
		p.names, c.text = c.family.namesOf(p.Name, p.Arch), c.text[:0]
	}
	p.installed, p.present = p.Package.InstalledVersion()
	if success := outcomes.Installed; success != nil && success.At.After(c.scan.Scan.TakenAt) {
		p.installed, p.present, p.byRun = success.To, true, true
	}
	if p.ordered = p.present && c.family.ordered(p.installed) == nil; p.ordered {
		p.installed = c.family.canonical(p.installed)
	}
	c.list(p)
}

// list fills in the known versions. One that nothing can be compared with is left out; one below what the scan says
// is installed is ignored.
func (c *classifier) list(p *effective) {
	floor, bounded := p.Package.InstalledVersion()
	bounded = bounded && c.family.ordered(floor) == nil
	p.known = c.known[:0]
	for i := range p.Versions {
		v := &p.Versions[i]
		if c.family.valid(v.Version) != nil {
			p.invalid = c.family.noted(p.invalid, v.Version)
			if c.family.ordered(v.Version) != nil {
				continue
			}
		}
		if bounded && c.family.compare(v.Version, floor) < 0 {
			continue
		}
		if known, exists := c.family.list(c, p, v); exists {
			p.known = append(p.known, known)
		}
	}
	if p.ordered && !slices.ContainsFunc(p.known, func(v knownVersion) bool { return v.text == p.installed }) {
		p.known = append(p.known, c.family.alone(c, p, p.installed))
	}
	p.merge()
	if p.present {
		p.invalid = c.family.noted(p.invalid, p.installed)
	}
	c.known = p.known
	if p.ordered && c.family.fulfil != nil {
		c.family.fulfil(c, p)
	}
	if c.judge.named() {
		approved, rejected := c.judge.approved.byName(&p.names), c.judge.rejected.byName(&p.names)
		for i := range p.known {
			v := &p.known[i]
			v.forms, v.approved, v.rejected = c.formsOf(p, v), approved, rejected
		}
	}
}

// cameWithError reports whether the run that installed what is installed went wrong afterwards.
func (p *effective) cameWithError() bool {
	came := p.outcomes.Installed
	return came != nil && came.Error != "" && p.ordered && p.family.same(came.To, p.installed)
}

// aptVersion returns a version that the scan lists. On apt it always exists.
func (c *classifier) aptVersion(_ *effective, v *messages.Version) (knownVersion, bool) {
	known := knownVersion{text: v.Version, priority: cmp.Or(v.Priority, defaultPriority), section: v.Section, phased: v.Phased != nil && *v.Phased < 100}
	for _, o := range v.Origins {
		known.security = known.security || c.origins[o].security
	}
	return known, true
}

// formsOf returns the strings by which an entry may name a version. They are good until the next package.
func (c *classifier) formsOf(p *effective, v *knownVersion) []string {
	of, start := &p.names, len(c.text)
	if n := v.noticed; n != nil && n.arch != "" {
		of = new(c.family.namesOf(p.Name, n.arch))
	}
	c.text = c.family.forms(c.text, of, v.text)
	forms := c.text[start:len(c.text):len(c.text)]
	forms[versionless-1] = p.names.both // of the package that is installed
	return forms
}

// merge puts the versions in order, and makes those that are equal in it one: whatever a listed version has, it has in each of
// its spellings. The installed spelling comes first, and is shown.
func (p *effective) merge() {
	if len(p.known) == 1 {
		p.known[0].textOnly = false
		return
	}
	slices.SortFunc(p.known, p.compareKnown)
	for first := 0; first < len(p.known); {
		one := p.known[first:]
		for i := 1; i < len(one) && p.family.same(one[0].text, one[i].text); i++ {
			one[i].same = true
			one[0].security = one[0].security || one[i].security
		}
		one = one[:spellings(one)]
		for i := range one {
			one[i].security = one[0].security
			one[i].textOnly = one[i].textOnly && len(one) > 1
		}
		first += len(one)
	}
}

func (p *effective) compareKnown(a, b knownVersion) int {
	switch c := p.family.compare(a.text, b.text); {
	case c != 0:
		return c
	case a.text == p.installed:
		return -1
	case b.text == p.installed:
		return 1
	}
	return strings.Compare(a.text, b.text)
}

// spelled returns a known version in all its spellings; nil: it is not known.
func (p *effective) spelled(text string) []knownVersion {
	if p.family.ordered(text) != nil {
		return nil
	}
	i := slices.IndexFunc(p.known, func(v knownVersion) bool { return v.text == text || p.family.same(v.text, text) })
	if i < 0 {
		return nil
	}
	return p.known[i:][:spellings(p.known[i:])]
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
func (c *classifier) decide(p *effective) (item Item, listed bool, approved string) {
	item = Item{
		Patch: c.scan.Scan.OS.PatchName(p.Name, p.Arch), Name: p.Name, Arch: p.Arch, Installed: p.installed, Version: p.installed,
		Level: messages.Unspecified, Reason: messages.Reason{Event: c.scan.ID, Invalid: p.invalid},
	}
	if p.byRun || p.cameWithError() {
		item.Reason.Outcome = p.outcomes.Installed.reason(messages.ResultInstalled)
	}
	if !p.present {
		return item, c.family.absent(c, p, &item), ""
	}
	b := c.best(p)
	switch {
	case b.approved == nil && !p.ordered:
		item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseVersionInvalid
		return item, true, ""
	case b.approved == nil:
		c.notApproved(p, &item, &b)
		return item, true, ""
	case b.due.ok:
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
	item.Level = b.due.level
	matched := b.due.matched
	item.Reason.Matched = &matched
	item.Reason.Compared = []string{p.installed, b.approved.text}
	if c.family.compare(b.newest[0].text, b.approved.text) > 0 {
		stopped := b.stopped
		item.Reason.Stopped = &stopped
	}
	return item, true, b.approved.text
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

// same reports whether two versions that can be ordered are one: 0:1.1 is 1.1.
func (f *family) same(a, b string) bool { return f.compare(a, b) == 0 }

// notApproved: nothing at or above the installed version is approved.
func (c *classifier) notApproved(p *effective, item *Item, b *best) {
	item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseNotApproved
	item.Reason.Compared = []string{p.installed, b.newest[0].text}
	stopped := b.stopped
	item.Reason.Stopped = &stopped
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
		e = c.judge.rejected.first(c.family.forms(nil, &p.names, text))
	}
	one := p.spelled(text)
	if one != nil {
		e = earlier(e, c.judge.rejected.names(one[0].rejected, one))
	}
	for _, n := range noticesOfAll(one) {
		e = earlier(e, n.rejected)
	}
	return e
}

// notInstalled: an approved package that is not there is NOT_APPLICABLE, any other is not worth an item.
func (c *classifier) notInstalled(p *effective, item *Item) bool {
	if len(c.judge.approved.list) == 0 {
		return false
	}
	e := c.judge.approved.first(c.allForms(p))
	for _, n := range noticesOfAll(p.known) {
		e = earlier(e, n.approved)
	}
	if e == nil {
		return false
	}
	item.State, item.Reason.Code = messages.NotApplicable, messages.BecauseNotInstalled
	item.Reason.Matched = &messages.Matched{Entry: e.at, Text: e.text}
	return true
}

// allForms are the forms of the package and of each version that is known of it, the one beside its state and
// its effective version included. They are good until the next call.
func (c *classifier) allForms(p *effective) []string {
	all := append(c.forms[:0], p.names.name, p.names.both)
	for i := range p.known {
		all = append(all, p.known[i].forms[versionless:]...)
	}
	if p.Installed != nil && *p.Installed != p.installed && c.family.ordered(*p.Installed) == nil {
		beside := c.family.forms(nil, &p.names, *p.Installed)
		all = append(all, beside[versionless:]...)
	}
	c.forms = all
	return all
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
	return slices.ContainsFunc(p.known, func(v knownVersion) bool { return v.text == p.Candidate && v.phased })
}
