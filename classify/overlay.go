package classify

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// The overlays of classification.md, section 6: what a patch run, dpkg, a due boot and an operator add to the
// state that the baseline gives.

// failed makes the item FAILED where a patch run tried a version and could not, and nothing has disproved it
// since. approved is the newest approved version, empty where there is none.
func (c *classifier) failed(p *effective, item *Item, approved string) bool {
	failure := p.outcomes.Failed
	if !failure.newerThan(p.outcomes.Installed) {
		return false
	}
	if !c.stillFails(p, failure, approved) {
		// History; it says more of what is missing, or of what was tried unasked, than an earlier success does, unless that
		// went further.
		told := item.State == messages.Missing || c.family.triedMustMatch
		if told && (item.Reason.Outcome == nil || p.below(failure.To)) {
			item.Reason.Outcome = failure.reason(messages.ResultFailed)
		}
		return false
	}
	if item.State == messages.NotApplicable {
		item.Reason.Matched = nil // the entry that makes it so gives it no level
	}
	item.State, item.Version, item.Blocked = messages.Failed, c.family.canonical(failure.To), ""
	item.Reason.Code = messages.BecauseFailedRun
	item.Reason.Outcome = failure.reason(messages.ResultFailed)
	item.Reason.Invalid = c.family.noted(item.Reason.Invalid, failure.To)
	item.Reason.Compared = nil
	if p.present {
		item.Reason.Compared = []string{p.installed, failure.To}
	}
	return true
}

func (c *classifier) stillFails(p *effective, failure *OutcomeFact, approved string) bool {
	full := c.facts.Full.Scan
	_, listed := p.Package.InstalledVersion()
	if !listed && !c.family.unordered && failure.From != "" && full.TakenAt.After(failure.At) {
		return false // somebody removed what could not be upgraded
	}
	if p.State == messages.KBSuperseded {
		return false // no run will try it again
	}
	if c.settings.FailedUntil == failedNextScan && !failure.At.After(full.TakenAt) {
		return false
	}
	if p.present {
		overtaken := approved != "" && c.family.compare(approved, failure.To) > 0
		if !p.below(failure.To) || overtaken {
			return false
		}
	}
	if c.rejects(p, failure.To) != nil {
		return false
	}
	if full.TakenAt.After(failure.At) && !c.stillLists(p, failure.To) {
		return false
	}
	return !c.family.triedMustMatch || c.approves(p, failure.To)
}

// approves reports whether the baseline approves a version that a run tried.
func (c *classifier) approves(p *effective, tried string) bool {
	one := p.spelled(tried)
	if one == nil {
		one = []knownVersion{c.family.alone(c, p, c.family.canonical(tried))}
		one[0].textOnly = false
		if c.judge.named() {
			one[0].named = p.named.or(c.searching(nil).byVersion(p.namesOf(&one[0]), one[0].text))
		}
	}
	m := c.family.match(c.judge, one)
	c.waits = sooner(c.waits, m.due)
	return m.ok
}

// below reports whether the installed version is older than another one.
func (p *effective) below(v string) bool {
	return p.ordered && p.family.compare(p.installed, v) < 0
}

// stillLists reports whether the scan lists a version of a package, however it is written there.
func (c *classifier) stillLists(p *effective, tried string) bool {
	return slices.ContainsFunc(p.Versions, func(v messages.Version) bool {
		same := v.Version == tried || p.family.ordered(v.Version) == nil && p.family.same(v.Version, tried)
		return same && (c.family.isOf == nil || c.family.isOf(c, p, &v))
	})
}

// broken makes the item FAILED where dpkg left the package half done, unless a run installed it after the
// scan. A failure that stands too keeps the version that was tried, and both are named.
func (c *classifier) broken(p *effective, item *Item, failed bool) bool {
	_, present := p.Package.InstalledVersion()
	how := brokenBy(p.Package)
	if how == "" || !present || p.byRun {
		return false
	}
	item.State, item.Blocked = messages.Failed, ""
	item.Reason.Code, item.Reason.Broken = messages.BecauseBroken, how
	if failure := p.outcomes.Failed; !failed && failure.newerThan(p.outcomes.Installed) {
		item.Reason.Outcome = failure.reason(messages.ResultFailed)
	}
	return true
}

// Duplicate is how a package of rpm is broken that has an old version beside the new one, and not by design.
const Duplicate = "duplicate"

// brokenBy returns how a package is broken, empty where it is whole.
func brokenBy(p *messages.Package) string {
	switch {
	case isBroken(p.State):
		return p.State
	case p.State == Duplicate || len(p.Others) > 0 && !p.SideBySide:
		return Duplicate
	}
	return ""
}

// isBroken reports whether dpkg's state is one in which a package does not work. Pending triggers are not.
func isBroken(state string) bool {
	switch state {
	case "unpacked", "half-configured", "half-installed", "reinstreq":
		return true
	}
	return false
}

// pendingReboot makes an installed item wait for a boot, where its own run or the host's scan asks for one and
// there was none since.
func (c *classifier) pendingReboot(p *effective, item *Item) {
	switch item.State {
	case messages.Installed, messages.InstalledOther, messages.InstalledRejected:
	default:
		return
	}
	if c.pendingAfterRun(p.outcomes.Installed, item) {
		return
	}
	if c.reboot.concerns(p.Package) {
		pend(item, messages.BecauseRebootOfHost, c.facts.ScanStatement.Stamp)
	} else if c.pendingOfKB(p) {
		pend(item, messages.BecauseRebootOfHost, c.scan.Stamp)
		c.booting[item.Patch] = true
	} else if c.kernels[PackageKey{p.Name, p.Arch}] {
		pend(item, messages.BecauseKernelWaits, c.scan.Stamp)
	}
}

// rebootAfterRun reports whether the boot is still due that a run asked for when it installed a package.
func (c *classifier) rebootAfterRun(success *OutcomeFact) bool {
	if success == nil || !success.Reboot || c.bootedSince(success.At, success.BootID) {
		return false
	}
	said := c.facts.ScanStatement
	return said == nil || said.Required || !said.At.After(success.At)
}

// pendingAfterRun is the part of pendingReboot that rests on the run which installed the package.
func (c *classifier) pendingAfterRun(success *OutcomeFact, item *Item) bool {
	if !c.rebootAfterRun(success) {
		return false
	}
	pend(item, messages.BecauseRebootAfterRun, success.Stamp)
	if item.Reason.Outcome == nil {
		item.Reason.Outcome = success.reason(messages.ResultInstalled)
	}
	return true
}

// pend makes the item wait for a boot.
func pend(i *Item, code string, by Stamp) {
	i.State, i.Reason.Code = messages.InstalledPendingReboot, code
	i.Reason.Reboot = &messages.RebootReason{Event: by.ID, At: by.At}
}

// bootedSince reports whether the host booted after an event of that time and boot id. Boot ids decide where
// both sides have one: a stepped clock moves the boot time, and clears nothing.
func (c *classifier) bootedSince(at time.Time, bootID string) bool {
	if boot := c.facts.Boot; bootID != "" && boot != nil {
		return !boot.At.Before(at) && boot.BootID != bootID
	}
	return c.facts.BootedAt.After(at)
}

// unlistedItem classifies a package that no scan lists but that a run dealt with, such as a new kernel. The
// newer of its two outcomes counts alone, and only until a scan is taken after it.
func (c *classifier) unlistedItem(key PackageKey, kept Outcomes) (Item, bool) {
	newest := kept.newest()
	if newest == nil || newest.At.Before(c.scan.Scan.TakenAt) {
		return Item{}, false
	}
	if c.family.triedMustMatch && newest == kept.Failed && !c.namesPackage(key, newest.To) {
		return Item{}, false
	}
	item := Item{
		Patch: c.scan.Scan.OS.PatchName(key.Name, key.Arch), Name: key.Name, Arch: key.Arch, State: messages.Failed, Version: c.family.canonical(newest.To),
		Level: messages.Unspecified, Reason: messages.Reason{Code: messages.BecauseFailedRun, Event: newest.ID},
	}
	if c.family.namesAlone {
		item.Arch = c.scan.Scan.OS.Arch
	}
	item.Reason.Outcome = newest.reason(messages.ResultFailed)
	if newest == kept.Installed {
		item.State, item.Installed = messages.InstalledOther, item.Version
		item.Reason.Code = messages.BecauseUnlisted
		item.Reason.Outcome = newest.reason(messages.ResultInstalled)
		c.pendingAfterRun(kept.Installed, &item)
	}
	item.Reason.Invalid = c.family.noted(nil, newest.To)
	c.own[item.Patch] = true
	c.noteEntries(key.Name, key.Arch, newest.To)
	return item, true
}

// namesPackage reports whether an entry of ApprovedPatches names a package at a version.
func (c *classifier) namesPackage(key PackageKey, version string) bool {
	return c.judge.named() && c.judge.approved().entry(c.namedAt(nil, key.Name, key.Arch, version).approved) != nil
}

func (o *OutcomeFact) reason(result messages.Result) *messages.OutcomeReason {
	return &messages.OutcomeReason{
		Event: o.ID, RunID: o.RunID, Result: result, Version: o.To, Stage: o.Stage, Error: o.Error, FinishedAt: o.At,
	}
}

// override puts the newest override of the item's patch in place of the computed state, unless it was
// withdrawn or has expired.
func (c *classifier) override(item *Item) {
	kept, ok := c.facts.Overrides[item.Patch]
	o := &kept.Override
	if !ok || !c.standsNow(o) {
		return
	}
	item.Reason.Override = &messages.OverrideReason{
		Event: o.ID, Reason: o.Reason, By: o.By, ExpiresAt: o.ExpiresAt, ComputedState: item.State, ComputedLevel: item.Level,
	}
	item.State = o.State
	if o.Level != "" {
		item.Level = o.Level
	}
}

// standsNow reports whether an override was not withdrawn and has not expired.
func (c *classifier) standsNow(o *messages.Override) bool {
	return !o.Withdraw && (c.now.IsZero() || o.ExpiresAt.IsZero() || c.now.Before(o.ExpiresAt))
}
