package classify

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// What is special about rpm (classification.md, section 8): versions are approved by their notices.
var rpm = family{
	Family:    baseline.RPM,
	compare:   version.CompareRPM,
	ordered:   version.ValidRPM,
	valid:     version.ValidRPM,
	canonical: version.CanonicalRPM,

	forms:   rpmForms,
	key:     rpmKey,
	value:   rpmValue,
	match:   (*judge).matchNotices,
	list:    (*classifier).rpmVersion,
	isOf:    (*classifier).isOf,
	words:   errata,
	alone:   (*classifier).rpmAlone,
	fulfil:  (*classifier).fulfil,
	absent:  (*classifier).notInstalled,
	blocked: (*effective).blocked,

	census:           (*classifier).rpmCensus,
	recounted:        (*classifier).rpmRecounted,
	noSecuritySource: (*classifier).noNotices,
	securityListsAt:  (*classifier).mainListsAt,
	noLists:          (*classifier).readsNothing,

	triedMustMatch: true,
}

// rpmForms are, with name and name.arch, the twelve of AWS: those of name, arch, version, release and epoch that people and tools
// write.
func rpmForms(s *search, n *names, text string) {
	text = lower(text)
	epoch, v, release := version.SplitRPM(text)
	if !s.mayEnd(text) && !s.mayEnd(v) && !s.mayEnd(n.arch) && !s.mayBegin(v, epoch) {
		return
	}
	vr := v
	if release != "" {
		vr = text[len(text)-(len(v)+len("-")+len(release)):]
	}
	s.form(n.name, "-", v)
	s.form(n.name, "-", vr)
	s.form(n.name, "-", vr, ".", n.arch)
	s.form(v)
	s.form(vr)
	s.form(epoch, ":", vr)
	s.form(n.name, "-", epoch, ":", vr)
	s.form(n.name, "-", epoch, ":", vr, ".", n.arch)
	s.form(epoch, ":", n.name, "-", vr, ".", n.arch)
	s.form(n.both, ":", epoch, ":", vr)
}

// bugzilla marks what is an id of Bugzilla and nothing else; no form of a package begins with it.
const bugzilla = "#"

// rpmKey: an entry of digits alone is an id of Bugzilla, and .rpm at the end of one says nothing.
func rpmKey(entry string) string {
	if entry != "" && strings.Trim(entry, "0123456789") == "" {
		return bugzilla + entry
	}
	return strings.TrimSuffix(entry, ".rpm")
}

// rpmValue makes one of what AWS and vendors write in two ways.
func rpmValue(key, value string) string {
	switch lower := strings.ToLower(value); {
	case key == "SEVERITY" && lower == "medium":
		return "Moderate"
	case key == "SEVERITY" && (lower == "none" || lower == "n/a" || lower == "unspecified"):
		return noSeverity
	case key == "CLASSIFICATION" && lower == "features":
		return "Feature"
	case key == "PRODUCT" && lower == "amazonlinux2":
		return "AmazonLinux2.0"
	}
	return value
}

const noSeverity = "None"

// rpmVersion is a version that the scan lists, if it exists for that package at all.
func (c *classifier) rpmVersion(p *effective, v *messages.Version, known *knownVersion) bool {
	if !c.isOf(p, v) {
		return false
	}
	carried := c.carries(v)
	if !carried && (!p.ordered || version.CompareRPM(v.Version, p.installed) > 0) && p.present && !c.carriesSpelled(p, v.Version) {
		return false // nobody can install it
	}
	of := c.noticed.take()
	of.carried, of.excluded, of.built, of.arch, of.own = carried, v.Excluded || !carried, v.ReleasedAt, v.Arch, c.noticesOf(v.Advisories)
	known.text, known.noticed, known.security = version.CanonicalRPM(v.Version), of, anySecurity(of.own)
	return true
}

// isOf reports whether a version that is listed with a package is one of it: of its architecture, or of one that stands in for
// it, and of no other stream.
func (c *classifier) isOf(p *effective, v *messages.Version) bool {
	return (v.Arch == "" || v.Arch == p.Arch || c.stepsIn(p, v.Arch)) && !otherStream(p.Module, v.Module)
}

// carries reports whether a repository has a version.
func (c *classifier) carries(v *messages.Version) bool {
	return slices.ContainsFunc(v.Origins, func(i int) bool { return !c.scan.Scan.Origins[i].Unread })
}

// carriesSpelled reports whether a repository has a version in whichever spelling: notices write an epoch of 0 where repositories
// do not.
func (c *classifier) carriesSpelled(p *effective, text string) bool {
	return slices.ContainsFunc(p.Versions, func(v messages.Version) bool {
		return c.carries(&v) && version.ValidRPM(v.Version) == nil && p.family.same(v.Version, text) && c.isOf(p, &v)
	})
}

// rpmAlone is a version that no repository carries, with the notices that are listed with it all the same: a run may have tried it.
// What is listed below the installed version is ignored.
func (c *classifier) rpmAlone(p *effective, text string) knownVersion {
	of := new(noticed)
	scanned, there := p.Package.InstalledVersion()
	ignored := there && version.ValidRPM(scanned) == nil && version.CompareRPM(text, scanned) < 0
	for i := range p.Versions {
		v := &p.Versions[i]
		if !ignored && version.ValidRPM(v.Version) == nil && p.family.same(v.Version, text) && c.isOf(p, v) {
			of.own, of.built = append(of.own, c.noticesOf(v.Advisories)...), or(of.built, v.ReleasedAt)
		}
	}
	return knownVersion{text: text, noticed: of, traits: traits{security: anySecurity(of.own)}}
}

// fulfil notes of the installed version that it is, and which notices it fulfils: those of the scan, unless a run put an older
// version in place since, and those of the versions below it.
func (c *classifier) fulfil(p *effective) {
	one := p.spelled(p.installed)
	of := one[0].noticed
	of.installed = true
	scanned, there := p.Package.InstalledVersion()
	if there && version.ValidRPM(scanned) == nil && version.CompareRPM(p.installed, scanned) >= 0 {
		of.fulfilled = c.noticesOf(p.Advisories)
	}
	for i := range p.known {
		if v := &p.known[i]; version.CompareRPM(v.text, p.installed) < 0 {
			of.fulfilled = append(of.fulfilled, v.noticed.own...)
		}
	}
}

// noArch is the architecture of what runs on every one.
const noArch = "noarch"

// stepsIn reports whether a version of another architecture stands in for the package's own: noarch for the native one and
// the other way round, where the scan has no package of that other one.
func (c *classifier) stepsIn(p *effective, arch string) bool {
	native := arch
	if arch == noArch {
		native = p.Arch
	} else if p.Arch != noArch {
		return false
	}
	if own := c.scan.Scan.OS.Arch; own != "" && native != own {
		return false
	}
	if c.listed == nil {
		c.listed = make(map[PackageKey]bool, len(c.scan.Scan.Packages))
		for i := range c.scan.Scan.Packages {
			other := &c.scan.Scan.Packages[i]
			c.listed[PackageKey{other.Name, other.Arch}] = true
		}
		if c.lists != nil {
			c.listBefore()
		}
	}
	return !c.listed[PackageKey{p.Name, arch}]
}

// otherStream reports whether two module labels, such as nginx:1.22:9020…, are of two streams.
func otherStream(a, b string) bool {
	return a != "" && b != "" && stream(a) != stream(b)
}

func stream(label string) string {
	parts := strings.SplitN(label, ":", 3)
	return strings.Join(parts[:min(len(parts), 2)], ":")
}

// rpmKernels returns the packages that are kept side by side of which the running kernel is one version and a newer one is
// installed. Oracle's two kernels wait for nothing in each other.
func rpmKernels(scan *messages.Scan) []PackageKey {
	var waiting []PackageKey
	for i := range scan.Packages {
		p := &scan.Packages[i]
		newest, installed := p.InstalledVersion()
		if !p.SideBySide || !installed || runs(scan.OS.Kernel, p, newest) {
			continue
		}
		if slices.ContainsFunc(p.Others, func(v string) bool { return runs(scan.OS.Kernel, p, v) }) {
			waiting = append(waiting, PackageKey{p.Name, p.Arch})
		}
	}
	return waiting
}

// runs reports whether a kernel's release is of a version of a package.
func runs(kernel string, p *messages.Package, text string) bool {
	return version.IsRPMKernel(kernel, p.Name, p.Arch, text)
}

// noNotices: no repository says what its updates are for, or one was not asked.
func (c *classifier) noNotices() (string, bool) {
	var unread []string
	read := false
	for i, k := range c.origins {
		o := &c.scan.Scan.Origins[i]
		if o.Unread {
			unread = append(unread, strings.Join(strings.Fields(o.Site+" "+o.Archive), " "))
		}
		read = read || k.read && o.Notices
	}
	if len(unread) > 0 {
		return cut(notRead + strings.Join(unread, ", ")), true
	}
	return "", !read && c.judge.securityOnly()
}

func (c *classifier) rpmCensus() census {
	carried, installed := c.carried()
	return census{Kernels: inOrder(rpmKernels(c.scan.Scan)), Carried: carried, Installed: installed}
}

// mainListsAt returns the oldest date of the main origins: those with notices that carry a version of a tenth of the
// installed packages, or, where none does, those that carry most: all of them where none carries any, as of a mirror that fell
// behind what is installed. A living origin beside them hides no frozen one.
func (c *classifier) mainListsAt() time.Time {
	carried, installed := c.census.Carried, c.census.Installed
	most := slices.Max(append(slices.Clip(carried), 0))
	var oldest time.Time
	for i, n := range carried {
		o := &c.scan.Scan.Origins[i]
		if !c.saysWhatFor(i) || 10*n < installed && (10*most >= installed || n < most) {
			continue
		}
		if o.Date.IsZero() || o.Date.After(c.scan.Scan.TakenAt.Add(datesAhead)) {
			continue
		}
		if oldest.IsZero() || o.Date.Before(oldest) {
			oldest = o.Date
		}
	}
	return oldest
}

// carried returns of how many installed packages each origin with notices carries a version, and how many are installed.
func (c *classifier) carried() (perOrigin []int, installed int) {
	perOrigin = make([]int, len(c.scan.Scan.Origins))
	return perOrigin, c.count(c.scan.Scan.Packages, perOrigin, 1)
}

// count adds packages, each as so many, to how many installed ones each origin carries, and returns how many are installed.
func (c *classifier) count(packages []messages.Package, perOrigin []int, each int) (installed int) {
	last := make([]int, len(perOrigin)) // the package that was counted last, from 1
	for i := range packages {
		p := &packages[i]
		if _, there := p.InstalledVersion(); !there {
			continue
		}
		installed += each
		for j := range p.Versions {
			for _, o := range p.Versions[j].Origins {
				if last[o] != i+1 && c.saysWhatFor(o) {
					last[o] = i + 1
					perOrigin[o] += each
				}
			}
		}
	}
	return installed
}

// saysWhatFor reports whether an origin was read and publishes notices.
func (c *classifier) saysWhatFor(origin int) bool {
	return c.origins[origin].read && c.scan.Scan.Origins[origin].Notices
}

// listBefore makes what is listed now what was listed before.
func (c *classifier) listBefore() {
	for _, i := range c.lists.Added {
		p := &c.scan.Scan.Packages[i]
		delete(c.listed, PackageKey{p.Name, p.Arch})
	}
	for i := range c.lists.Gone {
		p := &c.lists.Gone[i]
		c.listed[PackageKey{p.Name, p.Arch}] = true
	}
}
