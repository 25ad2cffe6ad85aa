package baseline

import (
	"sync"

	"github.com/patchstream/patchstream/messages"
)

// Builtin returns the built-in baseline of that name, or nil.
func Builtin(name string) *Baseline {
	for _, b := range Builtins() {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Builtins returns the built-in baselines, at least one for each system this version can judge; the first one of a system is its
// default. They are AWS's own predefined
// ones, under its names; of level UNSPECIFIED, and with both lists empty. The rules of AlmaLinux's are not published, and
// are here those of its siblings.
func Builtins() []*Baseline {
	serious := []string{"Critical", "Important"}
	usual := func() []Rule { return []Rule{security(serious...), dated("CLASSIFICATION", "Bugfix")} }
	return []*Baseline{
		builtin("AWS-UbuntuDefaultPatchBaseline", "UBUNTU", anyPriority()),
		builtin("AWS-DebianDefaultPatchBaseline", "DEBIAN", anyPriority()),
		builtin("AWS-DefaultRaspbianPatchBaseline", "RASPBIAN", anyPriority()),
		builtin("AWS-AmazonLinuxDefaultPatchBaseline", "AMAZON_LINUX", usual()...),
		builtin("AWS-AmazonLinux2DefaultPatchBaseline", "AMAZON_LINUX_2", usual()...),
		builtin("AWS-AmazonLinux2022DefaultPatchBaseline", "AMAZON_LINUX_2022", usual()...),
		builtin("AWS-AmazonLinux2023DefaultPatchBaseline", "AMAZON_LINUX_2023", usual()...),
		builtin("AWS-RedHatDefaultPatchBaseline", "REDHAT_ENTERPRISE_LINUX", usual()...),
		builtin("AWS-RockyLinuxDefaultPatchBaseline", "ROCKY_LINUX", usual()...),
		builtin("AWS-AlmaLinuxDefaultPatchBaseline", "ALMA_LINUX", usual()...),
		builtin("AWS-OracleLinuxDefaultPatchBaseline", "ORACLE_LINUX", security("Important", "Moderate"), dated("CLASSIFICATION", "Bugfix")),
		builtin("AWS-CentOSDefaultPatchBaseline", "CENTOS", everything(dated(""))),
		builtin("AWS-SuseDefaultPatchBaseline", "SUSE", security(serious...)),
		builtin("AWS-DefaultPatchBaseline", "WINDOWS", seriousKBs()),
		builtin("AWS-WindowsPredefinedPatchBaseline-OS", "WINDOWS", seriousKBs()),
		builtin("AWS-WindowsPredefinedPatchBaseline-OS-Applications", "WINDOWS", seriousKBs(), dated("PATCH_SET", messages.SetApplication)),
		builtin("AWS-MacOSDefaultPatchBaseline", "MACOS", filtered(Filter{Key: "CLASSIFICATION", Values: []string{"Security"}}), everything(filtered())),
	}
}

func builtin(name, system string, rules ...Rule) *Baseline {
	b := &Baseline{ // every list is one, and no level is left out: it is printed as AWS prints it
		BaselineID: name, Name: name, OperatingSystem: system, GlobalFilters: FilterGroup{PatchFilters: []Filter{}},
		ApprovedPatches: []string{}, ApprovedPatchesComplianceLevel: messages.Unspecified,
		RejectedPatches: []string{}, RejectedPatchesAction: ActionAllow,
	}
	b.ApprovalRules.PatchRules = rules
	return b
}

// anyPriority is apt's rule: of every priority.
func anyPriority() Rule {
	return filtered(Filter{Key: "PRIORITY", Values: []string{"Required", "Important", "Standard", "Optional", "Extra"}})
}

// filtered is a rule for every product with those filters.
func filtered(filters ...Filter) Rule {
	all := append([]Filter{{Key: "PRODUCT", Values: []string{"*"}}}, filters...)
	return Rule{ComplianceLevel: messages.Unspecified, PatchFilterGroup: &FilterGroup{PatchFilters: all}}
}

// dated is a rule with one filter, or none, that waits as AWS's do.
func dated(key string, values ...string) Rule {
	var filters []Filter
	if key != "" {
		filters = []Filter{{Key: key, Values: values}}
	}
	r := filtered(filters...)
	r.ApproveAfterDays = new(7.0)
	return r
}

// security is a rule for security notices of those severities.
func security(severities ...string) Rule {
	r := dated("CLASSIFICATION", "Security")
	r.PatchFilterGroup.PatchFilters = append(r.PatchFilterGroup.PatchFilters, Filter{Key: "SEVERITY", Values: severities})
	return r
}

// seriousKBs is the rule of Windows: it names no set, and so is for the operating system's.
func seriousKBs() Rule {
	r := dated("CLASSIFICATION", "CriticalUpdates", "SecurityUpdates")
	r.PatchFilterGroup.PatchFilters = append(r.PatchFilterGroup.PatchFilters, Filter{Key: "MSRC_SEVERITY", Values: []string{"Critical", "Important"}})
	return r
}

func everything(r Rule) Rule {
	r.EnableNonSecurity = true
	return r
}

// Default returns the built-in default of an operating system, or nil. It is always the same one, and must not be changed.
func Default(system string) *Baseline { return defaults()[system] }

var defaults = sync.OnceValue(func() map[string]*Baseline {
	first := make(map[string]*Baseline)
	for _, b := range Builtins() {
		if first[b.OperatingSystem] == nil {
			first[b.OperatingSystem] = b
		}
	}
	return first
})
