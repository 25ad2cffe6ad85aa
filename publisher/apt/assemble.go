package apt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// assemble brings together what dpkg, the indices and apt's policy say, and checks that they agree.
func assemble(installed []installedPackage, indices []*index, o *opinions) ([]messages.Origin, []messages.Package, error) {
	origins, of := originsOf(indices)
	packages := make([]messages.Package, len(installed))
	for i := range installed {
		packages[i] = describe(&installed[i])
	}
	for n, ix := range indices {
		for i := range ix.hits {
			h := &ix.hits[i]
			if err := addHit(&packages[h.pkg], h, of[n]); err != nil {
				return nil, nil, err
			}
		}
	}
	for i := range packages {
		p := &packages[i]
		addInstalled(p, &installed[i])
		if err := addPolicy(p, &installed[i], o.policies[i]); err != nil {
			return nil, nil, err
		}
		p.KeptBack = o.kept[i]
		newestFirst(p.Versions)
		p.Versions = choose(p.Versions, *p)
	}
	return origins, packages, nil
}

// originsOf returns the origins in apt's order, and for each index which of them it is: the indices of two
// architectures are of one origin.
func originsOf(indices []*index) ([]messages.Origin, []int) {
	var origins []messages.Origin
	of := make([]int, len(indices))
	at := map[messages.Origin]int{}
	for i, ix := range indices {
		o := messages.Origin{
			Archive: ix.suite, Site: ix.site, Origin: ix.origin, Label: ix.label,
			Component: ix.comp, Codename: ix.codename, Trusted: ix.trusted,
		}
		if ix.release != nil {
			o.Date, o.ValidUntil = ix.release.date, ix.release.validUntil
		}
		n, ok := at[o]
		if !ok {
			n = len(origins)
			at[o] = n
			origins = append(origins, o)
		}
		of[i] = n
	}
	return origins, of
}

// describe takes over what dpkg says. The version beside "config-files" is the one that left them.
func describe(p *installedPackage) messages.Package {
	described := messages.Package{
		Name: p.name, Arch: p.arch, State: p.state(), Hold: p.want == "hold",
		Source: p.source, SourceVersion: p.sourceVer,
	}
	if p.version != "" {
		described.Installed = &p.version
	}
	return described
}

// addHit notes that an origin carries a version. Section and priority are those of the first index that has it.
func addHit(p *messages.Package, h *hit, origin int) error {
	v := find(p.Versions, h.version)
	if v == nil {
		if len(p.Versions) == maxPolicyVersions {
			return fmt.Errorf("more than %d versions of %s", maxPolicyVersions, p.Name)
		}
		p.Versions = append(p.Versions, messages.Version{Version: h.version, Section: h.section, Priority: h.priority})
		v = &p.Versions[len(p.Versions)-1]
		if h.phased >= 0 {
			v.Phased = &h.phased
		}
	}
	if !slices.Contains(v.Origins, origin) {
		v.Origins = append(v.Origins, origin)
	}
	return nil
}

// addInstalled puts the version on the host into the list where no archive did.
func addInstalled(p *messages.Package, on *installedPackage) {
	if on.version == "" || !on.present() || find(p.Versions, on.version) != nil {
		return
	}
	p.Versions = append(p.Versions, messages.Version{Version: on.version, Section: on.section, Priority: on.priority})
}

// addPolicy takes over candidate, pins and phasing, and checks that apt's version table and the indices have
// the same versions: where one has a version more, something was not read, and the scan is not complete.
func addPolicy(p *messages.Package, on *installedPackage, known *policy) error {
	if known == nil { // of an architecture that apt is not set up for
		return nil
	}
	p.Candidate = known.candidate
	listed := make(map[string]bool, len(known.versions))
	for _, line := range known.versions {
		if version.ValidDeb(line.version) != nil || !notBelow(line.version, on) {
			continue
		}
		v := find(p.Versions, line.version)
		switch {
		case line.carried && (v == nil || len(v.Origins) == 0):
			return fmt.Errorf("apt knows %s %s, but no index that was read has it", on.name, line.version)
		case v == nil:
			continue
		case !listed[line.version]:
			v.Pin = line.pin
			if line.phased >= 0 {
				v.Phased = &line.phased
			}
			listed[line.version] = true
		default: // the same number twice
			v.Pin = max(v.Pin, line.pin)
		}
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		if len(v.Origins) > 0 && version.ValidDeb(v.Version) == nil && !listed[v.Version] {
			return fmt.Errorf("an index has %s %s, but apt does not know it", on.name, v.Version)
		}
	}
	return nil
}

func find(versions []messages.Version, version string) *messages.Version {
	for i := range versions {
		if versions[i].Version == version {
			return &versions[i]
		}
	}
	return nil
}

func newestFirst(versions []messages.Version) {
	slices.SortStableFunc(versions, func(a, b messages.Version) int {
		if version.ValidDeb(a.Version) == nil && version.ValidDeb(b.Version) == nil {
			if c := version.CompareDeb(b.Version, a.Version); c != 0 {
				return c
			}
		}
		return strings.Compare(b.Version, a.Version)
	})
}

// choose keeps as many versions as the contract allows one package. The installed one, the candidate and the
// newest of each origin stay in any case, so that a repository with hundreds of versions cannot push out the
// one that security has; then the newest. The order stays.
func choose(versions []messages.Version, p messages.Package) []messages.Version {
	if len(versions) <= messages.MaxPackageVersions {
		return versions
	}
	keep := make([]bool, len(versions))
	left := messages.MaxPackageVersions
	take := func(i int) {
		if left > 0 && !keep[i] {
			keep[i] = true
			left--
		}
	}
	for i, v := range versions {
		if p.Installed != nil && v.Version == *p.Installed || v.Version == p.Candidate {
			take(i)
		}
	}
	seen := map[int]bool{}
	for i, v := range versions {
		for _, origin := range v.Origins {
			if !seen[origin] {
				seen[origin] = true
				take(i)
			}
		}
	}
	for i := range versions {
		take(i)
	}
	kept := make([]messages.Version, 0, messages.MaxPackageVersions)
	for i, v := range versions {
		if keep[i] {
			kept = append(kept, v)
		}
	}
	return kept
}

// cutArch splits name:arch; without a colon the architecture is empty.
func cutArch(name string) (base, arch string) {
	base, arch, _ = strings.Cut(name, ":")
	return base, arch
}
