package baseline

import "slices"

// Family is a group of operating systems that are judged alike.
type Family struct {
	Systems    []string // values of [Baseline.OperatingSystem]
	FilterKeys []string // the keys of filters that mean something there; others constrain nothing
}

// apt is the family of Debian and what is made of it.
var apt = Family{
	Systems:    []string{"UBUNTU", "DEBIAN", "RASPBIAN"},
	FilterKeys: []string{"PRODUCT", "PRIORITY", "SECTION"},
}

// FamilyOf returns the family of an operating system, or nil where this version cannot judge it.
func FamilyOf(system string) *Family {
	if slices.Contains(apt.Systems, system) {
		return &apt
	}
	return nil
}
