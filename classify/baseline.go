package classify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// MaxBaselineBytes bounds the JSON of a baseline.
const MaxBaselineBytes = 1 << 20

// Baseline is a patch baseline in the shape of AWS Systems Manager (SSM API, GetPatchBaseline), as far as it
// decides about packages. A Baseline is not changed after [ParseBaseline] and is safe for concurrent use.
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
	actionAllow = "ALLOW_AS_DEPENDENCY"
	actionBlock = "BLOCK"
)

// byteOrderMark is what some editors begin a file with.
const byteOrderMark = "\ufeff"

// ParseBaseline reads a baseline as `aws ssm get-patch-baseline` prints it and
// `aws ssm create-patch-baseline --cli-input-json` takes it. Fields it does not know are left alone; that
// includes the dates, epoch or ISO, since none decides about a package. An unknown value of an enum, a rule
// without a filter group, a field that is given twice, or text that is no JSON is a [*messages.FieldError]; AWS's
// limits are warnings.
func ParseBaseline(text []byte) (*Baseline, error) {
	if len(text) > MaxBaselineBytes {
		return nil, &messages.FieldError{Field: "baseline", Problem: fmt.Sprintf("%d bytes, the bound is %d", len(text), MaxBaselineBytes)}
	}
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &messages.FieldError{Field: "baseline", Problem: "is empty; `aws ssm get-patch-baseline` prints one"}
	}
	var b Baseline
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&b); err != nil {
		return nil, jsonError(text, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &messages.FieldError{Field: "baseline", Problem: "something follows the JSON object" + position(text, dec.InputOffset())}
	}
	if err := findDuplicate(text); err != nil {
		return nil, err
	}
	if !resemblesBaseline(text) {
		return nil, &messages.FieldError{Field: "baseline", Problem: "has no field of a patch baseline; `aws ssm get-patch-baseline` prints one"}
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	b.Warnings = b.warnings()
	return &b, nil
}

// resemblesBaseline reports whether text has a field by which a baseline can be told. Some other JSON, such as
// a scan, would otherwise pass for a baseline that approves nothing, and its hosts for compliant.
func resemblesBaseline(text []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return false
	}
	for _, known := range []string{
		"BaselineId", "Name", "OperatingSystem", "ApprovalRules", "ApprovedPatches", "RejectedPatches", "GlobalFilters",
	} {
		if _, ok := fields[known]; ok {
			return true
		}
	}
	return false
}

// jsonError turns an error of encoding/json into one that names the field, or the line and column.
func jsonError(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return &messages.FieldError{Field: kind.Field, Problem: fmt.Sprintf("%s does not fit here, want %s", kind.Value, jsonName(kind.Type.Kind().String())) + position(text, kind.Offset)}
	case errors.As(err, &kind):
		return &messages.FieldError{Field: "baseline", Problem: fmt.Sprintf("is a JSON %s, want an object", kind.Value)}
	case errors.As(err, &syntax):
		return &messages.FieldError{Field: "baseline", Problem: "not JSON" + position(text, syntax.Offset) + ": " + syntax.Error()}
	}
	return &messages.FieldError{Field: "baseline", Problem: "not JSON: it ends too early"}
}

func jsonName(kind string) string {
	switch kind {
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "struct", "map":
		return "an object"
	case "float64", "int":
		return "a number"
	}
	return "a " + kind
}

func position(text []byte, offset int64) string {
	before := text[:max(0, min(int(offset)-1, len(text)))]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf(" (line %d, column %d)", line, column)
}

func (b *Baseline) validate() error {
	checks := []error{
		oneOf("OperatingSystem", b.OperatingSystem, operatingSystems),
		oneOf("ApprovedPatchesComplianceLevel", string(b.ApprovedPatchesComplianceLevel), levelNames()),
		oneOf("RejectedPatchesAction", b.RejectedPatchesAction, []string{actionAllow, actionBlock}),
		oneOf("AvailableSecurityUpdatesComplianceStatus", b.AvailableSecurityUpdatesComplianceStatus,
			[]string{string(messages.Compliant), string(messages.NonCompliant)}),
		b.GlobalFilters.validate("GlobalFilters"),
		shortText("BaselineId", b.BaselineID),
		shortText("Name", b.Name),
		shortTexts("ApprovedPatches", b.ApprovedPatches),
		shortTexts("RejectedPatches", b.RejectedPatches),
	}
	for i, rule := range b.ApprovalRules.PatchRules {
		field := fmt.Sprintf("ApprovalRules.PatchRules[%d]", i)
		if rule.PatchFilterGroup == nil {
			return &messages.FieldError{Field: field + ".PatchFilterGroup", Problem: `is required; {"PatchFilters": []} accepts every package`}
		}
		checks = append(checks,
			rule.PatchFilterGroup.validate(field+".PatchFilterGroup"),
			oneOf(field+".ComplianceLevel", string(rule.ComplianceLevel), levelNames()))
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

func (g FilterGroup) validate(field string) error {
	for i, f := range g.PatchFilters {
		key := fmt.Sprintf("%s.PatchFilters[%d].Key", field, i)
		if f.Key == "" {
			return &messages.FieldError{Field: key, Problem: "is required"}
		}
		if err := oneOf(key, f.Key, filterKeys); err != nil {
			return err
		}
		if err := shortTexts(fmt.Sprintf("%s.PatchFilters[%d].Values", field, i), f.Values); err != nil {
			return err
		}
	}
	return nil
}

// shortTexts returns nil where each text fits into a message: changes quote them.
func shortTexts(field string, texts []string) error {
	for i, text := range texts {
		if err := shortText(fmt.Sprintf("%s[%d]", field, i), text); err != nil {
			return err
		}
	}
	return nil
}

func shortText(field, text string) error {
	if len(text) > messages.MaxStringBytes {
		return &messages.FieldError{Field: field, Problem: fmt.Sprintf("%d bytes, the bound is %d", len(text), messages.MaxStringBytes)}
	}
	return nil
}

// oneOf returns nil where value is empty or one of names.
func oneOf(field, value string, names []string) error {
	if value == "" || slices.Contains(names, value) {
		return nil
	}
	return &messages.FieldError{Field: field, Problem: fmt.Sprintf("unknown value %q: the values are %s", value, strings.Join(names, " "))}
}

func levelNames() []string {
	var names []string
	for _, l := range messages.Levels() {
		names = append(names, string(l))
	}
	return names
}

// operatingSystems is the enum OperatingSystem of the SSM API.
var operatingSystems = []string{
	"WINDOWS", "AMAZON_LINUX", "AMAZON_LINUX_2", "AMAZON_LINUX_2022", "AMAZON_LINUX_2023", "UBUNTU",
	"REDHAT_ENTERPRISE_LINUX", "SUSE", "CENTOS", "ORACLE_LINUX", "DEBIAN", "MACOS", "RASPBIAN",
	"ROCKY_LINUX", "ALMA_LINUX",
}

// filterKeys is the enum PatchFilterKey of the SSM API.
var filterKeys = []string{
	"ARCH", "ADVISORY_ID", "BUGZILLA_ID", "PATCH_SET", "PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "CVE_ID",
	"EPOCH", "MSRC_SEVERITY", "NAME", "PATCH_ID", "SECTION", "PRIORITY", "REPOSITORY", "RELEASE", "SEVERITY",
	"SECURITY", "VERSION",
}

// aptSystems are the operating systems that this version can judge.
var aptSystems = []string{"UBUNTU", "DEBIAN", "RASPBIAN"}

// aptKeys are the filter keys that mean something there.
var aptKeys = []string{"PRODUCT", "PRIORITY", "SECTION"}
