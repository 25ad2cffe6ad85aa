package classifytest

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Resembling returns a full scan that says what another one did but for a few packages and notices, taken that much later.
func (p Pick) Resembling(s *messages.Scan, later time.Duration) *messages.Scan {
	next := *s
	next.ID, next.TakenAt = p.id(), s.TakenAt.Add(later)
	next.BootedAt, next.RebootRequired, next.RebootPackages = time.Time{}, p.maybe(), One(p, nil, []string{"p"})
	next.Origins, next.Packages, next.Advisories = slices.Clone(s.Origins), nil, slices.Clone(s.Advisories)
	if p(8) == 0 && len(next.Origins) > 0 {
		o := &next.Origins[p(len(next.Origins))]
		o.Unread = !o.Unread
		o.Trusted = !o.Unread && p(2) == 0
	}
	if p(8) == 0 {
		next.OS.Product, next.OS.Arch = One(p, "Other", s.OS.Product), One(p, "", "x86_64", "amd64")
	}
	for i, pkg := range s.Packages {
		switch p(12) {
		case 0:
			if i > 0 { // the first is installed
				continue
			}
		case 1:
			p.alter(&pkg)
		case 2:
			twin := pkg
			if twin.Arch = One(p, "noarch", "x86_64", "amd64", "i386"); twin.Arch != pkg.Arch {
				next.Packages = append(next.Packages, twin)
			}
		}
		next.Packages = append(next.Packages, pkg)
	}
	if p(4) == 0 {
		slices.Reverse(next.Packages)
	}
	next.Packages = firstOfEach(next.Packages)
	if p(4) == 0 && len(next.Advisories) > 0 {
		a := &next.Advisories[p(len(next.Advisories))]
		a.Severity, a.Type = One(p, "Critical", "Low"), One(p, "security", "bugfix", "SecurityUpdates")
	}
	return &next
}

// alter changes something of a package that counts.
func (p Pick) alter(pkg *messages.Package) {
	switch p(4) {
	case 0:
		pkg.Hold = !pkg.Hold
	case 1:
		pkg.Versions = pkg.Versions[:len(pkg.Versions)-min(1, len(pkg.Versions))]
	case 2:
		pkg.State = One(p, "", "installed", "half-configured", messages.KBReboot)
	default:
		if len(pkg.Versions) > 0 && pkg.Installed != nil {
			pkg.Installed = &pkg.Versions[p(len(pkg.Versions))].Version
		}
	}
}

// firstOfEach drops packages of which name and architecture are there before.
func firstOfEach(packages []messages.Package) []messages.Package {
	type key struct{ name, arch string }
	seen := make(map[key]bool)
	return slices.DeleteFunc(packages, func(p messages.Package) bool {
		k := key{p.Name, p.Arch}
		defer func() { seen[k] = true }()
		return seen[k]
	})
}
