package apt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// assembled is a scan's content.
type assembled struct {
	origins  []messages.Origin
	packages []messages.Package
	notes    []string // where dpkg, the indices and apt's table disagree
}

// assemble brings together what dpkg, the indices and apt's policy say. apt's version table has the last word on which
// versions there are of a package and who carries them; the indices say what it does not: section and priority.
func assemble(installed []installedPackage, found *findings, o *opinions) *assembled {
	c := newCatalogue(found.indices, found.absent)
	made := &assembled{origins: c.origins, packages: make([]messages.Package, len(installed))}
	for i := range installed {
		made.packages[i] = describe(&installed[i])
	}
	for n, ix := range found.indices {
		for i := range ix.hits {
			h := &ix.hits[i]
			addHit(&made.packages[h.pkg], h, c.of[n])
		}
	}
	for i := range made.packages {
		p := &made.packages[i]
		addInstalled(p, &installed[i])
		made.notes = append(made.notes, addPolicy(p, &installed[i], o.policies[i], c)...)
		p.KeptBack = o.kept[i]
		newestFirst(p.Versions)
		p.Versions = choose(p.Versions, *p)
	}
	return made
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

// addHit notes that an origin carries a version. Section and priority are those of the first index that has it. Of more
// versions than apt's own list would be read the rest is left out.
func addHit(p *messages.Package, h *hit, origin int) {
	v := find(p.Versions, h.version)
	if v == nil {
		if len(p.Versions) == maxPolicyVersions {
			return
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
}

// addInstalled puts the version on the host into the list where no archive did, and has it spelled as dpkg does.
func addInstalled(p *messages.Package, on *installedPackage) {
	if on.version == "" || !on.present() {
		return
	}
	if v := find(p.Versions, on.version); v != nil {
		v.Version = on.version
		return
	}
	p.Versions = append(p.Versions, messages.Version{Version: on.version, Section: on.section, Priority: on.priority})
}

// addPolicy takes over candidate, pins, phasing, and who carries what, from apt's version table, and returns where the
// indices said otherwise. That happens: apt leaves out what a source excludes, and packages it cannot use.
func addPolicy(p *messages.Package, on *installedPackage, known *policy, c *catalogue) (notes []string) {
	if known == nil { // of an architecture that apt is not set up for
		return nil
	}
	listed := make(map[string]bool, len(known.versions))
	for i := range known.versions {
		line := &known.versions[i]
		if version.OrderedDeb(line.version) != nil || !notBelow(line.version, on) {
			continue
		}
		v := find(p.Versions, line.version)
		if v == nil {
			if len(line.sources) == 0 {
				continue
			}
			notes = append(notes, fmt.Sprintf("apt knows %s %s, but no index that was read has it", on.name, line.version))
			p.Versions = append(p.Versions, messages.Version{Version: line.version})
			v = &p.Versions[len(p.Versions)-1]
		}
		takeOver(v, line, on, c, listed)
	}
	p.Candidate = known.candidate
	if v := find(p.Versions, known.candidate); v != nil {
		p.Candidate = v.Version
	}
	p.Versions = slices.DeleteFunc(p.Versions, func(v messages.Version) bool {
		gone := len(v.Origins) > 0 && version.OrderedDeb(v.Version) == nil && !listed[v.Version]
		if gone {
			notes = append(notes, fmt.Sprintf("an index has %s %s, but apt does not know it: it is left out", on.name, v.Version))
		}
		return gone
	})
	return notes
}

// takeOver takes over one line of apt's table. A version may have several: rebuilt under the same number, or spelled
// in two ways. It is spelled as dpkg does where it is on the host, else as the first of apt's lines.
func takeOver(v *messages.Version, line *policyVersion, on *installedPackage, c *catalogue, listed map[string]bool) {
	origins, sure := c.named(line.sources)
	switch again := listed[v.Version]; {
	case again:
		v.Pin = max(v.Pin, line.pin)
	default:
		if v.Version != on.version {
			v.Version = line.version
		}
		listed[v.Version] = true
		v.Pin = line.pin
		if line.phased >= 0 {
			v.Phased = &line.phased
		}
		if sure {
			v.Origins = nil
		}
	}
	for _, n := range origins {
		if !slices.Contains(v.Origins, n) {
			v.Origins = append(v.Origins, n)
		}
	}
	slices.Sort(v.Origins)
}

// find returns the version that is equal in dpkg's order, however it is spelled: 1.0 and 0:1.0 are one.
func find(versions []messages.Version, wanted string) *messages.Version {
	ordered := version.OrderedDeb(wanted) == nil
	for i := range versions {
		v := versions[i].Version
		if v == wanted || ordered && version.OrderedDeb(v) == nil && version.CompareDeb(v, wanted) == 0 {
			return &versions[i]
		}
	}
	return nil
}

func newestFirst(versions []messages.Version) {
	slices.SortStableFunc(versions, func(a, b messages.Version) int {
		if version.OrderedDeb(a.Version) == nil && version.OrderedDeb(b.Version) == nil {
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
