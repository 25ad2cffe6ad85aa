package classify

import (
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// Narrow leaves of the items of a report what a judging needs of them, as a record does.
func (n Needs) Narrow(r *Report, of *Facts) {
	if n.Bare {
		r.Patches = slices.Clone(r.Patches)
		for i := range r.Patches {
			why := &r.Patches[i].Reason
			*why = messages.Reason{Override: why.Override}
		}
	}
	if !n.Items || n.Only == nil {
		return
	}
	listed := make(map[PackageKey]bool)
	for i := range of.Full.Scan.Packages {
		p := &of.Full.Scan.Packages[i]
		listed[PackageKey{p.Name, p.Arch}] = true
	}
	rest := &Rest{But: n.Only}
	var items []Item
	for i := range r.Patches {
		p := &r.Patches[i]
		if n.Only.Has(p.Name, p.Arch) || !listed[PackageKey{p.Name, p.Arch}] || p.Reason.Code == messages.BecauseNoSuchPackage {
			items = append(items, *p)
		} else {
			rest.Tallies = AddTally(rest.Tallies, TallyOf(p))
		}
	}
	r.Patches, r.Rest = items, rest
}
