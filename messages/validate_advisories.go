package messages

import "slices"

// advisories checks the notices of a scan, and that each reference is to one of them.
func (c *checker) advisories(s *Scan) {
	c.atMost("advisories", len(s.Advisories), MaxAdvisories)
	if s.Unchanged && len(s.Advisories) > 0 {
		c.failAt("advisories", "an unchanged scan carries none")
	}
	if c.err != nil {
		return
	}
	known, named := make(map[string]bool, len(s.Advisories)), 0
	for i := range s.Advisories {
		a := &s.Advisories[i]
		c.element("advisories", i)
		c.advisory(a)
		if known[a.ID] {
			c.failAt("id", "%.64q is listed twice", a.ID)
		}
		c.leave()
		known[a.ID] = true
		named += len(a.ID)
		for _, alias := range a.Aliases {
			named += len(alias)
		}
	}
	if named > MaxNamedBytes {
		c.failAt("advisories", "ids and aliases come to %d bytes, the bound is %d", named, MaxNamedBytes)
	}
	if referencesCount(&s.OS, len(known)) {
		c.references(s.Packages, known)
	}
}

// referencesCount reports whether the references to notices are checked of a scan with so many of them.
func referencesCount(os *OS, notices int) bool {
	return notices > 0 || !slices.Contains(withoutTable, os.System)
}

// withoutTable are the systems whose scans may name notices without a table of them: those of the first release did.
var withoutTable = []string{"UBUNTU", "DEBIAN", "RASPBIAN"}

func (c *checker) advisory(a *Advisory) {
	c.required("id", a.ID)
	c.text("type", a.Type)
	c.text("severity", a.Severity)
	c.text("status", a.Status)
	c.instant("issued_at", a.IssuedAt)
	c.instant("updated_at", a.UpdatedAt)
	c.atMost("cves", len(a.CVEs), MaxAdvisoryCVEs)
	c.texts("cves", a.CVEs)
	c.texts("bugs", a.Bugs)
	c.texts("aliases", a.Aliases)
	c.texts("products", a.Products)
	c.texts("families", a.Families)
	oneOf(c, "set", a.Set, SetOS, SetApplication)
	c.texts("supersedes", a.Supersedes)
}

// references checks that packages and their versions refer to notices that are there.
func (c *checker) references(packages []Package, known map[string]bool) {
	for i := range packages {
		p := &packages[i]
		c.element("packages", i)
		c.known(p.Advisories, known)
		for j := range p.Versions {
			c.element("versions", j)
			c.known(p.Versions[j].Advisories, known)
			c.leave()
		}
		c.leave()
	}
}

func (c *checker) known(ids []string, known map[string]bool) {
	for i, id := range ids {
		if !known[id] {
			c.field("advisories")
			c.item(i)
			c.fail("%.64q is none of the scan's advisories", id)
		}
	}
}
