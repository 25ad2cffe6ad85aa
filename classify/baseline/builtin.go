package baseline

import "github.com/patchstream/patchstream/messages"

// Builtin returns the built-in baseline of that name, or nil. They are AWS's own predefined ones for the
// systems that apt serves: every priority, security versions only, level UNSPECIFIED.
func Builtin(name string) *Baseline {
	for _, b := range Builtins() {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Builtins returns the built-in baselines, one for each system this version can judge.
func Builtins() []*Baseline {
	return []*Baseline{
		builtin("AWS-UbuntuDefaultPatchBaseline", "UBUNTU"),
		builtin("AWS-DebianDefaultPatchBaseline", "DEBIAN"),
		builtin("AWS-DefaultRaspbianPatchBaseline", "RASPBIAN"),
	}
}

func builtin(name, system string) *Baseline {
	b := &Baseline{ // every list is one, and no level is left out: it is printed as AWS prints it
		BaselineID: name, Name: name, OperatingSystem: system, GlobalFilters: FilterGroup{PatchFilters: []Filter{}},
		ApprovedPatches: []string{}, ApprovedPatchesComplianceLevel: messages.Unspecified,
		RejectedPatches: []string{}, RejectedPatchesAction: ActionAllow,
	}
	b.ApprovalRules.PatchRules = []Rule{{ComplianceLevel: messages.Unspecified, PatchFilterGroup: &FilterGroup{PatchFilters: []Filter{
		{Key: "PRODUCT", Values: []string{"*"}},
		{Key: "PRIORITY", Values: []string{"Required", "Important", "Standard", "Optional", "Extra"}},
	}}}}
	return b
}

// Default returns the built-in default of an operating system, or nil.
func Default(system string) *Baseline {
	for _, b := range Builtins() {
		if b.OperatingSystem == system {
			return b
		}
	}
	return nil
}
