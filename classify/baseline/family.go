package baseline

import "slices"

// Family is a group of operating systems that are judged alike.
type Family struct {
	Name       string   // as people say
	Systems    []string // values of [Baseline.OperatingSystem]
	FilterKeys []string // the keys of filters that mean something there; others constrain nothing
	Undated    bool     // nothing has a date of release there: delays have no effect
}

// The families that can be judged.
var (
	// Apt is Debian and what is made of it.
	Apt = &Family{
		Name:       "Debian and Ubuntu",
		Systems:    []string{"UBUNTU", "DEBIAN", "RASPBIAN"},
		FilterKeys: []string{"PRODUCT", "PRIORITY", "SECTION"},
		Undated:    true,
	}

	// RPM is what installs packages of rpm, and learns from notices what they are for.
	RPM = &Family{
		Name: "systems of rpm",
		Systems: []string{"AMAZON_LINUX", "AMAZON_LINUX_2", "AMAZON_LINUX_2022", "AMAZON_LINUX_2023", "REDHAT_ENTERPRISE_LINUX",
			"ROCKY_LINUX", "ALMA_LINUX", "ORACLE_LINUX", "CENTOS", "SUSE"},
		FilterKeys: []string{"PRODUCT", "CLASSIFICATION", "SEVERITY"},
	}
)

// FamilyOf returns the family of an operating system, or nil where this version cannot judge it.
func FamilyOf(system string) *Family {
	for _, f := range []*Family{Apt, RPM} {
		if slices.Contains(f.Systems, system) {
			return f
		}
	}
	return nil
}
