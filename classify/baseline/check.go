package baseline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func (b *Baseline) validate() error {
	checks := []error{
		oneOf("OperatingSystem", b.OperatingSystem, operatingSystems),
		oneOf("ApprovedPatchesComplianceLevel", string(b.ApprovedPatchesComplianceLevel), levelNames()),
		oneOf("RejectedPatchesAction", b.RejectedPatchesAction, []string{ActionAllow, ActionBlock}),
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
			oneOf(field+".ComplianceLevel", string(rule.ComplianceLevel), levelNames()),
			isDate(field+".ApproveUntilDate", rule.ApproveUntilDate))
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

// isDate returns nil where value is empty or a day such as 2026-11-30.
func isDate(field, value string) error {
	if _, err := time.Parse(time.DateOnly, value); value != "" && err != nil {
		return &messages.FieldError{Field: field, Problem: fmt.Sprintf("%.64q is no date: write 2026-11-30", value)}
	}
	return nil
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
