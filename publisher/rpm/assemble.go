package rpm

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// facts are all that was found out about a root's packages.
type facts struct {
	installed *inventory
	native    string // architecture
	release   string // what repositories of a release are fetched by
	sources   []source
	offers    []offer
	wanted    map[offer]bool // those offers that the host does not keep out; without their time
	opinions  *opinions
}

// source is a repository with what its metadata says.
type source struct {
	repository
	origin  messages.Origin
	notices []notice // none where it is not trusted
}

// identity of an offer is all but its time, which the two answers that have it spell alike, and nobody promises.
func (o offer) identity() offer {
	return offer{nameArch: o.nameArch, evr: o.evr, repo: o.repo}
}

// assembled is a scan's content.
type assembled struct {
	origins    []messages.Origin
	packages   []messages.Package
	advisories []messages.Advisory
	table      *noticeTable
	notes      []string
}

// assemble brings together what rpm, the package manager and the notices say.
func (f *facts) assemble() (*assembled, error) {
	made := &assembled{table: newNoticeTable()}
	positions := map[string]int{}
	for i := range f.sources {
		s := &f.sources[i]
		positions[s.id] = i
		made.origins = append(made.origins, s.origin)
		made.notes = append(made.notes, made.table.add(s.notices)...)
	}
	at := f.offersByPackage()
	keys := slices.SortedFunc(maps.Keys(f.installed.packages), func(a, b nameArch) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.arch, b.arch))
	})
	used := map[string]bool{}
	for _, key := range keys {
		p := f.describe(key)
		if err := f.addVersions(&p, at[key], positions); err != nil {
			return nil, err
		}
		f.addOpinions(&p, key)
		made.table.fill(&p, used)
		p.Versions = choose(p.Versions, p)
		made.packages = append(made.packages, p)
	}
	made.advisories = made.table.used(used)
	return made, errors.Join(f.checkCandidates(), f.checkNeeded(made.table))
}

// describe takes over what rpm says of a package.
func (f *facts) describe(key nameArch) messages.Package {
	all := f.installed.packages[key]
	newest := all[0]
	p := messages.Package{
		Name: key.name, Arch: key.arch, Installed: &newest.evr, InstalledAt: newest.installedAt, Module: newest.module,
		SideBySide: f.opinions.sideBySide[key.name], Hold: f.opinions.holds(key.name),
	}
	p.Source, p.SourceVersion = sourceOf(newest.source)
	for _, one := range all[1:] {
		p.Others = append(p.Others, one.evr)
	}
	if len(p.Others) > 0 && !p.SideBySide {
		p.State = stateDuplicate
	}
	return p
}

// stateDuplicate is the contract's word for a package of which rpm was left with an old version beside the new one.
const stateDuplicate = "duplicate"

// sourceOf splits the file name of a source package, sudo-1.9.5p2-9.el9.src.rpm.
func sourceOf(file string) (name, evr string) {
	text := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(file, ".rpm"), ".src"), ".nosrc")
	if name = nameOf(text); len(name) == len(text) {
		return text, ""
	}
	return name, text[len(name)+1:]
}

// offersByPackage sorts the offers by the installed package that they are versions of: that of the same name and architecture,
// or, where none is installed, that of the native one for noarch and the other way round, over which dnf upgrades, too.
func (f *facts) offersByPackage() map[nameArch][]offer {
	at := map[nameArch][]offer{}
	for _, o := range f.offers {
		if key, ok := f.packageOf(o.nameArch); ok {
			at[key] = append(at[key], o)
		}
	}
	return at
}

func (f *facts) packageOf(key nameArch) (nameArch, bool) {
	if f.installed.packages[key] != nil {
		return key, true
	}
	switch key.arch {
	case noArch:
		key.arch = f.native
	case f.native:
		key.arch = noArch
	}
	return key, f.installed.packages[key] != nil
}

// addVersions lists the versions at and above the installed one.
func (f *facts) addVersions(p *messages.Package, offers []offer, positions map[string]int) error {
	for _, own := range []bool{true, false} { // a version of the package's own architecture stands for both
		for _, o := range offers {
			if (o.arch == p.Arch) != own || !listable(o.evr, p, own) {
				continue
			}
			position, known := positions[o.repo]
			if !known {
				return fmt.Errorf("%s %s is carried by %q, which is no enabled repository", o.nameArch, o.evr, o.repo)
			}
			f.addOffer(p, o, position)
		}
	}
	on := *p.Installed
	if v := find(p.Versions, on); v == nil {
		p.Versions = append(p.Versions, messages.Version{Version: on, ReleasedAt: f.builtAt(p), Module: p.Module})
	} else {
		v.Version, v.Module = on, p.Module
	}
	slices.SortStableFunc(p.Versions, func(a, b messages.Version) int { return compareNewest(a.Version, b.Version) })
	return nil
}

func (f *facts) builtAt(p *messages.Package) time.Time {
	return f.installed.packages[nameArch{p.Name, p.Arch}][0].builtAt
}

// listable tells whether a version is at or above the installed one; of another architecture it must be above.
func listable(evr string, p *messages.Package, own bool) bool {
	if version.ValidRPM(evr) != nil || version.ValidRPM(*p.Installed) != nil {
		return true // the worker notes what it cannot compare
	}
	c := version.CompareRPM(evr, *p.Installed)
	return c > 0 || c == 0 && own
}

// addOffer notes that a repository carries a version. It is kept out if all that carry it keep it out.
func (f *facts) addOffer(p *messages.Package, o offer, position int) {
	kept := !f.wanted[o.identity()]
	v := find(p.Versions, o.evr)
	if v == nil {
		p.Versions = append(p.Versions, messages.Version{Version: o.evr, ReleasedAt: o.builtAt, Excluded: true})
		v = &p.Versions[len(p.Versions)-1]
		if o.arch != p.Arch {
			v.Arch = o.arch
		}
	} else if v.Arch != "" && v.Arch != o.arch || v.Arch == "" && o.arch != p.Arch {
		return
	}
	v.Excluded = v.Excluded && kept
	if !slices.Contains(v.Origins, position) {
		v.Origins = append(v.Origins, position)
		slices.Sort(v.Origins)
	}
}

// find returns the version that is equal in rpm's order, however it is spelled.
func find(versions []messages.Version, wanted string) *messages.Version {
	ordered := version.ValidRPM(wanted) == nil
	for i := range versions {
		v := versions[i].Version
		if v == wanted || ordered && version.ValidRPM(v) == nil && version.CompareRPM(v, wanted) == 0 {
			return &versions[i]
		}
	}
	return nil
}

// addOpinions takes over what the package manager would install, and what it leaves.
func (f *facts) addOpinions(p *messages.Package, key nameArch) {
	for _, other := range f.spellings(key) {
		if evr := f.opinions.candidates[other]; evr != "" && p.Candidate == "" {
			p.Candidate = evr
		}
		if _, kept := f.opinions.kept[other]; kept {
			p.KeptBack = true
		}
	}
	if v := find(p.Versions, p.Candidate); v != nil {
		p.Candidate = v.Version
	}
}

// spellings are the names under which the package manager may list versions of an installed package.
func (f *facts) spellings(key nameArch) []nameArch {
	keys := []nameArch{key}
	for _, arch := range []string{noArch, f.native} {
		other := nameArch{key.name, arch}
		if at, ok := f.packageOf(other); ok && other != key && at == key {
			keys = append(keys, other)
		}
	}
	return keys
}

// checkCandidates compares two answers: what the package manager would install, a repository carries.
func (f *facts) checkCandidates() error {
	carried := make(map[offer]bool, len(f.offers))
	for _, o := range f.offers {
		carried[offer{nameArch: o.nameArch, evr: o.evr}] = true
	}
	for key, evr := range f.opinions.candidates {
		if !carried[offer{nameArch: key, evr: evr}] {
			return fmt.Errorf("an upgrade would install %s %s, which no repository was found to carry", key, evr)
		}
	}
	return nil
}

// checkNeeded compares two answers: a notice that the package manager finds open is one that was read, where its repository
// is trusted.
func (f *facts) checkNeeded(table *noticeTable) error {
	for id, repo := range f.opinions.needed {
		trusted := slices.ContainsFunc(f.sources, func(s source) bool { return s.id == repo && s.origin.Trusted })
		if trusted && table.at[id] == nil {
			return fmt.Errorf("the patch %s of %s is needed, and was not among the notices that were read", id, repo)
		}
	}
	return nil
}

// site is the host of a repository's address, empty for a directory.
func site(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// choose keeps as many versions as the contract allows one package. The installed one, the candidate, the newest of each
// origin, and those with notices stay first of all; then the newest. The order stays.
func choose(versions []messages.Version, p messages.Package) []messages.Version {
	if len(versions) <= messages.MaxPackageVersions {
		return versions
	}
	seen := map[int]bool{}
	rank := func(v *messages.Version) int {
		first := false
		for _, origin := range v.Origins {
			first = first || !seen[origin]
			seen[origin] = true
		}
		switch {
		case v.Version == *p.Installed || v.Version == p.Candidate || first:
			return 0
		case len(v.Advisories) > 0:
			return 1
		}
		return 2
	}
	order, ranks := make([]int, len(versions)), make([]int, len(versions))
	for i := range versions {
		order[i], ranks[i] = i, rank(&versions[i])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
	order = order[:messages.MaxPackageVersions]
	slices.Sort(order)
	kept := make([]messages.Version, len(order))
	for i, n := range order {
		kept[i] = versions[n]
	}
	return kept
}
