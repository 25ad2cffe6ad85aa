package baseline

import (
	"fmt"
	"slices"
	"strings"
)

// Sentences says for people what the baseline approves and what it keeps out, a sentence for each rule and list. What has no effect on the
// baseline's system is left out: Warnings have it.
func (b *Baseline) Sentences() []string {
	f := FamilyOf(b.OperatingSystem)
	var list []string
	if limits := f.limits(&b.GlobalFilters); limits != "" {
		list = append(list, "Only updates"+limits+" are looked at"+f.beyondGlobalFilters(b)+".")
	}
	for i := range b.ApprovalRules.PatchRules {
		r := &b.ApprovalRules.PatchRules[i]
		list = append(list, fmt.Sprintf("Rule %d approves %s%s%s, at level %s.", i+1, f.updates(r.EnableNonSecurity)+f.set(r), f.limits(r.PatchFilterGroup), f.delay(r), levelOf(string(r.ComplianceLevel))))
	}
	if len(b.ApprovedPatches) > 0 {
		list = append(list, fmt.Sprintf("ApprovedPatches approves %s that it names, %s, at level %s.",
			f.updates(b.ApprovedPatchesEnableNonSecurity), either(b.ApprovedPatches), levelOf(string(b.ApprovedPatchesComplianceLevel))))
	}
	if len(b.ApprovalRules.PatchRules) == 0 && len(b.ApprovedPatches) == 0 {
		list = append(list, "Nothing is approved.")
	}
	if len(b.RejectedPatches) > 0 {
		list = append(list, "RejectedPatches keeps out "+either(b.RejectedPatches)+": "+b.rejected())
	}
	if f == Windows {
		list = append(list, "A security update that is available and not approved counts as "+
			orDefault(b.AvailableSecurityUpdatesComplianceStatus, "NON_COMPLIANT")+".")
	}
	return list
}

// rejected is what becomes of what is rejected and installed.
func (b *Baseline) rejected() string {
	if b.RejectedPatchesAction == ActionBlock {
		return "where it is installed it is INSTALLED_REJECTED."
	}
	return "it is not approved, and where it is installed it may stay (INSTALLED_OTHER)."
}

// updates is what a rule or a list is about, as far as its flag for what is not security says so. The family may be nil.
func (f *Family) updates(nonSecurity bool) string {
	switch {
	case f == Windows:
		return "updates"
	case f == RPM && nonSecurity:
		return "updates with or without a notice"
	case f == RPM:
		return "updates with a notice"
	case nonSecurity:
		return "security and other updates"
	}
	return "security updates"
}

// set is the set that a rule of Windows is for where it names none.
func (f *Family) set(r *Rule) string {
	if f == Windows && !slices.ContainsFunc(r.PatchFilterGroup.PatchFilters, func(p Filter) bool { return p.Key == "PATCH_SET" }) {
		return " of the operating system"
	}
	return ""
}

// beyondGlobalFilters is what global filters do not concern.
func (f *Family) beyondGlobalFilters(b *Baseline) string {
	if (f == RPM || f == MacOS || f == Windows) && len(b.ApprovedPatches) > 0 {
		return ", and those that ApprovedPatches names"
	}
	return ""
}

// limits is what the filters of a group ask for; empty: nothing. Of several filters with one key the last counts.
func (f *Family) limits(g *FilterGroup) string {
	last := make(map[string][]string)
	var keys []string
	if g != nil {
		for _, p := range g.PatchFilters {
			if f == nil || slices.Contains(f.FilterKeys, p.Key) {
				keys = append(slices.DeleteFunc(keys, func(k string) bool { return k == p.Key }), p.Key)
				last[p.Key] = p.Values
			}
		}
	}
	var words []string
	for _, key := range keys {
		if !slices.Contains(last[key], "*") {
			words = append(words, key+" is "+either(last[key]))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " whose " + strings.Join(words, " and whose ")
}

// delay is from when on a rule approves, where the family's updates have dates.
func (f *Family) delay(r *Rule) (words string) {
	if f == nil || f.Undated != "" {
		return ""
	}
	if r.ApproveAfterDays != nil && *r.ApproveAfterDays != 0 {
		words = fmt.Sprintf(", once they are %v days old", *r.ApproveAfterDays)
	}
	if r.ApproveUntilDate != "" {
		words += ", if they are of " + r.ApproveUntilDate + " or before"
	}
	return words
}

// either writes words of which one is enough.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
