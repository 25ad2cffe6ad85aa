package baseline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one difference between two baselines, in terms of what they say: a rule, an entry, a field.
type Change struct {
	What string `json:"what"` // such as "rule 2", "ApprovedPatches"
	From string `json:"from"` // empty: it is new
	To   string `json:"to"`   // empty: it is gone
}

// Diff returns what b says otherwise than a. Rules are the same ones where they have the same filters, else where they
// stand at the same place between two that are; their order decides about no package, and is no difference.
func Diff(a, b *Baseline) []Change {
	var d differ
	d.field("OperatingSystem", orAny(a.OperatingSystem), orAny(b.OperatingSystem))
	d.field("GlobalFilters", a.GlobalFilters.String(), b.GlobalFilters.String())
	d.rules(a.ApprovalRules.PatchRules, b.ApprovalRules.PatchRules)
	d.entries("ApprovedPatches", a.ApprovedPatches, b.ApprovedPatches)
	d.field("ApprovedPatchesComplianceLevel", levelOf(string(a.ApprovedPatchesComplianceLevel)), levelOf(string(b.ApprovedPatchesComplianceLevel)))
	d.field("ApprovedPatchesEnableNonSecurity", fmt.Sprint(a.ApprovedPatchesEnableNonSecurity), fmt.Sprint(b.ApprovedPatchesEnableNonSecurity))
	d.entries("RejectedPatches", a.RejectedPatches, b.RejectedPatches)
	d.field("RejectedPatchesAction", orDefault(a.RejectedPatchesAction, ActionAllow), orDefault(b.RejectedPatchesAction, ActionAllow))
	d.field("AvailableSecurityUpdatesComplianceStatus", orDefault(a.AvailableSecurityUpdatesComplianceStatus, "NON_COMPLIANT"),
		orDefault(b.AvailableSecurityUpdatesComplianceStatus, "NON_COMPLIANT"))
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) add(what, from, to string) { d.changes = append(d.changes, Change{what, from, to}) }

func (d *differ) field(name, from, to string) {
	if from != to {
		d.add(name, from, to)
	}
}

func (d *differ) entries(name string, a, b []string) {
	for _, e := range a {
		if !slices.Contains(b, e) {
			d.add(name, e, "")
		}
	}
	for _, e := range b {
		if !slices.Contains(a, e) {
			d.add(name, "", e)
		}
	}
}

// rules pairs the rules of both sides: first equal ones, then those with the same filters, then what is left, in order.
func (d *differ) rules(a, b []Rule) {
	pair := make([]int, len(a)) // the rule of b, from 0; -1: none
	taken := make([]bool, len(b))
	for i := range pair {
		pair[i] = -1
	}
	match := func(same func(x, y Rule) bool) {
		for i := range a {
			for j := range b {
				if pair[i] < 0 && !taken[j] && same(a[i], b[j]) {
					pair[i], taken[j] = j, true
				}
			}
		}
	}
	match(func(x, y Rule) bool { return x.String() == y.String() })
	match(func(x, y Rule) bool { return x.PatchFilterGroup.String() == y.PatchFilterGroup.String() })
	match(func(x, y Rule) bool { return sharesFilter(x.PatchFilterGroup, y.PatchFilterGroup) })
	for i := range a {
		if j := pair[i]; j < 0 {
			d.add(fmt.Sprintf("rule %d", i+1), a[i].String(), "")
		} else {
			d.field(fmt.Sprintf("rule %d", j+1), a[i].String(), b[j].String())
		}
	}
	for j := range b {
		if !taken[j] {
			d.add(fmt.Sprintf("rule %d", j+1), "", b[j].String())
		}
	}
}

// sharesFilter reports whether two groups have a filter in common that says more than "everything".
func sharesFilter(a, b *FilterGroup) bool {
	return slices.ContainsFunc(a.PatchFilters, func(f Filter) bool {
		return !slices.Contains(f.Values, "*") && slices.ContainsFunc(b.PatchFilters, func(g Filter) bool { return f.String() == g.String() })
	})
}

// String says in one line which packages a rule approves, and as what.
func (r Rule) String() string {
	words := r.PatchFilterGroup.String() + ": " + levelOf(string(r.ComplianceLevel))
	if r.ApproveAfterDays != nil && *r.ApproveAfterDays != 0 {
		words += fmt.Sprintf(", after %v days", *r.ApproveAfterDays)
	}
	if r.ApproveUntilDate != "" {
		words += ", until " + r.ApproveUntilDate
	}
	if r.EnableNonSecurity {
		words += ", not only security"
	}
	return words
}

// String says in one line what a group accepts. Its filters stand in the order of their keys, and their values in order.
func (g *FilterGroup) String() string {
	if g == nil || len(g.PatchFilters) == 0 {
		return "every package"
	}
	last := make(map[string]string) // of several filters with one key the last counts
	for _, f := range g.PatchFilters {
		last[f.Key] = f.String()
	}
	words := slices.Sorted(maps.Values(last))
	return strings.Join(words, "; ")
}

func (f Filter) String() string {
	values := slices.Clone(f.Values)
	slices.Sort(values)
	return f.Key + " " + strings.Join(values, ", ")
}

func levelOf(level string) string { return orDefault(level, "UNSPECIFIED") }
func orAny(system string) string  { return orDefault(system, "any") }

func orDefault(value, ifEmpty string) string {
	if value == "" {
		return ifEmpty
	}
	return value
}
