package classify_test

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// The state of a package (classification.md, section 4), before what section 6 adds.

// verdict is one item of a host.
type verdict struct {
	patch, name, arch string
	state             messages.State
	version           spelling
	installed         string
	level             messages.Level
	classification    string
	blocked           string

	computed messages.State // where an override replaced it
	unlisted bool           // of an outcome that the scan does not list
}

// spelling is a version as somebody wrote it.
type spelling string

var brokenStates = []string{"unpacked", "half-configured", "half-installed", "reinstreq"}

// installedByScan returns the version that the scan has as installed.
func installedByScan(p *messages.Package) (string, bool) {
	if p.Installed == nil || p.State == "config-files" || p.State == "not-installed" {
		return "", false
	}
	return *p.Installed, true
}

// effective returns the version that counts as installed, and whether a run brought it after the scan.
func (r *reading) effective(p *messages.Package) (version string, there, byRun bool) {
	installed, _ := r.attempts(p.Name, p.Arch)
	if installed != nil && installed.run.FinishedAt.After(r.scan.TakenAt) {
		return installed.to, true, true
	}
	version, there = installedByScan(p)
	return version, there, false
}

// oneVersion is one version of a package: all spellings of it, and all that is listed under one of them.
type oneVersion struct {
	spellings []string
	records   []messages.Version // the origins of each are those of all
}

// known returns the versions that are known of a package at or above its effective one, that one included.
func known(p *messages.Package, effective string) []oneVersion {
	var versions []oneVersion
	if ordered(effective) {
		versions = append(versions, oneVersion{spellings: []string{effective}})
	}
	for _, v := range listed(p) {
		if ordered(effective) && order(v.Version, effective) < 0 {
			continue
		}
		i := slices.IndexFunc(versions, func(o oneVersion) bool { return sameVersion(o.spellings[0], v.Version) })
		if i < 0 {
			i, versions = len(versions), append(versions, oneVersion{})
		}
		versions[i].spellings = append(versions[i].spellings, v.Version)
		versions[i].records = append(versions[i].records, v)
	}
	for _, o := range versions {
		var origins []int
		for _, v := range o.records {
			origins = append(origins, v.Origins...)
		}
		for i := range o.records {
			o.records[i].Origins = origins
		}
	}
	if ordered(effective) && len(versions[0].records) == 0 {
		versions[0].records = []messages.Version{{}}
	}
	return versions
}

// approved is a version that matches, and its level.
type approved struct {
	oneVersion
	level messages.Level
}

func (r *reading) approvedOf(p *messages.Package, effective string) []approved {
	var m []approved
	for _, v := range known(p, effective) {
		if level, ok := r.matches(p.Name, p.Arch, v); ok {
			m = append(m, approved{v, level})
		}
	}
	return m
}

// ofPackage returns the state of an installed package, as section 4 has it, and whether it is approved at all.
func (r *reading) ofPackage(p *messages.Package, effective string) verdict {
	v := verdict{
		patch: p.Name + "." + p.Arch, name: p.Name, arch: p.Arch, installed: effective,
		state: messages.InstalledOther, version: spelling(effective), level: messages.Unspecified,
	}
	m := r.approvedOf(p, effective)
	newer := slices.DeleteFunc(slices.Clone(m), func(a approved) bool {
		return ordered(effective) && order(a.spellings[0], effective) <= 0
	})
	switch {
	case !ordered(effective) && len(newer) == 0: // version_invalid
	case len(newer) > 0:
		r.setMissing(&v, p, newer)
	case len(m) > 0:
		v.state, v.level = messages.Installed, m[0].level // the installed one is left
	case r.baseline.RejectedPatchesAction == "BLOCK" && r.rejects(p, effective):
		v.state = messages.InstalledRejected
	}
	if v.state != messages.Missing {
		v.classification = r.classificationAt(p, effective)
	}
	return v
}

// classificationAt is Security where the scan lists a version as a security update.
func (r *reading) classificationAt(p *messages.Package, version string) string {
	for _, v := range listed(p) {
		if sameVersion(v.Version, version) && r.security(&v) {
			return "Security"
		}
	}
	return ""
}

// rejects reports whether the baseline rejects a version of a package, by whichever of its spellings.
func (r *reading) rejects(p *messages.Package, version string) bool {
	if r.baseline.rejects(p.Name, p.Arch, version) {
		return true
	}
	return slices.ContainsFunc(listed(p), func(v messages.Version) bool {
		return sameVersion(v.Version, version) && r.baseline.rejects(p.Name, p.Arch, v.Version)
	})
}

func (r *reading) setMissing(v *verdict, p *messages.Package, newer []approved) {
	v.state = messages.Missing
	top := newer[0]
	for _, a := range newer {
		if order(a.spellings[0], top.spellings[0]) > 0 {
			top = a
		}
	}
	v.version, v.level = spelling(top.spellings[0]), top.level
	for _, a := range newer {
		v.level = higher(v.level, a.level)
		if r.security(&a.records[0]) {
			v.classification = "Security"
		}
	}
	v.blocked = blocked(p, top.spellings[0])
}

// blocked says what keeps a missing version from being installed (section 2).
func blocked(p *messages.Package, missing string) string {
	phased := slices.ContainsFunc(listed(p), func(v messages.Version) bool {
		return v.Version == p.Candidate && v.Phased != nil && *v.Phased < 100
	})
	switch {
	case p.Hold:
		return "hold"
	case p.KeptBack && phased:
		return "phased"
	case p.Candidate == "" || ordered(p.Candidate) && order(p.Candidate, missing) < 0:
		return "pin"
	case p.KeptBack:
		return "kept_back"
	}
	return ""
}

// notApplicable returns the item of a package that is not installed and that an entry asks for (step 1).
func (r *reading) notApplicable(p *messages.Package) (verdict, bool) {
	versions := knownToScan(p)
	for _, entry := range r.baseline.ApprovedPatches {
		if fitsAny(entry, p.Name, p.Arch, versions) {
			return verdict{
				patch: p.Name + "." + p.Arch, name: p.Name, arch: p.Arch,
				state: messages.NotApplicable, level: messages.Unspecified,
			}, true
		}
	}
	return verdict{}, false
}

// knownToScan returns the versions that a scan lists of a package, and the one beside its state.
func knownToScan(p *messages.Package) []string {
	var versions []string
	for _, v := range listed(p) {
		versions = append(versions, v.Version)
	}
	if p.Installed != nil {
		versions = append(versions, *p.Installed)
	}
	return versions
}

// listed returns the versions that a scan lists; those below the installed one are ignored (contract, "Also refused").
func listed(p *messages.Package) []messages.Version {
	installed, there := installedByScan(p)
	return slices.DeleteFunc(slices.Clone(p.Versions), func(v messages.Version) bool {
		return !ordered(v.Version) || there && ordered(installed) && order(v.Version, installed) < 0
	})
}

// fitsAny reports whether an entry fits a package by its name or by one of its known versions.
func fitsAny(entry, name, arch string, versions []string) bool {
	if nameFits(entry, name, arch) {
		return true
	}
	return slices.ContainsFunc(versions, func(v string) bool { return ordered(v) && entryFits(entry, name, arch, v) })
}

// leftover returns an item for each entry of ApprovedPatches that fits nothing, under its own text (end of section 4).
func (r *reading) leftover(items []verdict) []verdict {
	var left []verdict
	for _, entry := range r.baseline.ApprovedPatches {
		listed := slices.ContainsFunc(left, func(v verdict) bool { return strings.EqualFold(v.patch, entry) }) ||
			slices.ContainsFunc(items, func(v verdict) bool { return v.patch == entry })
		if !listed && !r.fitsSomething(entry, items) {
			left = append(left, verdict{patch: entry, name: entry, state: messages.NotApplicable, level: messages.Unspecified})
		}
	}
	return left
}

func (r *reading) fitsSomething(entry string, items []verdict) bool {
	if r.isWindows() {
		return r.kbFits(entry) || slices.ContainsFunc(items, func(v verdict) bool { return v.unlisted && kbNamed(entry, v.name, nil) })
	}
	if r.isMacOS() {
		called := func(v verdict) bool { return strings.EqualFold(v.name, entry) }
		return slices.ContainsFunc(items, called) ||
			slices.ContainsFunc(r.scan.Packages, func(p messages.Package) bool { return strings.EqualFold(p.Name, entry) })
	}
	for i := range r.scan.Packages {
		p := &r.scan.Packages[i]
		versions := knownToScan(p)
		if effective, there, _ := r.effective(p); there {
			versions = append(versions, effective)
		}
		for _, item := range items {
			if item.name == p.Name && item.arch == p.Arch && item.state == messages.Failed {
				versions = append(versions, string(item.version))
			}
		}
		if fitsAny(entry, p.Name, p.Arch, versions) {
			return true
		}
	}
	return slices.ContainsFunc(items, func(v verdict) bool {
		return v.unlisted && fitsAny(entry, v.name, v.arch, []string{string(v.version)})
	})
}
