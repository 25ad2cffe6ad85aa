package baseline

import "slices"

// Family is a group of operating systems that are judged alike.
type Family struct {
	Name       string   // as people say
	Systems    []string // values of [Baseline.OperatingSystem]
	FilterKeys []string // the keys of filters that mean something there; others constrain nothing
	Undated    string   // why nothing has a date of release there, so that delays have no effect; empty: what is there has
	Literal    bool     // entries have no wildcards
	AllAlike   bool     // EnableNonSecurity has no effect
}

// The families that can be judged.
var (
	// Apt is Debian and what is made of it.
	Apt = &Family{
		Name:       "Debian and Ubuntu",
		Systems:    []string{"UBUNTU", "DEBIAN", "RASPBIAN"},
		FilterKeys: []string{"PRODUCT", "PRIORITY", "SECTION"},
		Undated:    "as at AWS: their archives give no release dates",
	}

	// RPM is what installs packages of rpm, and learns from notices what they are for.
	RPM = &Family{
		Name: "systems of rpm",
		Systems: []string{"AMAZON_LINUX", "AMAZON_LINUX_2", "AMAZON_LINUX_2022", "AMAZON_LINUX_2023", "REDHAT_ENTERPRISE_LINUX",
			"ROCKY_LINUX", "ALMA_LINUX", "ORACLE_LINUX", "CENTOS", "SUSE"},
		FilterKeys: []string{"PRODUCT", "CLASSIFICATION", "SEVERITY"},
	}

	// Windows has KBs.
	Windows = &Family{
		Name:       "Windows",
		Systems:    []string{"WINDOWS"},
		FilterKeys: []string{"PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "MSRC_SEVERITY", "PATCH_SET"},
		Literal:    true,
		AllAlike:   true,
	}

	// MacOS has what softwareupdate lists.
	MacOS = &Family{
		Name:       "macOS",
		Systems:    []string{"MACOS"},
		FilterKeys: []string{"PRODUCT", "CLASSIFICATION"},
		Undated:    "since its updates come without a release date",
		Literal:    true,
	}
)

var families = []*Family{Apt, RPM, Windows, MacOS}

// FamilyOf returns the family of an operating system, or nil where this version cannot judge it.
func FamilyOf(system string) *Family {
	for _, f := range families {
		if slices.Contains(f.Systems, system) {
			return f
		}
	}
	return nil
}
