package baseline

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// AWS's limits on a baseline (Systems Manager quotas and the SSM API model).
const (
	awsRules   = 10
	awsFilters = 4
	awsValues  = 20
	awsEntries = 50
	awsEntry   = 100 // characters
	awsDays    = 360
)

func (b *Baseline) warnings() []string {
	w := warner{family: FamilyOf(b.OperatingSystem)}
	if b.OperatingSystem == "" {
		w.family = Apt
	}
	if len(b.ApprovalRules.PatchRules) == 0 && len(b.ApprovedPatches) == 0 {
		w.say("ApprovalRules: there is no rule and no approved patch, so nothing is approved and nothing can be missing")
	}
	w.limit("ApprovalRules.PatchRules", len(b.ApprovalRules.PatchRules), awsRules)
	w.filters("GlobalFilters", b.GlobalFilters)
	for i, rule := range b.ApprovalRules.PatchRules {
		w.rule(fmt.Sprintf("ApprovalRules.PatchRules[%d]", i), rule)
	}
	w.nonSecurity("ApprovedPatchesEnableNonSecurity", b.ApprovedPatchesEnableNonSecurity)
	w.entries("ApprovedPatches", b.ApprovedPatches)
	w.entries("RejectedPatches", b.RejectedPatches)
	return w.lines
}

type warner struct {
	family *Family // nil: nothing is known of what has an effect
	lines  []string
}

func (w *warner) say(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

func (w *warner) limit(field string, n, most int) {
	if n > most {
		w.say("%s: %d entries, AWS allows %d", field, n, most)
	}
}

func (w *warner) rule(field string, rule Rule) {
	w.filters(field+".PatchFilterGroup", *rule.PatchFilterGroup)
	days := rule.ApproveAfterDays
	if days != nil && (*days < 0 || *days > awsDays || *days != float64(int(*days))) {
		w.say("%s.ApproveAfterDays: %v, AWS allows whole numbers from 0 to %d", field, *days, awsDays)
	}
	if days != nil && rule.ApproveUntilDate != "" {
		w.say("%s: ApproveAfterDays and ApproveUntilDate exclude each other at AWS", field)
	}
	if w.family == nil {
		return
	}
	w.nonSecurity(field+".EnableNonSecurity", rule.EnableNonSecurity)
	if w.family.Undated == "" {
		return
	}
	if days != nil && *days != 0 {
		w.say("%s.ApproveAfterDays: has no effect on %s, %s", field, w.family.Name, w.family.Undated)
	}
	if rule.ApproveUntilDate != "" {
		w.say("%s.ApproveUntilDate: has no effect on %s, %s", field, w.family.Name, w.family.Undated)
	}
}

func (w *warner) nonSecurity(field string, given bool) {
	if given && w.family != nil && w.family.AllAlike {
		w.say("%s: has no effect on %s, as at AWS, which knows it on Linux alone", field, w.family.Name)
	}
}

func (w *warner) filters(field string, g FilterGroup) {
	w.limit(field+".PatchFilters", len(g.PatchFilters), awsFilters)
	given := map[string]bool{}
	for i, f := range g.PatchFilters {
		at := fmt.Sprintf("%s.PatchFilters[%d]", field, i)
		w.limit(at+".Values", len(f.Values), awsValues)
		if len(f.Values) == 0 {
			w.say("%s.Values: is empty, so it accepts nothing; \"*\" accepts everything", at)
		}
		if given[f.Key] {
			w.say("%s.Key: %s stands here a second time; the last one counts", at, f.Key)
		}
		given[f.Key] = true
		if w.family != nil && !slices.Contains(w.family.FilterKeys, f.Key) {
			w.say("%s.Key: %s has no effect on %s, whose keys are %s", at, f.Key, w.family.Name, strings.Join(w.family.FilterKeys, " "))
		}
	}
}

func (w *warner) entries(field string, entries []string) {
	w.limit(field, len(entries), awsEntries)
	for i, e := range entries {
		if e == "" {
			w.say("%s[%d]: is empty and fits nothing", field, i)
		}
		if n := utf8.RuneCountInString(e); n > awsEntry {
			w.say("%s[%d]: %d characters, AWS allows %d", field, i, n, awsEntry)
		}
		if w.family != nil && w.family.Literal && strings.ContainsAny(e, "*?[") {
			w.say("%s[%d]: has a wildcard, and entries are whole names on %s", field, i, w.family.Name)
		}
	}
}
