package classify_test

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Does one version match the baseline (classification.md, sections 2 and 3).

// matches returns whether the baseline approves a version, and by which level.
func (r *reading) matches(name, arch string, v oneVersion) (messages.Level, bool) {
	b := r.baseline
	named := func(entries []string) bool {
		return slices.ContainsFunc(entries, func(entry string) bool {
			return slices.ContainsFunc(v.spellings, func(s string) bool { return entryFits(entry, name, arch, s) })
		})
	}
	if named(b.RejectedPatches) {
		return "", false
	}
	level, ok := messages.Unspecified, false
	for _, record := range v.records {
		if !r.filtersAccept(b.GlobalFilters.PatchFilters, &record) {
			continue
		}
		for _, rule := range b.ApprovalRules.PatchRules {
			if r.filtersAccept(rule.PatchFilterGroup.PatchFilters, &record) && (rule.EnableNonSecurity || r.security(&record)) {
				level, ok = higher(level, rule.ComplianceLevel), true
			}
		}
		if named(b.ApprovedPatches) && (b.ApprovedPatchesEnableNonSecurity || r.security(&record)) {
			level, ok = higher(level, b.ApprovedPatchesComplianceLevel), true
		}
	}
	return level, ok
}

func higher(a, b messages.Level) messages.Level {
	levels := messages.Levels() // highest first
	if b != "" && slices.Index(levels, b) < slices.Index(levels, a) {
		return b
	}
	return a
}

func (b *readBaseline) rejects(name, arch, version string) bool {
	return slices.ContainsFunc(b.RejectedPatches, func(e string) bool { return entryFits(e, name, arch, version) })
}

func (r *reading) filtersAccept(filters []readFilter, v *messages.Version) bool {
	priority := v.Priority
	if priority == "" {
		priority = "optional"
	}
	return filterAccepts(filters, "PRODUCT", r.scan.OS.Product) &&
		filterAccepts(filters, "PRIORITY", priority) &&
		filterAccepts(filters, "SECTION", v.Section)
}

// filterAccepts: of several filters of a key the last counts; without one all is accepted.
func filterAccepts(filters []readFilter, key, value string) bool {
	accepted := true
	for _, f := range filters {
		if f.Key == key {
			accepted = slices.ContainsFunc(f.Values, func(v string) bool { return v == "*" || strings.EqualFold(v, value) })
		}
	}
	return accepted
}

// security reports whether a version is a security update: one of the origins that carry it makes it so.
func (r *reading) security(v *messages.Version) bool {
	return slices.ContainsFunc(v.Origins, func(i int) bool { return r.securityOrigin(&r.scan.Origins[i]) })
}

func (r *reading) securityOrigin(o *messages.Origin) bool {
	return o.Trusted && !o.Unread && (contains(o.Archive, "security") ||
		contains(o.Site, "security.debian.org") ||
		names(r.settings.SecurityArchives, o.Archive) ||
		names(r.settings.SecuritySites, o.Site) ||
		names(r.settings.SecurityLabels, o.Label) ||
		r.own(o))
}

// own reports whether an origin is the system's own security source, whether it was read or not.
func (r *reading) own(o *messages.Origin) bool {
	if names(r.settings.OwnSecurityArchives, o.Archive) || names(r.settings.OwnSecuritySites, o.Site) ||
		names(r.settings.OwnSecurityLabels, o.Label) {
		return true
	}
	codename := r.scan.OS.Codename
	if codename == "" {
		return false
	}
	is := func(suite string) bool {
		return strings.EqualFold(o.Archive, suite) || strings.EqualFold(o.Codename, suite)
	}
	if is(codename+"-security") || is(codename+"/updates") {
		return true
	}
	if contains(o.Site, "security.debian.org") {
		release, _, _ := strings.Cut(strings.ReplaceAll(o.Codename, "/", "-"), "-")
		if strings.EqualFold(release, codename) {
			return true
		}
	}
	return r.scan.OS.System == "UBUNTU" && is(codename+"-infra-security") && r.standardSupportEnded()
}

// standardSupportEnded knows only the releases that the histories use, none of them near its end.
func (r *reading) standardSupportEnded() bool {
	end := map[string]time.Time{
		"focal": time.Date(2025, 5, 31, 0, 0, 0, 0, time.UTC),
		"jammy": time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC),
	}[r.scan.OS.Codename]
	return !end.IsZero() && r.scan.TakenAt.After(end)
}

// securitySources returns the system's own security origins that were read.
func (r *reading) securitySources() []messages.Origin {
	var sources []messages.Origin
	for _, o := range r.scan.Origins {
		if o.Trusted && !o.Unread && r.own(&o) {
			sources = append(sources, o)
		}
	}
	return sources
}

func contains(text, part string) bool { return strings.Contains(strings.ToLower(text), part) }

func names(list []string, text string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, text) })
}
