package classifytest

import (
	"fmt"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// RHEL is what the hosts of [Pick.RPMHost] run.
var RHEL = messages.OS{System: "REDHAT_ENTERPRISE_LINUX", Product: "RedhatEnterpriseLinux9.3", Version: "9.3", Arch: "x86_64"}

// trickyRPM are versions whose order is easy to get wrong, among them two that are equal, and two that are none.
var trickyRPM = []string{"1.0-1", "1.9-1", "1.10-1", "1.10~rc1-1", "1.10^git-1", "0:1.10-1", "1.010-1", "2:0.1-1", "1.0-", "é"}

// RPMHost returns events as [Pick.Host] does, of a host of rpm.
func (p Pick) RPMHost() []messages.Event {
	events := p.Host()
	for _, e := range events {
		switch e := e.(type) {
		case *messages.Scan:
			p.makeRPM(e)
		case *messages.Run:
			for i := range e.Outcomes {
				e.Outcomes[i].To, e.Outcomes[i].Arch = new(One(p, trickyRPM...)), One(p, "x86_64", "i686")
			}
		}
	}
	return events
}

func (p Pick) makeRPM(s *messages.Scan) {
	s.OS = RHEL
	s.OS.Kernel = One(p, "", "1.9-1.x86_64", "1.0-1")
	for i := range s.Origins {
		s.Origins[i].Notices, s.Origins[i].Date = p(3) > 0, One(p, time.Time{}, At(-1), At(-1), At(-15*24), At(40))
	}
	if s.Unchanged {
		return
	}
	for i := range 6 {
		s.Advisories = append(s.Advisories, messages.Advisory{
			ID: fmt.Sprint("N-", i), Type: One(p, "security", "Bugfix", ""), Severity: One(p, "", "Critical", "moderate", "none"),
			Status: One(p, "", "", "", "retracted"), IssuedAt: One(p, time.Time{}, At(-24), At(-1)), UpdatedAt: One(p, time.Time{}, At(-2)),
			CVEs: One(p, nil, []string{"CVE-1", "CVE-2"}), Bugs: One(p, nil, []string{"19"}),
		})
	}
	s.Packages = nil
	for _, name := range []string{"p", "q", "r"} {
		for _, arch := range []string{"x86_64", "noarch", "i686"} {
			if p(3) == 0 {
				s.Packages = append(s.Packages, p.rpmPackage(name, arch))
			}
		}
	}
	s.Packages = append(s.Packages, messages.Package{Name: "zz-filler", Arch: "x86_64", Installed: new("1-1")})
}

func (p Pick) references() []string {
	var ids []string
	for range p(3) {
		ids = append(ids, fmt.Sprint("N-", p(6)))
	}
	return ids
}

func (p Pick) rpmPackage(name, arch string) messages.Package {
	pkg := messages.Package{
		Name: name, Arch: arch, Candidate: One(p, append(trickyRPM, "")...), Hold: !p.likely(), KeptBack: !p.likely(), InstalledAt: p.maybeTime(),
		State: One(p, "", "", "", "installed", "duplicate"), Advisories: p.references(), Others: One(p, nil, nil, []string{"1.0-1"}),
		SideBySide: p(3) == 0, Module: One(p, "", "", "p:1:7"),
	}
	if p.likely() {
		pkg.Installed = new(One(p, trickyRPM...))
	}
	for _, v := range trickyRPM {
		if p(3) > 0 {
			continue
		}
		pkg.Versions = append(pkg.Versions, messages.Version{
			Version: v, Origins: One(p, nil, []int{0}, []int{1, 2}), ReleasedAt: One(p, time.Time{}, At(-24*8)), Advisories: p.references(),
			Arch: One(p, "", "", "noarch", "x86_64"), Excluded: p(4) == 0, Module: One(p, "", "", "p:1:8", "p:2:8"),
		})
	}
	return pkg
}

// RPMBaseline returns a baseline that fits some of the packages of [Pick.RPMHost].
func (p Pick) RPMBaseline() *baseline.Baseline {
	b := p.Baseline()
	filters := func() *baseline.FilterGroup {
		g := &baseline.FilterGroup{}
		for range p(3) {
			g.PatchFilters = append(g.PatchFilters, baseline.Filter{
				Key: One(p, "PRODUCT", "CLASSIFICATION", "SEVERITY"), Values: One(p, []string{"*"}, []string{"redhatenterpriselinux9.3", "Security", "Critical", "Medium"}, []string{"Bugfix", "None"}),
			})
		}
		return g
	}
	for i := range b.ApprovalRules.PatchRules {
		r := &b.ApprovalRules.PatchRules[i]
		r.PatchFilterGroup, r.ApproveAfterDays = filters(), One(p, nil, new(0.0), new(1.0), new(10.0))
		r.ApproveUntilDate = One(p, "", "", Start.Format(time.DateOnly))
	}
	b.GlobalFilters = One(p, baseline.FilterGroup{}, *filters())
	b.ApprovedPatches = append(b.ApprovedPatches, One(p, nil, []string{"N-1", "CVE-1"}, []string{"19", "p-1.10-1.x86_64.rpm"})...)
	b.RejectedPatches = append(b.RejectedPatches, One(p, nil, nil, []string{"N-2", "CVE-2"}, []string{"q-1.1*"})...)
	return b
}
