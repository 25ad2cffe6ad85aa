package baseline

import "github.com/patchstream/patchstream/messages"

// Baseline is a patch baseline in the shape of AWS Systems Manager (SSM API, GetPatchBaseline), as far as it
// decides about packages. A Baseline is not changed after [Parse] and is safe for concurrent use.
type Baseline struct {
	BaselineID                       string `json:"BaselineId"`
	Name                             string
	OperatingSystem                  string // empty: any
	GlobalFilters                    FilterGroup
	ApprovalRules                    struct{ PatchRules []Rule }
	ApprovedPatches                  []string
	ApprovedPatchesComplianceLevel   messages.Level // empty: UNSPECIFIED
	ApprovedPatchesEnableNonSecurity bool
	RejectedPatches                  []string
	RejectedPatchesAction            string // ALLOW_AS_DEPENDENCY (also when empty) or BLOCK

	// AvailableSecurityUpdatesComplianceStatus says what AVAILABLE_SECURITY_UPDATE counts as: COMPLIANT or
	// NON_COMPLIANT. Empty is NON_COMPLIANT, since nothing is called compliant without a reason.
	AvailableSecurityUpdatesComplianceStatus string `json:",omitempty"`

	// Version is the KV revision under which the baseline is stored; 0 for a built-in one or a file.
	Version uint64 `json:"-"`

	// Warnings tell of what AWS would refuse, or what has no effect on the baseline's system.
	Warnings []string `json:"-"`
}

// Rule is one approval rule of a baseline.
type Rule struct {
	PatchFilterGroup  *FilterGroup
	ComplianceLevel   messages.Level // empty: UNSPECIFIED
	ApproveAfterDays  *float64       `json:",omitempty"`
	ApproveUntilDate  string         `json:",omitempty"`
	EnableNonSecurity bool
}

// FilterGroup holds filters that must all accept a version. Of several with one key the last counts.
type FilterGroup struct{ PatchFilters []Filter }

// Filter accepts a version that has one of Values; the value "*" accepts every version.
type Filter struct {
	Key    string
	Values []string
}

// The values of [Baseline.RejectedPatchesAction].
const (
	ActionAllow = "ALLOW_AS_DEPENDENCY"
	ActionBlock = "BLOCK"
)

// NonCompliant reports whether a patch in that state makes its host non-compliant. AVAILABLE_SECURITY_UPDATE counts as
// the baseline says; without a baseline as non-compliant.
func (b *Baseline) NonCompliant(s messages.State) bool {
	if s == messages.AvailableSecurityUpdate {
		return b == nil || b.AvailableSecurityUpdatesComplianceStatus != string(messages.Compliant)
	}
	return s.NonCompliant()
}
