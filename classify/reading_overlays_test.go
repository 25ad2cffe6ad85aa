package classify_test

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/patchstream/patchstream/messages"
)

// What runs, dpkg, a boot that is due and an operator add to a state (classification.md, section 6).

// items returns every item of the host.
func (r *reading) items() []verdict {
	var items []verdict
	for i := range r.scan.Packages {
		if v, ok := r.item(&r.scan.Packages[i]); ok {
			items = append(items, v)
		}
	}
	items = append(items, r.unlistedItems()...)
	items = append(items, r.leftover(items)...)
	for i := range items {
		r.override(&items[i])
	}
	slices.SortFunc(items, func(a, b verdict) int { return strings.Compare(a.patch, b.patch) })
	return items
}

// item returns the item of a package that the scan lists.
func (r *reading) item(p *messages.Package) (verdict, bool) {
	if r.isWindows() {
		return r.kbItem(p)
	}
	if r.isMacOS() {
		return r.macItem(p)
	}
	effective, there, byRun := r.effective(p)
	tried, failed := r.failure(p, effective, there)
	if !there {
		v, ok := r.notApplicable(p)
		if failed {
			return verdict{
				patch: p.Name + "." + p.Arch, name: p.Name, arch: p.Arch,
				state: messages.Failed, version: spelling(tried), level: messages.Unspecified,
			}, true
		}
		return v, ok
	}
	v := r.ofPackage(p, effective)
	broken := slices.Contains(brokenStates, p.State) && !byRun
	if broken || failed {
		v.state, v.blocked = messages.Failed, ""
	}
	if failed {
		v.version = spelling(tried)
	}
	if waits(v.state) && (r.rebootAfterRun(p.Name, p.Arch) || r.rebootOfHost(p) || r.kernelWaits(p)) {
		v.state = messages.InstalledPendingReboot
	}
	return v, true
}

// waits: the states that a due boot replaces.
func waits(s messages.State) bool {
	return s == messages.Installed || s == messages.InstalledOther || s == messages.InstalledRejected
}

// failure returns the version that a run tried in vain, and whether that makes the package FAILED.
func (r *reading) failure(p *messages.Package, effective string, there bool) (string, bool) {
	installed, failed := r.attempts(p.Name, p.Arch)
	if failed == nil || !failed.newerThan(installed) {
		return "", false
	}
	if there && (!ordered(effective) || order(effective, failed.to) >= 0) {
		return "", false
	}
	if there {
		for _, a := range r.approvedOf(p, effective) {
			if order(a.spellings[0], failed.to) > 0 {
				return "", false
			}
		}
	}
	if r.rejects(p, failed.to) {
		return "", false
	}
	if r.full.TakenAt.After(failed.run.FinishedAt) {
		_, listedAsInstalled := installedByScan(p)
		if !listedAsInstalled && failed.outcome.From != "" {
			return "", false
		}
		if !lists(p, failed.to) {
			return "", false
		}
	}
	if r.settings.FailedUntil == "next-scan" && !failed.run.FinishedAt.After(r.full.TakenAt) {
		return "", false
	}
	return failed.to, true
}

// lists reports whether a scan lists a version of a package; the installed one is always listed.
func lists(p *messages.Package, version string) bool {
	if installed, ok := installedByScan(p); ok && ordered(installed) && order(installed, version) == 0 {
		return true
	}
	return slices.ContainsFunc(listed(p), func(v messages.Version) bool { return order(v.Version, version) == 0 })
}

// rebootAfterRun is R: the run that installed the package asked for a boot, and there was none since.
func (r *reading) rebootAfterRun(name, arch string) bool {
	a, _ := r.attempts(name, arch)
	if a == nil || !says(a.run.RebootRequired, true) ||
		len(a.run.RebootPackages) > 0 && !slices.Contains(a.run.RebootPackages, name) {
		return false
	}
	s := r.scanStatement()
	settled := s != nil && s.TakenAt.After(a.run.FinishedAt) && says(s.RebootRequired, false)
	return !settled && !r.bootSince(a.run.FinishedAt, a.run.BootID)
}

// rebootOfHost is S: the host itself says so.
func (r *reading) rebootOfHost(p *messages.Package) bool {
	s := r.scanStatement()
	if r.settings.PendingReboot == "runs" || s == nil || !says(s.RebootRequired, true) {
		return false
	}
	named := slices.Contains(s.RebootPackages, p.Name) || len(s.RebootPackages) == 0 &&
		!p.InstalledAt.IsZero() && !s.BootedAt.IsZero() && p.InstalledAt.After(s.BootedAt)
	return named && !r.bootSince(s.TakenAt, s.BootID)
}

// kernelWaits reports whether a package is the newest kernel of the running one's flavour, and not the one that runs.
func (r *reading) kernelWaits(p *messages.Package) bool {
	newest := r.waitingKernel()
	release := func(p *messages.Package) string { return strings.Replace(p.Name, "-unsigned-", "-", 1) }
	return newest != nil && release(newest) == release(p) && bootable(p)
}

// waitingKernel returns the package of the kernel that a boot would start, where scans say nothing of a boot.
func (r *reading) waitingKernel() *messages.Package {
	if r.settings.PendingReboot == "runs" || r.scan.RebootRequired != nil {
		return nil
	}
	if s := r.scanStatement(); s != nil && precedes(r.newestScan(), s) {
		return nil
	}
	version, flavour, ok := kernelOf(r.scan.OS.Kernel)
	if !ok || r.isWindows() || r.isMacOS() || builtinOf(r.scan.OS.System) == nil || r.bootSince(r.scan.TakenAt, r.scan.BootID) {
		return nil
	}
	var top *messages.Package
	topVersion := version
	for i := range r.scan.Packages {
		p := &r.scan.Packages[i]
		name, isKernel := strings.CutPrefix(p.Name, "linux-image-")
		v, f, ok := kernelOf(strings.TrimPrefix(name, "unsigned-"))
		if isKernel && ok && f == flavour && order(v, topVersion) > 0 && bootable(p) {
			top, topVersion = p, v
		}
	}
	return top
}

// bootable reports whether a kernel's package is installed and configured, as the scan lists it.
func bootable(p *messages.Package) bool {
	_, there := installedByScan(p)
	return there && !slices.Contains(brokenStates, p.State)
}

// kernelOf splits the release of a kernel, such as 6.8.0-45-generic, before the first hyphen that a letter follows.
func kernelOf(release string) (version, flavour string, ok bool) {
	if release == "" || !unicode.IsDigit(rune(release[0])) {
		return "", "", false
	}
	for i := range len(release) - 1 {
		if release[i] == '-' && unicode.IsLetter(rune(release[i+1])) {
			return release[:i], release[i+1:], true
		}
	}
	return "", "", false
}

// unlistedItems returns the items of outcomes about packages that the scan does not list.
func (r *reading) unlistedItems() []verdict {
	var items []verdict
	for _, e := range r.events {
		run, ok := e.(*messages.Run)
		if !ok {
			continue
		}
		for _, o := range run.Outcomes {
			if v, ok := r.unlistedItem(o.Name, o.Arch); ok &&
				!slices.ContainsFunc(items, func(w verdict) bool { return w.patch == v.patch }) {
				items = append(items, v)
			}
		}
	}
	return items
}

func (r *reading) unlistedItem(name, arch string) (verdict, bool) {
	if slices.ContainsFunc(r.scan.Packages, func(p messages.Package) bool { return r.patchOf(p.Name, p.Arch) == r.patchOf(name, arch) }) {
		return verdict{}, false
	}
	installed, failed := r.attempts(name, arch)
	last := failed
	if installed.newerThan(failed) {
		last = installed
	}
	if last == nil || last.run.FinishedAt.Before(r.scan.TakenAt) {
		return verdict{}, false
	}
	b := r.baseline
	if last == failed && (r.isWindows() && !kbListed(b.ApprovedPatches, name, nil) || r.isMacOS() && !macNamed(b.ApprovedPatches, name)) {
		return verdict{}, false
	}
	v := verdict{
		patch: r.patchOf(name, arch), name: name, arch: arch,
		state: messages.Failed, version: spelling(last.to), level: messages.Unspecified, unlisted: true,
	}
	if last == installed {
		v.state, v.installed = messages.InstalledOther, last.to
	}
	if r.isWindows() || r.isMacOS() {
		v.arch = r.scan.OS.Arch
	}
	if waits(v.state) && r.rebootAfterRun(name, arch) {
		v.state = messages.InstalledPendingReboot
	}
	return v, true
}

// override lets the newest override of an item stand, if it does.
func (r *reading) override(v *verdict) {
	v.computed = v.state
	o, ok := newest(r.events, func(o *messages.Override) bool { return o.Patch == v.patch })
	if !ok || o.Withdraw || r.expired(o.ExpiresAt) {
		return
	}
	v.state = o.State
	if o.Level != "" {
		v.level = o.Level
	}
}

func (r *reading) expired(at time.Time) bool {
	return !at.IsZero() && !r.now.IsZero() && !r.now.Before(at)
}
