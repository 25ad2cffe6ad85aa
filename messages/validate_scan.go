package messages

import (
	"strings"

	"github.com/patchstream/patchstream/messages/wire"
)

// Validate returns a [*FieldError] for the first field that breaks the contract.
func (s *Scan) Validate() error {
	var c checker
	c.enter()
	c.head(s)
	c.packages(s)
	c.machine(s.Machine)
	c.advisories(s)
	return c.result()
}

// head checks what stands before the packages.
func (c *checker) head(s *Scan) {
	c.id("id", s.ID)
	c.host("host", s.Host)
	c.requiredStamp("taken_at", s.TakenAt)
	c.text("error", s.Error)
	if len(s.Hash) > MaxIDBytes {
		c.failAt("hash", "is longer than %d bytes", MaxIDBytes)
	}
	c.os(&s.OS)
	c.tags(s.Tags)
	c.boot(s.BootedAt, s.TakenAt)
	c.text("boot_id", s.BootID)
	c.texts("reboot_packages", s.RebootPackages)
	c.instant("index_at", s.IndexAt)
	c.origins(s.Origins)
}

func (c *checker) os(os *OS) {
	c.field("os")
	c.enter()
	c.required("system", os.System)
	c.text("product", os.Product)
	c.text("version", os.Version)
	c.text("codename", os.Codename)
	c.text("arch", os.Arch)
	c.text("kernel", os.Kernel)
	c.leave()
}

func (c *checker) tags(tags map[string]string) {
	c.atMost("tags", len(tags), MaxTags)
	for key, value := range tags {
		c.text("tags", key)
		c.text("tags", value)
	}
}

func (c *checker) origins(origins []Origin) {
	c.atMost("origins", len(origins), MaxOrigins)
	for i := range origins {
		o := &origins[i]
		c.element("origins", i)
		c.text("archive", o.Archive)
		c.text("site", o.Site)
		c.text("origin", o.Origin)
		c.text("label", o.Label)
		c.text("component", o.Component)
		c.text("codename", o.Codename)
		c.instant("date", o.Date)
		c.instant("valid_until", o.ValidUntil)
		c.instant("checked_at", o.CheckedAt)
		c.leave()
	}
}

func (c *checker) machine(id string) {
	if len(id) > MaxIDBytes {
		c.failAt("machine", "is longer than %d bytes", MaxIDBytes)
	}
	c.text("machine", id)
}

// packages checks the packages of a scan, and that they are there if and only if they have to be. Those of an
// incomplete scan are not used, but have to be packages.
func (c *checker) packages(s *Scan) {
	c.atMost("packages", len(s.Packages), MaxPackages)
	if s.Unchanged && len(s.Packages) > 0 {
		c.failAt("packages", "an unchanged scan carries none")
	}
	installed, named := false, 0
	for i := range s.Packages {
		c.element("packages", i)
		c.pkg(&s.Packages[i], len(s.Origins))
		c.state(&s.Packages[i], &s.OS)
		c.leave()
		named += namedBytes(&s.Packages[i])
		if _, ok := s.Packages[i].InstalledVersion(); ok {
			installed = true
		}
	}
	if c.err != nil {
		return
	}
	if named > MaxNamedBytes {
		c.failAt("packages", "names and versions come to %d bytes, each name once for each version; the bound is %d", named, MaxNamedBytes)
	}
	if i := repeatedPackage(s.Packages); i >= 0 {
		c.element("packages", i)
		c.failAt("name", "%.64q of %.64q is listed twice", s.Packages[i].Name, s.Packages[i].Arch)
		c.leave()
	}
	c.namesAlone(s)
	if s.Complete && !s.Unchanged && !installed && !s.OS.namesAlone() {
		c.failAt("packages", "a complete scan has at least one installed package")
	}
}

// namedBytes returns what a baseline's entries are matched with: a package's name and arch, with each of its versions.
func namedBytes(p *Package) int {
	n := 0
	for i := range p.Versions {
		n += len(p.Versions[i].Version)
	}
	return n + (len(p.Name)+len(p.Arch))*max(1, len(p.Versions))
}

// stateDuplicate: an old version of the package was not removed (rpm).
const stateDuplicate = "duplicate"

// packageStates are dpkg's words for how far a package got, and reinstreq, its error flag. Another word would be taken for
// installed.
var packageStates = []string{
	"installed", dpkgConfigFiles, dpkgNotInstalled, "half-installed", "unpacked", "half-configured",
	"triggers-awaited", "triggers-pending", "reinstreq",
	stateDuplicate,
}

// arch checks that no two packages have one name as patches: name.arch.
func (c *checker) arch(name, s string) {
	c.required(name, s)
	if strings.Contains(s, ".") {
		c.failAt(name, "%.64q has a dot: a patch is named name.arch", s)
	}
}

func (c *checker) pkg(p *Package, origins int) {
	c.required("name", p.Name)
	c.arch("arch", p.Arch)
	if p.Installed != nil {
		c.version("installed", *p.Installed)
	}
	c.atMost("versions", len(p.Versions), MaxPackageVersions)
	if c.nVersion += len(p.Versions); c.nVersion > MaxVersions {
		c.failAt("versions", "the scan has more than %d", MaxVersions)
	}
	if c.err != nil {
		return
	}
	for i := range p.Versions {
		c.element("versions", i)
		c.packageVersion(p.Versions[:i], &p.Versions[i], origins)
		c.leave()
	}
	c.version("candidate", p.Candidate)
	c.text("source", p.Source)
	c.version("source_version", p.SourceVersion)
	c.instant("installed_at", p.InstalledAt)
	c.texts("advisories", p.Advisories)
	c.texts("others", p.Others)
	for i, v := range p.Others {
		if wire.TextBytes(v) > MaxVersionBytes {
			c.field("others")
			c.item(i)
			c.fail("is longer than %d bytes", MaxVersionBytes)
		}
	}
	c.text("module", p.Module)
}

// packageVersion checks a version, where others of the same package stand before it.
func (c *checker) packageVersion(before []Version, v *Version, origins int) {
	c.version("version", v.Version)
	for i := range before {
		if before[i].Version == v.Version {
			c.failAt("version", "%.64q is listed twice", v.Version)
		}
	}
	c.text("priority", v.Priority)
	c.text("section", v.Section)
	c.items("origins", len(v.Origins))
	for i, n := range v.Origins {
		if n < 0 || n >= origins {
			c.field("origins")
			c.item(i)
			c.fail("%d is no position in a list of %d origins", n, origins)
		}
	}
	if v.Phased != nil && (*v.Phased < 0 || *v.Phased > 100) {
		c.failAt("phased", "%d is not within 0 and 100", *v.Phased)
	}
	c.instant("released_at", v.ReleasedAt)
	c.texts("advisories", v.Advisories)
	if v.Arch != "" {
		c.arch("arch", v.Arch)
	}
	c.text("module", v.Module)
}
