package classifytest

import (
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Random hosts of the systems whose patches are called by a name alone.

// named makes of events of a host of apt those of another system, with these packages and versions.
func (p Pick) named(events []messages.Event, names, versions []string, scan func(*messages.Scan)) []messages.Event {
	for _, e := range events {
		switch e := e.(type) {
		case *messages.Scan:
			e.Packages, e.Origins = nil, nil
			scan(e)
		case *messages.Run:
			for i := range e.Outcomes {
				e.Outcomes[i].Name, e.Outcomes[i].To = One(p, names...), new(One(p, versions...))
			}
			e.RebootPackages = One(p, nil, names[:1])
		case *messages.Override:
			e.Patch = One(p, append(names, "absent")...)
		}
	}
	return events
}

var (
	kbNames  = []string{"KB1", "KB2", "KB3", "KB4", "0f0e-update"}
	macNames = []string{"Safari", "macOS Tahoe", "Acme Agent"}
)

// trickyDotted are versions whose order is easy to get wrong, among them two that are equal, and two that are none of macOS's.
var trickyDotted = []string{"26", "26.0", "26.1 (a)", "26.1", "26.10", "9.9", "26.1-beta", "odd", ""}

// WindowsHost returns events as [Pick.Host] does, of a host of Windows.
func (p Pick) WindowsHost() []messages.Event {
	return p.named(p.Host(), kbNames, []string{"1", "200"}, func(s *messages.Scan) {
		s.OS = messages.OS{System: messages.SystemWindows, Product: "WindowsServer2022", Arch: "x64"}
		if p(3) == 0 {
			s.Origins = []messages.Origin{{Archive: messages.ArchiveNotOffline, Origin: "Microsoft", Unread: true}}
		}
		if s.Unchanged {
			return
		}
		for _, id := range []string{"A", "B", "C"} {
			s.Advisories = append(s.Advisories, p.kbNotice(id))
		}
		for _, name := range kbNames {
			if p(2) == 0 {
				s.Packages = append(s.Packages, p.kb(name))
			}
		}
	})
}

func (p Pick) kbNotice(id string) messages.Advisory {
	return messages.Advisory{
		ID: id, Type: One(p, "Security Updates", "Security Updates", "CriticalUpdates", "Update Rollups", ""), Severity: One(p, "Critical", "Moderate", ""),
		Status: One(p, "", "", "", "retracted"), UpdatedAt: One(p, time.Time{}, time.Unix(0, 0).UTC(), At(-24), At(-24*8)), CVEs: One(p, nil, []string{"CVE-1"}),
		Aliases: One(p, nil, []string{"MS10-048"}), Products: One(p, nil, []string{"Windows Server 2022", "Office"}), Families: One(p, nil, []string{"Windows"}),
		Set: One(p, "", messages.SetOS, messages.SetApplication), Supersedes: One(p, nil, []string{"KB1"}),
	}
}

func (p Pick) kb(name string) messages.Package {
	pkg := messages.Package{
		Name: name, Arch: "x64", InstalledAt: p.maybeTime(),
		State:    One(p, "", messages.KBReboot, messages.KBApplicable, messages.KBApplicable, messages.KBHidden, messages.KBSuperseded),
		Versions: []messages.Version{{Version: One(p, "1", "200"), Advisories: One(p, nil, []string{"A"}, []string{"B"}, []string{"B", "C"})}},
	}
	if pkg.State == "" || pkg.State == messages.KBReboot {
		pkg.Installed = new(One(p, "1", "200"))
	}
	return pkg
}

// WindowsBaseline returns a baseline that fits some of the KBs of [Pick.WindowsHost].
func (p Pick) WindowsBaseline() *baseline.Baseline {
	b := p.Baseline()
	filters := func() *baseline.FilterGroup {
		g := &baseline.FilterGroup{}
		for range p(3) {
			g.PatchFilters = append(g.PatchFilters, baseline.Filter{
				Key:    One(p, "PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "MSRC_SEVERITY", "PATCH_SET"),
				Values: One(p, []string{"*"}, []string{"WindowsServer2022", "windows", "SecurityUpdates", "Critical", "OS"}, []string{"UpdateRollups", "Unspecified", "APPLICATION"}),
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
	b.ApprovedPatches, b.RejectedPatches = p.nameEntries(), p.nameEntries()
	return b
}

// MacHost returns events as [Pick.Host] does, of a host of macOS.
func (p Pick) MacHost() []messages.Event {
	return p.named(p.Host(), macNames, trickyDotted, func(s *messages.Scan) {
		s.OS = messages.OS{System: messages.SystemMacOS, Product: "macOS26.1", Arch: "arm64"}
		for _, name := range macNames {
			if !s.Unchanged && p(3) > 0 {
				s.Packages = append(s.Packages, p.macPackage(name))
			}
		}
	})
}

func (p Pick) macPackage(name string) messages.Package {
	pkg := messages.Package{Name: name, Arch: "arm64", InstalledAt: p.maybeTime(), Source: One(p, "", "", messages.SourceInstaller)}
	if p.likely() {
		pkg.Installed = new(One(p, trickyDotted...))
	}
	for _, v := range trickyDotted {
		if p(3) == 0 {
			pkg.Versions = append(pkg.Versions, messages.Version{Version: v, Section: One(p, "", "Security", "Recommended")})
		}
	}
	return pkg
}

// MacBaseline returns a baseline that fits some of the packages of [Pick.MacHost].
func (p Pick) MacBaseline() *baseline.Baseline {
	b := p.Baseline()
	filters := func() *baseline.FilterGroup {
		g := &baseline.FilterGroup{}
		for range p(2) {
			g.PatchFilters = append(g.PatchFilters, baseline.Filter{
				Key: One(p, "PRODUCT", "CLASSIFICATION"), Values: One(p, []string{"*"}, []string{"MACOS26.1", "security"}, []string{"Recommended"}),
			})
		}
		return g
	}
	for i := range b.ApprovalRules.PatchRules {
		b.ApprovalRules.PatchRules[i].PatchFilterGroup = filters()
	}
	b.GlobalFilters = One(p, baseline.FilterGroup{}, *filters())
	b.ApprovedPatches, b.RejectedPatches = p.nameEntries(), p.nameEntries()
	return b
}

func (p Pick) nameEntries() []string {
	var list []string
	for range p(3) {
		list = append(list, One(p, "KB1", "2", "kb9", "MS10-048", "Safari", "macos tahoe", "*", "", "absent"))
	}
	return list
}

// AnyHost returns a host of some family, and what draws baselines for it.
func (p Pick) AnyHost() ([]messages.Event, func() *baseline.Baseline) {
	switch p(4) {
	case 0:
		return p.RPMHost(), p.RPMBaseline
	case 1:
		return p.WindowsHost(), p.WindowsBaseline
	case 2:
		return p.MacHost(), p.MacBaseline
	}
	return p.Host(), p.Baseline
}
