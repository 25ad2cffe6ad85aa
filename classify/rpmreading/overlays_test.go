package rpmreading

import (
	"regexp"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// overlay adds to a state what runs, a killed transaction and a boot that is due do (section 6).
func (r *reading) overlay(p *pkg, it *item, due *version) {
	if o := r.failure(p); o != nil && p.ordered {
		tried := p.tried(o, r)
		if p.at.cmp(tried.evr) < 0 && (due == nil || due.cmp(tried.evr) <= 0) && r.match(p.Name, tried) != "" {
			it.State, it.Code, it.Version, it.Blocked, it.known = messages.Failed, messages.BecauseFailedRun, canonical(*o.To), "", append(it.known, tried)
		}
	}
	if p.broken() {
		it.State, it.Code, it.Blocked = messages.Failed, messages.BecauseBroken, ""
	}
	switch it.State {
	case messages.Installed, messages.InstalledOther, messages.InstalledRejected:
		if code := r.waits(p); code != "" {
			it.State, it.Code = messages.InstalledPendingReboot, code
		}
	}
}

// failure is the newest one of a package, where nothing has ended it.
func (r *reading) failure(p *pkg) *outcome {
	o := r.failed[p.patch]
	switch later := o != nil && r.full.at.After(o.at); {
	case !o.newerThan(r.succeeded[p.patch]), r.nextScan && !o.at.After(r.full.at):
		return nil
	case later && !r.stillLists(p, *o.To):
		return nil
	case later && o.From != "" && p.gone():
		return nil
	default:
		return o
	}
}

func (p *pkg) gone() bool { _, there := p.InstalledVersion(); return !there }

func (r *reading) stillLists(p *pkg, tried string) bool {
	at, _ := parse(tried)
	return slices.ContainsFunc(p.Versions, func(v messages.Version) bool {
		listed, ok := parse(v.Version)
		return ok && listed.cmp(at) == 0 && r.existsAt(p, &v)
	})
}

// existsAt is exists, wherever the version stands in the order.
func (r *reading) existsAt(p *pkg, v *messages.Version) bool {
	anywhere := *p
	anywhere.Package = &messages.Package{Name: p.Name, Arch: p.Arch, Module: p.Module}
	return r.exists(&anywhere, v)
}

// tried is the version that a run could not install, with the notices that are listed for it even where no repository carries it.
func (p *pkg) tried(o *outcome, r *reading) *version {
	at, _ := parse(*o.To)
	if v := p.version(at); v != nil {
		return v
	}
	of := &version{evr: at, spellings: []spelling{{at, p.Arch, p.Arch}}}
	for i := range p.Versions {
		listed := &p.Versions[i]
		if e, ok := parse(listed.Version); ok && e.cmp(at) == 0 && r.exists(p, listed) {
			of.notices, of.built = append(of.notices, r.notices(listed.Advisories)...), listed.ReleasedAt
		}
	}
	return of
}

// broken: an older version was left beside the installed one, and no run has put that right since.
func (p *pkg) broken() bool {
	return !p.byRun && (p.State == "duplicate" || len(p.Others) > 0 && !p.SideBySide)
}

// waits is why a package waits for a boot, empty where it does not.
func (r *reading) waits(p *pkg) string {
	switch {
	case r.waitsAfterRun(p.patch):
		return messages.BecauseRebootAfterRun
	case r.runsOnly:
		return ""
	case r.hostWaitsFor(p):
		return messages.BecauseRebootOfHost
	case r.kernelWaits(p.Package):
		return messages.BecauseKernelWaits
	}
	return ""
}

// waitsAfterRun is R.
func (r *reading) waitsAfterRun(p patch) bool {
	o := r.succeeded[p]
	if o == nil || o.run.RebootRequired == nil || !*o.run.RebootRequired || r.booted(o.stamp, o.run.BootID) {
		return false
	}
	said := r.scanSays.is
	return (len(o.run.RebootPackages) == 0 || slices.Contains(o.run.RebootPackages, p.name)) && (said == nil || said.required || !said.at.After(o.at))
}

// hostWaitsFor is S.
func (r *reading) hostWaitsFor(p *pkg) bool {
	said := r.scanSays.is
	if said == nil || !said.required || r.booted(said.stamp, said.bootID) {
		return false
	}
	if len(said.RebootPackages) > 0 {
		return slices.Contains(said.RebootPackages, p.Name)
	}
	return !said.BootedAt.IsZero() && p.InstalledAt.After(said.BootedAt)
}

// kernelWaits is K.
func (r *reading) kernelWaits(p *messages.Package) bool {
	newest, there := p.InstalledVersion()
	if said := r.scanSays.is; said != nil && said.cmp(r.scanAt) > 0 || r.scan.RebootRequired != nil || r.booted(r.scanAt, r.scan.BootID) {
		return false
	}
	return there && p.SideBySide && !r.runs(p, newest) && slices.ContainsFunc(p.Others, func(v string) bool { return r.runs(p, v) })
}

// runs: version-release.arch, on SUSE the flavour in place of the release's last number.
func (r *reading) runs(p *messages.Package, text string) bool {
	v, _ := parse(text)
	kernel := r.scan.OS.Kernel
	if r.scan.OS.System != "SUSE" {
		return v.ver+"-"+v.rel+"."+p.Arch == kernel
	}
	numbers := regexp.MustCompile(`\.[0-9]+(\.[^.]*[^.0-9][^.]*)*$`)
	release := numbers.ReplaceAllString(v.rel, "$1")
	return v.ver+"-"+release+strings.TrimPrefix(p.Name, "kernel") == kernel && strings.HasPrefix(p.Name, "kernel-")
}

// unlisted is the item of a package that the scan does not list, nil where there is none.
func (r *reading) unlisted(p patch) *item {
	o, failed := r.succeeded[p], false
	if f := r.failed[p]; f.newerThan(o) {
		o, failed = f, true
	}
	if o.at.Before(r.scan.TakenAt) {
		return nil
	}
	at, _ := parse(*o.To)
	v := &version{evr: at, spellings: []spelling{{at, p.arch, p.arch}}}
	it := &item{Patch: p.String(), name: p.name, Level: messages.Unspecified, Version: at.canonical, known: []*version{v}}
	switch {
	case failed && !v.named(r.approved, p.name):
		return nil
	case failed:
		it.State, it.Code = messages.Failed, messages.BecauseFailedRun
	case r.waitsAfterRun(p):
		it.State, it.Code, it.Installed = messages.InstalledPendingReboot, messages.BecauseRebootAfterRun, at.canonical
	default:
		it.State, it.Code, it.Installed = messages.InstalledOther, messages.BecauseUnlisted, at.canonical
	}
	return it
}
