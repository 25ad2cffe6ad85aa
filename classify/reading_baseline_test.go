package classify_test

import (
	"github.com/patchstream/patchstream/messages"
)

// A baseline and the settings, as a file says them (classification.md, section 5).

type readBaseline struct {
	BaselineId                       string
	Name                             string
	OperatingSystem                  string    `json:",omitempty"`
	GlobalFilters                    readGroup `json:",omitzero"`
	ApprovalRules                    struct{ PatchRules []readRule }
	ApprovedPatches                  []string       `json:",omitempty"`
	ApprovedPatchesComplianceLevel   messages.Level `json:",omitempty"`
	ApprovedPatchesEnableNonSecurity bool           `json:",omitempty"`
	RejectedPatches                  []string       `json:",omitempty"`
	RejectedPatchesAction            string         `json:",omitempty"`

	AvailableSecurityUpdatesComplianceStatus string `json:",omitempty"`
}

type readRule struct {
	PatchFilterGroup  readGroup
	ComplianceLevel   messages.Level `json:",omitempty"`
	EnableNonSecurity bool           `json:",omitempty"`
	ApproveAfterDays  *int           `json:",omitempty"`
}

type readGroup struct{ PatchFilters []readFilter }

type readFilter struct {
	Key    string
	Values []string
}

// any reports whether the baseline has a rule or an entry.
func (b *readBaseline) any() bool { return len(b.ApprovalRules.PatchRules)+len(b.ApprovedPatches) > 0 }

// asksForSecurity reports whether some rule, or a non-empty ApprovedPatches, accepts security versions only.
func (b *readBaseline) asksForSecurity() bool {
	for _, rule := range b.ApprovalRules.PatchRules {
		if !rule.EnableNonSecurity {
			return true
		}
	}
	return len(b.ApprovedPatches) > 0 && !b.ApprovedPatchesEnableNonSecurity
}

var builtinIDs = map[string]string{
	"UBUNTU":   "AWS-UbuntuDefaultPatchBaseline",
	"DEBIAN":   "AWS-DebianDefaultPatchBaseline",
	"RASPBIAN": "AWS-DefaultRaspbianPatchBaseline",
	"WINDOWS":  "AWS-DefaultPatchBaseline",
	"MACOS":    "AWS-MacOSDefaultPatchBaseline",
}

// builtinOf is the built-in default of a system.
func builtinOf(system string) *readBaseline {
	id := builtinIDs[system]
	if id == "" {
		return nil
	}
	b := &readBaseline{BaselineId: id, Name: id, OperatingSystem: system}
	anything := readFilter{"PRODUCT", []string{"*"}}
	switch system {
	case "WINDOWS":
		b.ApprovalRules.PatchRules = []readRule{{PatchFilterGroup: readGroup{[]readFilter{anything, {"CLASSIFICATION", []string{"CriticalUpdates", "SecurityUpdates"}},
			{"MSRC_SEVERITY", []string{"Critical", "Important"}}}}, ComplianceLevel: messages.Unspecified, ApproveAfterDays: new(7)}}
		return b
	case "MACOS":
		b.ApprovalRules.PatchRules = []readRule{
			{PatchFilterGroup: readGroup{[]readFilter{anything, {"CLASSIFICATION", []string{"Security"}}}}, ComplianceLevel: messages.Unspecified},
			{PatchFilterGroup: readGroup{[]readFilter{anything}}, ComplianceLevel: messages.Unspecified, EnableNonSecurity: true},
		}
		return b
	}
	b.ApprovalRules.PatchRules = []readRule{{PatchFilterGroup: readGroup{[]readFilter{
		{"PRODUCT", []string{"*"}},
		{"PRIORITY", []string{"Required", "Important", "Standard", "Optional", "Extra"}},
	}}, ComplianceLevel: messages.Unspecified}}
	return b
}

type readSettings struct {
	FailedUntil         string   `json:"failed_until,omitempty"`
	PendingReboot       string   `json:"pending_reboot,omitempty"`
	ListsMaxAge         string   `json:"lists_max_age,omitempty"`
	ScanMaxAge          string   `json:"scan_max_age,omitempty"`
	SecurityArchives    []string `json:"security_archives,omitempty"`
	SecuritySites       []string `json:"security_sites,omitempty"`
	SecurityLabels      []string `json:"security_labels,omitempty"`
	OwnSecurityArchives []string `json:"own_security_archives,omitempty"`
	OwnSecuritySites    []string `json:"own_security_sites,omitempty"`
	OwnSecurityLabels   []string `json:"own_security_labels,omitempty"`
}

// readLibrary is what operators stored.
type readLibrary struct {
	baselines map[string]*readBaseline // nil: unreadable
	groups    map[string]string        // baseline id by group; all for the host's own system
	others    map[string]string        // the same for another system
	fallback  string                   // id of the default of the host's system
	hostGroup string                   // set by an operator
	settings  readSettings
}

// choose returns the baseline that applies to a host, or why there is none.
func (l *readLibrary) choose(os messages.OS, tags map[string]string) (b *readBaseline, missing string) {
	builtin := builtinOf(os.System)
	if builtin == nil {
		return nil, "unsupported_system"
	}
	group := l.hostGroup
	for _, tag := range []string{"Patch Group", "PatchGroup"} {
		if group == "" {
			group = tags[tag]
		}
	}
	id := l.groups[group]
	if group == "" || id == "" {
		id = l.fallback
	}
	if id == "" {
		return builtin, ""
	}
	if b := l.baselines[id]; b != nil {
		return b, ""
	}
	if id == builtinIDs[os.System] {
		return builtin, ""
	}
	return nil, "no_baseline"
}
