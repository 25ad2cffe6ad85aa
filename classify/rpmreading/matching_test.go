package rpmreading

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// rules is a baseline for hosts of one product ("Matching").
type rules struct {
	*baseline.Baseline
	product            string
	now                time.Time
	approved, rejected []entry
}

// version is one version of a package, in all its spellings.
type version struct {
	evr
	spellings []spelling
	notices   []*messages.Advisory
	built     time.Time
	carried   bool
	excluded  bool // by all that carry it
}

// spelling is one of the texts of a version, with the arch that is listed with it.
type spelling struct {
	evr
	arch, own string
}

// named reports whether an entry names the version or one of its notices.
func (v *version) named(list []entry, name string) bool {
	return slices.ContainsFunc(list, func(e entry) bool { return v.namedBy(e, name) || slices.ContainsFunc(v.notices, e.namesNotice) })
}

func (v *version) namedBy(e entry, name string) bool {
	return slices.ContainsFunc(v.spellings, func(s spelling) bool { return e.namesVersion(name, s.arch, s.own, s.evr) })
}

// match returns the level at which the baseline accepts a version of a package, empty where it does not.
func (r *rules) match(name string, v *version) (level messages.Level) {
	if v.named(r.rejected, name) {
		return ""
	}
	if v.named(r.approved, name) && (len(v.notices) > 0 || r.ApprovedPatchesEnableNonSecurity) {
		level = orUnspecified(r.ApprovedPatchesComplianceLevel)
	}
	if len(v.notices) == 0 {
		level = higher(level, r.accept(nil, v.built))
	}
	for _, n := range v.notices {
		level = higher(level, r.accept(n, v.built))
	}
	return level
}

// matchFulfilled is match of one notice that an installed version fulfils.
func (r *rules) matchFulfilled(name string, v *version, n *messages.Advisory) messages.Level {
	level := r.accept(n, v.built)
	if slices.ContainsFunc(r.approved, func(e entry) bool { return e.namesNotice(n) || v.namedBy(e, name) }) {
		level = higher(level, orUnspecified(r.ApprovedPatchesComplianceLevel))
	}
	return level
}

// accept tries every rule on one notice, or on a version without any.
func (r *rules) accept(n *messages.Advisory, built time.Time) (level messages.Level) {
	if !r.pass(r.GlobalFilters, n) {
		return ""
	}
	for i := range r.ApprovalRules.PatchRules {
		rule := &r.ApprovalRules.PatchRules[i]
		if r.pass(*rule.PatchFilterGroup, n) && (n != nil || rule.EnableNonSecurity) && r.over(rule, n, built) {
			level = higher(level, orUnspecified(rule.ComplianceLevel))
		}
	}
	return level
}

func (r *rules) pass(g baseline.FilterGroup, n *messages.Advisory) bool {
	last := map[string][]string{}
	for _, f := range g.PatchFilters {
		last[f.Key] = f.Values
	}
	for key, values := range last {
		has, asked := r.valueOf(key, n)
		if !asked || slices.Contains(values, "*") {
			continue
		}
		if has == "" || !slices.ContainsFunc(values, func(v string) bool { return alike(key, v) == alike(key, has) }) {
			return false
		}
	}
	return true
}

// valueOf is what a filter is compared with: empty passes only through *.
func (r *rules) valueOf(key string, n *messages.Advisory) (value string, asked bool) {
	switch {
	case key == "PRODUCT":
		return r.product, true
	case key != "CLASSIFICATION" && key != "SEVERITY":
		return "", false
	case n == nil:
		return "", true
	case key == "SEVERITY" && n.Severity == "":
		return "none", true
	case key == "SEVERITY":
		return n.Severity, true
	}
	return n.Type, true
}

// alike makes one of what is equal besides case.
func alike(key, value string) string {
	value = strings.ToLower(value)
	for _, pair := range [][3]string{
		{"PRODUCT", "amazonlinux2", "amazonlinux2.0"}, {"CLASSIFICATION", "features", "feature"}, {"SEVERITY", "medium", "moderate"},
		{"SEVERITY", "n/a", "none"}, {"SEVERITY", "unspecified", "none"},
	} {
		if pair[0] == key && pair[1] == value {
			return pair[2]
		}
	}
	return value
}

// over reports whether a rule's delay is.
func (r *rules) over(rule *baseline.Rule, n *messages.Advisory, built time.Time) bool {
	t := built
	if n != nil && !dated(n).IsZero() {
		t = dated(n)
	}
	if t.IsZero() {
		return true
	}
	if until, err := time.Parse(time.DateOnly, rule.ApproveUntilDate); err == nil && !t.Before(until.AddDate(0, 0, 1)) {
		return false
	}
	days := rule.ApproveAfterDays
	return days == nil || r.now.After(t.Add(time.Duration(*days*24)*time.Hour))
}

func dated(n *messages.Advisory) time.Time {
	if n.UpdatedAt.IsZero() {
		return n.IssuedAt
	}
	return n.UpdatedAt
}

// classification is Security where one of the versions is, else the type of their most serious notice.
func classification(versions ...*version) string {
	var most *messages.Advisory
	for _, v := range versions {
		for _, n := range v.notices {
			if strings.EqualFold(n.Type, "security") {
				return "Security"
			}
			if most == nil || moreSerious(n, most) {
				most = n
			}
		}
	}
	if most == nil || most.Type == "" {
		return ""
	}
	kind := alike("CLASSIFICATION", most.Type)
	return strings.ToUpper(kind[:1]) + kind[1:]
}

func moreSerious(n, m *messages.Advisory) bool {
	rank := func(n *messages.Advisory) int {
		return slices.Index([]string{"low", "moderate", "important", "critical"}, alike("SEVERITY", n.Severity))
	}
	switch {
	case rank(n) != rank(m):
		return rank(n) > rank(m)
	case !dated(n).Equal(dated(m)):
		return dated(n).After(dated(m))
	}
	return n.ID < m.ID
}

func orUnspecified(l messages.Level) messages.Level {
	if l == "" {
		return messages.Unspecified
	}
	return l
}

func higher(a, b messages.Level) messages.Level {
	if b.Above(a) {
		return b
	}
	return a
}
