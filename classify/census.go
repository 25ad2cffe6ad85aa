package classify

import (
	"slices"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// census is what is asked of all packages of a scan together.
type census struct {
	Kernels   []PackageKey // that wait for a boot, if the host does not say itself what does
	Carried   []int        // of rpm: how many installed packages each origin carries
	Installed int          // of rpm: how many there are
	Booting   bool         // of Windows: the scan says of some KB that it waits for a boot
	Unlisted  bool         // of Windows: ApprovedPatches names a KB of which the scan says nothing
}

// inOrder puts packages in an order that is the same in whichever one the scan lists them.
func inOrder(packages []PackageKey) []PackageKey {
	slices.SortFunc(packages, PackageKey.compare)
	return packages
}

// AsksAllPackages reports whether what all packages of a system say together can only be known from all of them, whichever changed.
func AsksAllPackages(system string) bool {
	f := familyOf(system)
	return f != nil && f.recounted == nil
}

// recount makes the census that of the newest scan, from that of the one before and what changed since; false where all packages must
// be counted, and so judged.
func (c *classifier) recount(was *classifier, lists *messages.ListChanges) bool {
	if c.family == nil || c.family.recounted == nil {
		return true
	}
	counted, ok := c.family.recounted(c, was, lists)
	c.census = counted
	return ok
}

// aptRecounted: the kernels that wait do so because of each other.
func (c *classifier) aptRecounted(was *classifier, lists *messages.ListChanges) (census, bool) {
	isKernel := func(p messages.Package) bool {
		_, ok := version.DebKernel(p.Name)
		return ok
	}
	return was.census, !slices.ContainsFunc(lists.Gone, isKernel) && !slices.ContainsFunc(lists.Came, isKernel)
}

// rpmRecounted: where the origins say what they said, a package counts for what it counted.
func (c *classifier) rpmRecounted(was *classifier, lists *messages.ListChanges) (census, bool) {
	sideBySide := func(p messages.Package) bool { return p.SideBySide }
	if slices.ContainsFunc(lists.Gone, sideBySide) || slices.ContainsFunc(lists.Came, sideBySide) {
		return census{}, false
	}
	carried := make([]int, len(c.scan.Scan.Origins))
	if len(was.scan.Scan.Origins) != len(carried) || copy(carried, was.census.Carried) != len(carried) {
		return census{}, false
	}
	for i := range carried {
		if c.saysWhatFor(i) != was.saysWhatFor(i) {
			return census{}, false
		}
	}
	installed := was.census.Installed + was.count(lists.Gone, carried, -1) + c.count(lists.Came, carried, 1)
	return census{Kernels: was.census.Kernels, Carried: carried, Installed: installed}, true
}
