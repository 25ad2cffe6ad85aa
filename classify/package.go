package classify

import (
	"slices"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// candidate is a package at its effective version: what the scan says of it, corrected by a patch run that
// ended later.
type candidate struct {
	*messages.Package
	outcomes Outcomes

	installed string // the effective version
	present   bool   // it is installed
	valid     bool   // installed can be compared
	newer     bool   // a run installed it after the scan

	names   names
	known   []knownVersion // listed, comparable, not below what the scan says is installed
	invalid []messages.InvalidVersion
}

// listedItem classifies a package that the scan lists (classification.md, sections 4 and 6).
func (c *classifier) listedItem(p *messages.Package, outcomes Outcomes) (Item, bool) {
	k := c.candidate(p, outcomes)
	item, listed, approved := c.decide(&k)
	failed := c.failed(&k, &item, approved)
	if failed {
		c.sight(p.Name, p.Arch, k.outcomes.Failed.To)
	}
	broken := c.broken(&k, &item, failed)
	if !failed && !broken && listed {
		c.pendingReboot(&k, &item)
	}
	if len(c.seen) > 0 {
		c.judge.approved.mark(c.seen, c.allForms(&k))
	}
	return item, listed || failed
}

func (c *classifier) candidate(p *messages.Package, outcomes Outcomes) candidate {
	k := candidate{Package: p, outcomes: outcomes}
	if c.judge.named() {
		k.names = namesOf(p.Name, p.Arch)
	}
	k.installed, k.present = p.InstalledVersion()
	if success := outcomes.Installed; success != nil && success.At.After(c.scan.Scan.TakenAt) {
		k.installed, k.present, k.newer = success.To, true, true
	}
	k.valid = k.present && version.ValidDeb(k.installed) == nil
	c.list(&k)
	return k
}

// list fills in the known versions. One that nothing can be compared with is left out and noted; one below
// what the scan says is installed is ignored.
func (c *classifier) list(k *candidate) {
	floor, bounded := k.Package.InstalledVersion()
	bounded = bounded && version.ValidDeb(floor) == nil
	k.known = c.known[:0]
	for i := range k.Versions {
		v := &k.Versions[i]
		if err := version.ValidDeb(v.Version); err != nil {
			k.invalid = append(k.invalid, messages.InvalidVersion{Version: v.Version, Why: err.Error()})
			continue
		}
		if bounded && version.CompareDeb(v.Version, floor) < 0 {
			continue
		}
		known := knownVersion{text: v.Version, priority: v.Priority, section: v.Section, phased: v.Phased != nil && *v.Phased < 100}
		for _, o := range v.Origins {
			known.security = known.security || c.security[o]
		}
		k.known = append(k.known, known)
	}
	if k.valid && !slices.ContainsFunc(k.known, func(v knownVersion) bool { return v.text == k.installed }) {
		k.known = append(k.known, knownVersion{text: k.installed})
	}
	c.known = k.known
	if c.judge.named() {
		for i := range k.known {
			k.known[i].forms = k.names.forms(k.known[i].text)
		}
	}
}

// decide finds the state without the overlays: the item, whether there is one at all, and the newest approved
// version, if any. It judges only versions at or above the effective one.
func (c *classifier) decide(k *candidate) (item Item, listed bool, approved string) {
	item = Item{
		Patch: k.Name + "." + k.Arch, Name: k.Name, Arch: k.Arch, Installed: k.installed, Version: k.installed,
		Level: messages.Unspecified, Reason: messages.Reason{Event: c.scan.ID, Invalid: k.invalid},
	}
	if k.newer {
		item.Reason.Outcome = k.outcomes.Installed.reason(messages.ResultInstalled)
	}
	switch {
	case !k.present:
		return item, c.notInstalled(k, &item), ""
	case !k.valid:
		item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseVersionInvalid
		bad := messages.InvalidVersion{Version: k.installed, Why: version.ValidDeb(k.installed).Error()}
		if !slices.Contains(k.invalid, bad) {
			item.Reason.Invalid = append(k.invalid, bad)
		}
		return item, true, ""
	}
	b := c.best(k)
	switch {
	case b.approved == nil:
		c.notApproved(k, &item, &b)
		return item, true, ""
	case version.CompareDeb(b.approved.text, k.installed) > 0:
		item.State, item.Reason.Code = messages.Missing, messages.BecauseNewerApproved
		item.Version = b.approved.text
		item.Blocked = k.blocked(item.Version)
	default:
		item.State, item.Reason.Code = messages.Installed, messages.BecauseApproved
	}
	item.Level, item.Classification = b.verdict.level, k.classification(item.Version)
	matched := b.verdict.matched
	item.Reason.Matched = &matched
	item.Reason.Compared = []string{k.installed, b.approved.text}
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

func (c *classifier) best(k *candidate) best {
	var b best
	for i := range k.known {
		v := &k.known[i]
		if version.CompareDeb(v.text, k.installed) < 0 {
			continue
		}
		m := c.judge.match(v)
		if b.newest == nil || version.CompareDeb(v.text, b.newest.text) > 0 {
			b.newest, b.stopped = v, m.stopped
		}
		if m.ok && (b.approved == nil || k.prefers(v, &m, &b)) {
			b.approved, b.verdict = v, m
		}
	}
	return b
}

// prefers reports whether v is to be shown rather than the best so far: the newer one; of two that are equal
// in Debian's order though written differently, the installed one, else the one of the higher level.
func (k *candidate) prefers(v *knownVersion, m *match, b *best) bool {
	if order := version.CompareDeb(v.text, b.approved.text); order != 0 {
		return order > 0
	}
	if v.text == k.installed || b.approved.text == k.installed {
		return v.text == k.installed
	}
	if m.level != b.verdict.level {
		return m.level.Above(b.verdict.level)
	}
	return v.text < b.approved.text
}

// classification is that of a known version.
func (k *candidate) classification(text string) string {
	if slices.ContainsFunc(k.known, func(v knownVersion) bool { return v.text == text && v.security }) {
		return Security
	}
	return ""
}

// notApproved: nothing at or above the installed version is approved.
func (c *classifier) notApproved(k *candidate, item *Item, b *best) {
	item.State, item.Reason.Code = messages.InstalledOther, messages.BecauseNotApproved
	item.Reason.Compared = []string{k.installed, b.newest.text}
	stopped := b.stopped
	item.Reason.Stopped = &stopped
	item.Classification = k.classification(k.installed)
	if !c.judge.block {
		return
	}
	forms := k.names.forms(k.installed)
	if e := c.judge.rejected.first(forms[:]); e != nil {
		item.State, item.Reason.Code = messages.InstalledRejected, messages.BecauseRejected
		*item.Reason.Stopped = e.rejects(k.installed)
	}
}

// notInstalled: an approved package that is not there is NOT_APPLICABLE, any other is not worth an item.
func (c *classifier) notInstalled(k *candidate, item *Item) bool {
	e := c.judge.approved.first(c.allForms(k))
	if e == nil {
		return false
	}
	item.State, item.Reason.Code = messages.NotApplicable, messages.BecauseNotInstalled
	item.Reason.Matched = &messages.Matched{Entry: e.at, Text: e.text}
	return true
}

// allForms are the forms of the package and of each version that is known of it, the one beside its state and
// its effective version included. They are good until the next call.
func (c *classifier) allForms(k *candidate) []string {
	all := append(c.forms[:0], k.names.name, k.names.both)
	for i := range k.known {
		all = append(all, k.known[i].forms[versionless:]...)
	}
	if k.Installed != nil && *k.Installed != k.installed && version.ValidDeb(*k.Installed) == nil {
		beside := k.names.forms(*k.Installed)
		all = append(all, beside[versionless:]...)
	}
	c.forms = all
	return all
}

// blocked returns why an upgrade does not bring the missing version; empty: nothing is in its way.
func (k *candidate) blocked(missing string) string {
	older := k.Candidate == "" || version.ValidDeb(k.Candidate) == nil && version.CompareDeb(k.Candidate, missing) < 0
	switch {
	case k.Hold:
		return BlockedByHold
	case k.KeptBack && k.phased():
		return BlockedByPhasing
	case older:
		return BlockedByPin
	case k.KeptBack:
		return BlockedKeptBack
	}
	return ""
}

// phased reports whether the package manager's choice is offered to a part of all hosts only.
func (k *candidate) phased() bool {
	return slices.ContainsFunc(k.known, func(v knownVersion) bool { return v.text == k.Candidate && v.phased })
}
