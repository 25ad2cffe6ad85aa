package classify_test

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// macOS (classification.md, section 10), read before there was any code of it.

// macOrder: numbers between dots, one that is missing is 0, and then the rest as text.
func macOrder(a, b string) int {
	numbersA, restA := macSplit(a)
	numbersB, restB := macSplit(b)
	for i := range max(len(numbersA), len(numbersB)) {
		x, y := new(big.Int), new(big.Int)
		if i < len(numbersA) {
			x = numbersA[i]
		}
		if i < len(numbersB) {
			y = numbersB[i]
		}
		if c := x.Cmp(y); c != 0 {
			return c
		}
	}
	return strings.Compare(restA, restB)
}

func macSplit(v string) (numbers []*big.Int, rest string) {
	for rest = v; ; {
		digits, after := cutWhile(rest, isDigit)
		if digits == "" {
			return numbers, rest
		}
		numbers, rest = append(numbers, number(digits)), after
		if len(after) < 2 || after[0] != '.' || !isDigit(after[1]) {
			return numbers, rest
		}
		rest = after[1:]
	}
}

// macVersions are the versions of a package that exist, all spellings of one together.
func (r *reading) macVersions(p *messages.Package, effective string) [][]messages.Version {
	scanned, there := installedByScan(p)
	var all [][]messages.Version
	put := func(v messages.Version) {
		for i := range all {
			if macOrder(all[i][0].Version, v.Version) == 0 {
				all[i] = append(all[i], v)
				return
			}
		}
		all = append(all, []messages.Version{v})
	}
	for _, v := range p.Versions {
		below := there && scanned != "" && macOrder(v.Version, scanned) < 0 || effective != "" && macOrder(v.Version, effective) < 0
		offered := p.Source == "installer" && (effective == "" || macOrder(v.Version, effective) > 0)
		if v.Version != "" && !below && !offered {
			put(v)
		}
	}
	if effective != "" && !slices.ContainsFunc(all, func(one []messages.Version) bool { return macOrder(one[0].Version, effective) == 0 }) {
		put(messages.Version{Version: effective})
	}
	return all
}

func macSecurity(one []messages.Version) bool {
	return slices.ContainsFunc(one, func(v messages.Version) bool { return strings.EqualFold(v.Section, "Security") })
}

func macNamed(entries []string, name string) bool {
	return slices.ContainsFunc(entries, func(e string) bool { return strings.EqualFold(e, name) })
}

func (r *reading) macApproves(p *messages.Package, one []messages.Version) (messages.Level, bool) {
	b, level, ok := r.baseline, messages.Unspecified, false
	if macNamed(b.RejectedPatches, p.Name) {
		return level, false
	}
	if macNamed(b.ApprovedPatches, p.Name) && (b.ApprovedPatchesEnableNonSecurity || macSecurity(one)) {
		level, ok = higher(level, b.ApprovedPatchesComplianceLevel), true
	}
	if p.Source == "installer" {
		return level, ok
	}
	accepts := func(filters []readFilter, v *messages.Version) bool {
		return filterAccepts(filters, "PRODUCT", r.scan.OS.Product) && filterAccepts(filters, "CLASSIFICATION", v.Section)
	}
	for i := range one {
		for _, rule := range b.ApprovalRules.PatchRules {
			if accepts(b.GlobalFilters.PatchFilters, &one[i]) && accepts(rule.PatchFilterGroup.PatchFilters, &one[i]) && (rule.EnableNonSecurity || macSecurity(one)) {
				level, ok = higher(level, rule.ComplianceLevel), true
			}
		}
	}
	return level, ok
}

// macItem returns the item of a package that the scan lists.
func (r *reading) macItem(p *messages.Package) (verdict, bool) {
	effective, there, _ := r.effective(p)
	v := verdict{patch: p.Name, name: p.Name, arch: p.Arch, installed: effective, version: spelling(effective), level: messages.Unspecified}
	type version struct {
		text     string
		level    messages.Level
		security bool
	}
	var newer []version
	top, here := "", false
	for _, one := range r.macVersions(p, effective) {
		level, ok := r.macApproves(p, one)
		if effective != "" && macOrder(one[0].Version, effective) == 0 {
			if macSecurity(one) {
				v.classification = "Security"
			}
			if here = ok; ok {
				v.level = level
			}
			continue
		}
		if !ok {
			continue
		}
		text := slices.MinFunc(one, func(a, b messages.Version) int { return cmp.Compare(a.Version, b.Version) }).Version
		newer = append(newer, version{text, level, macSecurity(one)})
		if top == "" || macOrder(text, top) > 0 {
			top = text
		}
	}
	tried, failed := r.macFailure(p, effective, there, top)
	if !there {
		v.classification, v.level = "", messages.Unspecified
		if failed {
			v.state, v.version = messages.Failed, spelling(tried)
			return v, true
		}
		v.state = messages.NotApplicable
		return v, macNamed(r.baseline.ApprovedPatches, p.Name)
	}
	switch {
	case top != "":
		v.state, v.version, v.level, v.classification = messages.Missing, spelling(top), messages.Unspecified, ""
		for _, n := range newer {
			v.level = higher(v.level, n.level)
			if n.security {
				v.classification = "Security"
			}
		}
	case here:
		v.state = messages.Installed
	case effective != "" && macNamed(r.baseline.RejectedPatches, p.Name) && r.baseline.RejectedPatchesAction == "BLOCK":
		v.state = messages.InstalledRejected
	default:
		v.state = messages.InstalledOther
	}
	if failed {
		v.state, v.version = messages.Failed, spelling(tried)
	}
	if waits(v.state) && (r.rebootAfterRun(p.Name, p.Arch) || r.rebootOfHost(p)) {
		v.state = messages.InstalledPendingReboot
	}
	return v, true
}

// macFailure is section 6, where the tried version must be approved.
func (r *reading) macFailure(p *messages.Package, effective string, there bool, top string) (string, bool) {
	installed, failed := r.attempts(p.Name, p.Arch)
	if failed == nil || !failed.newerThan(installed) || macNamed(r.baseline.RejectedPatches, p.Name) {
		return "", false
	}
	if there && (effective == "" || macOrder(effective, failed.to) >= 0 || top != "" && macOrder(top, failed.to) > 0) {
		return "", false
	}
	if r.full.TakenAt.After(failed.run.FinishedAt) {
		if _, listed := installedByScan(p); !listed && failed.outcome.From != "" {
			return "", false
		}
		if !slices.ContainsFunc(p.Versions, func(v messages.Version) bool { return v.Version != "" && macOrder(v.Version, failed.to) == 0 }) {
			return "", false
		}
	}
	if r.settings.FailedUntil == "next-scan" && !failed.run.FinishedAt.After(r.full.TakenAt) {
		return "", false
	}
	tried := []messages.Version{{Version: failed.to}}
	for _, one := range r.macVersions(p, effective) {
		if macOrder(one[0].Version, failed.to) == 0 {
			tried = one
		}
	}
	_, ok := r.macApproves(p, tried)
	return failed.to, ok
}

// Random hosts of macOS.

var (
	macNames    = []string{"Safari", "Safari", "macOS Tahoe", "Acme", "MRTConfigData"}
	macTexts    = []string{"26.0", "26", "26.1", "26.1 (a)", "26.1 (b)", "26.1.0", "9.9", "9.10", "26.1-beta", "odd", "26.1", ""}
	macEntries  = []string{"Safari", "safari", "Saf*", "macOS Tahoe", "Safari.amd64", "26.1", "MRTConfigData", "acme", "zzz"}
	macSections = []string{"", "Recommended", "Security", "security"}
)

func (m *maker) macScan(s *messages.Scan) {
	seen := map[string]bool{}
	for range 1 + m.upTo(2) {
		p := messages.Package{Name: m.name(), Arch: m.arch(), Source: pick(m, "", "", "", "installer")}
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		if !m.odds(20) {
			p.Installed = new(m.version())
		}
		if m.odds(50) {
			p.InstalledAt = m.time()
		}
		texts := map[string]bool{}
		for range m.upTo(3) {
			v := messages.Version{Version: m.version(), Section: pick(m, macSections...)}
			if !texts[v.Version] {
				p.Versions = append(p.Versions, v)
				texts[v.Version] = true
			}
		}
		s.Packages = append(s.Packages, p)
	}
}

func (m *maker) macFilter() readFilter {
	switch pick(m, "PRODUCT", "CLASSIFICATION", "CLASSIFICATION", "SEVERITY") {
	case "PRODUCT":
		return readFilter{"PRODUCT", pick(m, []string{"*"}, []string{"MACOS26.0"}, []string{"macOS27"})}
	case "CLASSIFICATION":
		return readFilter{"CLASSIFICATION", pick(m, []string{"*"}, []string{"Security"}, []string{"recommended", "x"})}
	}
	return readFilter{"SEVERITY", []string{"Critical"}}
}
