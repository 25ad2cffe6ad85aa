package classify

import (
	"slices"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// effective is a package at its effective version: what the scan says of it, corrected by a patch run that
// ended later.
type effective struct {
	*messages.Package
	outcomes Outcomes

	installed string // the effective version
	present   bool   // it is installed
	valid     bool   // installed can be compared
	byRun     bool   // a run installed it after the scan

	names   names
	known   []knownVersion // listed, comparable, not below what the scan says is installed
	invalid []messages.InvalidVersion
}

// listedItem classifies a package that the scan lists (classification.md, sections 4 and 6).
func (c *classifier) listedItem(listed *messages.Package, outcomes Outcomes) (Item, bool) {
	p := c.effective(listed, outcomes)
	item, ok, approved := c.decide(&p)
	failed := c.failed(&p, &item, approved)
	if failed {
		c.noteEntries(p.Name, p.Arch, p.outcomes.Failed.To)
	}
	broken := c.broken(&p, &item, failed)
	if !failed && !broken && ok {
		c.pendingReboot(&p, &item)
	}
	if len(c.matched) > 0 {
		c.judge.approved.mark(c.matched, c.allForms(&p))
	}
	return item, ok || failed
}

func (c *classifier) effective(listed *messages.Package, outcomes Outcomes) effective {
	p := effective{Package: listed, outcomes: outcomes}
	if c.judge.named() {
		p.names = namesOf(p.Name, p.Arch)
	}
	p.installed, p.present = p.Package.InstalledVersion()
	if success := outcomes.Installed; success != nil && success.At.After(c.scan.Scan.TakenAt) {
		p.installed, p.present, p.byRun = success.To, true, true
	}
	p.valid = p.present && version.ValidDeb(p.installed) == nil
	c.list(&p)
	return p
}

// list fills in the known versions. One that nothing can be compared with is left out and noted; one below
// what the scan says is installed is ignored.
func (c *classifier) list(p *effective) {
	floor, bounded := p.Package.InstalledVersion()
	bounded = bounded && version.ValidDeb(floor) == nil
	p.known = c.known[:0]
	for i := range p.Versions {
		v := &p.Versions[i]
		if err := version.ValidDeb(v.Version); err != nil {
			p.invalid = append(p.invalid, messages.InvalidVersion{Version: v.Version, Why: err.Error()})
			continue
		}
		if bounded && version.CompareDeb(v.Version, floor) < 0 {
			continue
		}
		known := knownVersion{text: v.Version, priority: v.Priority, section: v.Section, phased: v.Phased != nil && *v.Phased < 100}
		for _, o := range v.Origins {
			known.security = known.security || c.security[o]
		}
		p.known = append(p.known, known)
	}
	if p.valid && !slices.ContainsFunc(p.known, func(v knownVersion) bool { return v.text == p.installed }) {
		p.known = append(p.known, knownVersion{text: p.installed})
	}
	c.known = p.known
	if c.judge.named() {
		for i := range p.known {
			p.known[i].forms = p.names.forms(p.known[i].text)
		}
	}
}

// decide finds the state without the overlays: the item, whether there is one at all, and the newest approved
// version, if any. It judges only versions at or above the effective one.
func (c *classifier) decide(p *effective) (item Item, listed bool, approved string) {
	item = Item{
		Patch: p.Name + "." + p.Arch, Name: p.Name, Arch: p.Arch, Installed: p.installed, Version: p.installed,
		Level: messages.Unspecified, Reason: messages.Reason{Event: c.scan.ID, Invalid: p.invalid},
	}
	if p.byRun {
		item.Reason.Outcome = p.outcomes.Installed.reason(messages.ResultInstalled)
	}
	switch {
	case !p.present:
		return item, c.notInstalled(p, &item), ""
	case !p.valid:
		item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseVersionInvalid
		bad := messages.InvalidVersion{Version: p.installed, Why: version.ValidDeb(p.installed).Error()}
		if !slices.Contains(p.invalid, bad) {
			item.Reason.Invalid = append(p.invalid, bad)
		}
		return item, true, ""
	}
	b := c.best(p)
	switch {
	case b.approved == nil:
		c.notApproved(p, &item, &b)
		return item, true, ""
	case version.CompareDeb(b.approved.text, p.installed) > 0:
		item.State, item.Reason.Code = messages.Missing, messages.BecauseNewerApproved
		item.Version = b.approved.text
		item.Blocked = p.blocked(item.Version)
	default:
		item.State, item.Reason.Code = messages.Installed, messages.BecauseApproved
	}
	item.Level, item.Classification = b.verdict.level, p.classification(item.Version)
	matched := b.verdict.matched
	item.Reason.Matched = &matched
	item.Reason.Compared = []string{p.installed, b.approved.text}
	if version.CompareDeb(b.newest.text, b.approved.text) > 0 {
		stopped := b.stopped
		item.Reason.Stopped = &stopped
	}
	return item, true, b.approved.text
}

// best is the newest approved version of a package, and the newest version of all.
type best struct {
	approved *knownVersion
	verdict  match
	newest   *knownVersion
	stopped  messages.Stopped // what keeps newest out
}

func (c *classifier) best(p *effective) best {
	var b best
	for i := range p.known {
		v := &p.known[i]
		if version.CompareDeb(v.text, p.installed) < 0 {
			continue
		}
		m := c.judge.match(v)
		if b.newest == nil || version.CompareDeb(v.text, b.newest.text) > 0 {
			b.newest, b.stopped = v, m.stopped
		}
		if m.ok && (b.approved == nil || p.prefers(v, &m, &b)) {
			b.approved, b.verdict = v, m
		}
	}
	return b
}

// prefers reports whether v is to be shown rather than the best so far: the newer one; of two that are equal
// in Debian's order though written differently, the installed one, else the one of the higher level.
func (p *effective) prefers(v *knownVersion, m *match, b *best) bool {
	if order := version.CompareDeb(v.text, b.approved.text); order != 0 {
		return order > 0
	}
	if v.text == p.installed || b.approved.text == p.installed {
		return v.text == p.installed
	}
	if m.level != b.verdict.level {
		return m.level.Above(b.verdict.level)
	}
	return v.text < b.approved.text
}

// classification is that of a known version.
func (p *effective) classification(text string) string {
	if slices.ContainsFunc(p.known, func(v knownVersion) bool { return v.text == text && v.security }) {
		return Security
	}
	return ""
}

// notApproved: nothing at or above the installed version is approved.
func (c *classifier) notApproved(p *effective, item *Item, b *best) {
	item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseNotApproved
	item.Reason.Compared = []string{p.installed, b.newest.text}
	stopped := b.stopped
	item.Reason.Stopped = &stopped
	item.Classification = p.classification(p.installed)
	if !c.judge.block {
		return
	}
	forms := p.names.forms(p.installed)
	if e := c.judge.rejected.first(forms[:]); e != nil {
		item.State, item.Reason.Code = messages.InstalledRejected, messages.BecauseRejected
		*item.Reason.Stopped = e.rejects(p.installed)
	}
}

// notInstalled: an approved package that is not there is NOT_APPLICABLE, any other is not worth an item.
func (c *classifier) notInstalled(p *effective, item *Item) bool {
	e := c.judge.approved.first(c.allForms(p))
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
	if p.Installed != nil && *p.Installed != p.installed && version.ValidDeb(*p.Installed) == nil {
		beside := p.names.forms(*p.Installed)
		all = append(all, beside[versionless:]...)
	}
	c.forms = all
	return all
}

// blocked returns why an upgrade does not bring the missing version; empty: nothing is in its way.
func (p *effective) blocked(missing string) string {
	older := p.Candidate == "" || version.ValidDeb(p.Candidate) == nil && version.CompareDeb(p.Candidate, missing) < 0
	switch {
	case p.Hold:
		return BlockedByHold
	case p.KeptBack && p.phased():
		return BlockedByPhasing
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
