package classify_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Windows (classification.md, section 9), read before there was any code of it: a KB is there or not, and nothing of it is newer.

func (r *reading) isWindows() bool { return r.full.OS.System == "WINDOWS" }
func (r *reading) isMacOS() bool   { return r.full.OS.System == "MACOS" }

// patchOf is what a package is called: name.arch, and on Windows and macOS its name.
func (r *reading) patchOf(name, arch string) string {
	if r.isWindows() || r.isMacOS() {
		return name
	}
	return name + "." + arch
}

// kbNotices are what is said of a KB: the notices that it or its version refers to, or one that says nothing.
func (r *reading) kbNotices(p *messages.Package) []messages.Advisory {
	ids := slices.Clone(p.Advisories)
	for _, v := range p.Versions {
		ids = append(ids, v.Advisories...)
	}
	var list []messages.Advisory
	for _, a := range r.scan.Advisories {
		if slices.Contains(ids, a.ID) && !strings.EqualFold(a.Status, "retracted") {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		list = []messages.Advisory{{}}
	}
	return list
}

// kbNamed reports whether an entry names a KB: by it, by its number, or by a bulletin.
func kbNamed(entry, name string, notices []messages.Advisory) bool {
	whole := func(s string) string {
		s = strings.ToLower(s)
		if s != "" && strings.Trim(s, "0123456789") == "" {
			return "kb" + s
		}
		return s
	}
	if entry == "" {
		return false
	}
	if whole(entry) == whole(name) {
		return true
	}
	for _, n := range notices {
		if slices.ContainsFunc(n.Aliases, func(a string) bool { return whole(a) == whole(entry) }) {
			return true
		}
	}
	return false
}

func kbListed(entries []string, name string, notices []messages.Advisory) bool {
	return slices.ContainsFunc(entries, func(e string) bool { return kbNamed(e, name, notices) })
}

// kbFilters: whole, in any case, without spaces. What is absent is Unspecified of severities, OS of sets.
func kbFilters(filters []readFilter, n *messages.Advisory) bool {
	squeeze := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "") }
	has := map[string][]string{
		"PRODUCT": n.Products, "PRODUCT_FAMILY": n.Families, "CLASSIFICATION": {n.Type},
		"MSRC_SEVERITY": {cmp.Or(n.Severity, "Unspecified")}, "PATCH_SET": {cmp.Or(n.Set, "OS")},
	}
	last := map[string][]string{}
	for _, f := range filters {
		if _, known := has[f.Key]; known {
			last[f.Key] = f.Values
		}
	}
	for key, values := range last {
		if !slices.ContainsFunc(values, func(v string) bool {
			return v == "*" || slices.ContainsFunc(has[key], func(h string) bool { return h != "" && squeeze(h) == squeeze(v) })
		}) {
			return false
		}
	}
	return true
}

// judgingTime is when delays are looked at: now, or where that is not known, when the host was scanned.
func (r *reading) judgingTime() time.Time {
	if r.now.IsZero() {
		return r.scan.TakenAt
	}
	return r.now
}

// kbWaits: a rule waits days from the date of the KB; one of the first of January 1970 is none.
func (r *reading) kbWaits(rule *readRule, n *messages.Advisory, p *messages.Package) bool {
	if rule.ApproveAfterDays == nil {
		return false
	}
	dates := []time.Time{n.UpdatedAt, n.IssuedAt}
	for _, v := range p.Versions {
		dates = append(dates, v.ReleasedAt)
	}
	for _, date := range dates {
		if !date.IsZero() && date.Year() != 1970 {
			return !r.judgingTime().After(date.Add(time.Duration(*rule.ApproveAfterDays) * 24 * time.Hour))
		}
	}
	return false
}

// kbApproved returns whether the baseline approves a KB, and at which level.
func (r *reading) kbApproved(p *messages.Package) (messages.Level, bool) {
	notices, level, ok := r.kbNotices(p), messages.Unspecified, false
	if kbListed(r.baseline.RejectedPatches, p.Name, notices) {
		return level, false
	}
	if kbListed(r.baseline.ApprovedPatches, p.Name, notices) {
		level, ok = higher(level, r.baseline.ApprovedPatchesComplianceLevel), true
	}
	for i := range notices {
		n := &notices[i]
		if !kbFilters(r.baseline.GlobalFilters.PatchFilters, n) {
			continue
		}
		for _, rule := range r.baseline.ApprovalRules.PatchRules {
			filters := append([]readFilter{{"PATCH_SET", []string{"OS"}}}, rule.PatchFilterGroup.PatchFilters...)
			if kbFilters(filters, n) && !r.kbWaits(&rule, n, p) {
				level, ok = higher(level, rule.ComplianceLevel), true
			}
		}
	}
	return level, ok
}

// kbClassification is Security, or what the most serious notice is for.
func (r *reading) kbClassification(p *messages.Package) string {
	kind := func(n messages.Advisory) string { return strings.ReplaceAll(n.Type, " ", "") }
	list := r.kbNotices(p)
	if slices.ContainsFunc(list, func(n messages.Advisory) bool { return strings.EqualFold(kind(n), "SecurityUpdates") }) {
		return "Security"
	}
	serious := func(n messages.Advisory) int {
		return slices.Index([]string{"low", "moderate", "important", "critical"}, strings.ToLower(n.Severity))
	}
	date := func(n messages.Advisory) time.Time {
		for _, t := range []time.Time{n.UpdatedAt, n.IssuedAt} {
			if !t.IsZero() && t.Year() != 1970 {
				return t
			}
		}
		return time.Time{}
	}
	return kind(slices.MinFunc(list, func(a, b messages.Advisory) int {
		return cmp.Or(serious(b)-serious(a), date(b).Compare(date(a)), strings.Compare(a.ID, b.ID))
	}))
}

// kbItem returns the item of a KB that the scan lists.
func (r *reading) kbItem(p *messages.Package) (verdict, bool) {
	v := verdict{patch: p.Name, name: p.Name, arch: p.Arch, level: messages.Unspecified, classification: r.kbClassification(p)}
	installed, failed := r.attempts(p.Name, p.Arch)
	byRun := installed != nil && installed.run.FinishedAt.After(r.scan.TakenAt)
	level, approved := r.kbApproved(p)
	switch notices := r.kbNotices(p); {
	case byRun || p.State == "" || p.State == "installed" || p.State == "reboot":
		if v.installed = installed.toOr(p.Installed); !byRun {
			v.installed = *p.Installed
		}
		v.version = spelling(v.installed)
		v.state, v.level = messages.InstalledOther, messages.Unspecified
		if approved {
			v.state, v.level = messages.Installed, level
		} else if r.baseline.RejectedPatchesAction == "BLOCK" && kbListed(r.baseline.RejectedPatches, p.Name, notices) {
			v.state = messages.InstalledRejected
		}
		if r.rebootAfterRun(p.Name, p.Arch) || r.rebootOfHost(p) || r.kbReboots(p) {
			v.state = messages.InstalledPendingReboot
		}
		return v, true
	case p.State == "superseded":
		v.state, v.classification = messages.NotApplicable, ""
		return v, kbListed(r.baseline.ApprovedPatches, p.Name, notices)
	case kbListed(r.baseline.RejectedPatches, p.Name, notices):
		return v, false
	case approved:
		v.state, v.level, v.version = messages.Missing, level, spelling(p.Versions[0].Version)
		if p.State == "hidden" {
			v.blocked = "hidden"
		}
		if failed.newerThan(installed) && (r.settings.FailedUntil != "next-scan" || failed.run.FinishedAt.After(r.full.TakenAt)) {
			v.state, v.version, v.blocked = messages.Failed, spelling(failed.to), ""
		}
		return v, true
	case v.classification == "Security":
		v.state, v.version = messages.AvailableSecurityUpdate, spelling(p.Versions[0].Version)
		return v, true
	}
	return v, false
}

// toOr is what a run installed, or what the scan has where none did.
func (a *attempt) toOr(scanned *string) string {
	if a == nil {
		return *scanned
	}
	return a.to
}

// kbReboots: the scan says of this KB that it waits for a boot, and none was seen since.
func (r *reading) kbReboots(p *messages.Package) bool {
	return p.State == "reboot" && r.settings.PendingReboot != "runs" && !r.bootSince(r.scan.TakenAt, r.scan.BootID)
}

// kbFits reports whether an entry fits any KB or bulletin of the scan.
func (r *reading) kbFits(entry string) bool {
	var known []messages.Advisory
	for _, a := range r.scan.Advisories {
		if !strings.EqualFold(a.Status, "retracted") {
			known = append(known, a)
		}
	}
	if kbNamed(entry, "", known) {
		return true
	}
	return slices.ContainsFunc(r.scan.Packages, func(p messages.Package) bool { return kbNamed(entry, p.Name, nil) })
}

// Random hosts of Windows.

var kbNames = []string{"KB1", "KB2", "KB3", "KB1", "KB2", "kb4", "0f0e-upd"}

func (m *maker) kbScan(s *messages.Scan) {
	for i := range 3 {
		products := pick(m, nil, []string{"Windows Server 2022"}, []string{"Office 2019", "Windows Server 2022"})
		s.Advisories = append(s.Advisories, messages.Advisory{
			ID: []string{"A", "B", "C"}[i], Type: pick(m, "Security Updates", "SecurityUpdates", "Updates", "Update Rollups", "CriticalUpdates", ""),
			Severity: pick(m, "Critical", "important", "Moderate", "", ""), Status: pick(m, "", "", "", "retracted"),
			UpdatedAt: pick(m, time.Time{}, time.Unix(0, 0).UTC(), m.time(), m.time().Add(-7*24*time.Hour)), IssuedAt: pick(m, time.Time{}, m.time()),
			Aliases: pick(m, nil, nil, []string{"MS10-048"}, []string{"9"}), Products: products, Families: pick(m, nil, []string{"Windows"}, []string{"Office"}),
			Set: pick(m, "", "OS", "OS", "APPLICATION"),
		})
	}
	seen := map[string]bool{}
	for range 1 + m.upTo(3) {
		p := messages.Package{Name: m.name(), Arch: m.arch(), State: pick(m, "", "installed", "reboot", "applicable", "applicable", "hidden", "superseded")}
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		v := messages.Version{Version: pick(m, "1", "200"), ReleasedAt: pick(m, time.Time{}, time.Time{}, m.time())}
		v.Advisories = pick(m, nil, []string{"A"}, []string{"B"}, []string{"C"}, []string{"A", "B"})
		switch p.State {
		case "", "installed", "reboot":
			p.Installed = new(pick(m, v.Version, v.Version, "7"))
			if m.odds(50) {
				p.InstalledAt = m.time()
			}
			if m.odds(20) {
				p.Advisories = []string{"C"}
			}
		}
		if p.Installed == nil || !m.odds(20) {
			p.Versions = []messages.Version{v}
		}
		s.Packages = append(s.Packages, p)
	}
}

func (m *maker) kbFilter() readFilter {
	switch pick(m, "PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "CLASSIFICATION", "MSRC_SEVERITY", "MSRC_SEVERITY", "PATCH_SET", "PATCH_SET", "SEVERITY") {
	case "PRODUCT":
		return readFilter{"PRODUCT", pick(m, []string{"*"}, []string{"WindowsServer2022"}, []string{"x", "Office 2019"})}
	case "PRODUCT_FAMILY":
		return readFilter{"PRODUCT_FAMILY", pick(m, []string{"*"}, []string{"windows"}, []string{"Office"})}
	case "CLASSIFICATION":
		return readFilter{"CLASSIFICATION", pick(m, []string{"*"}, []string{"SecurityUpdates"}, []string{"Critical Updates", "Security Updates"}, []string{"UpdateRollups", "updates"})}
	case "MSRC_SEVERITY":
		return readFilter{"MSRC_SEVERITY", pick(m, []string{"*"}, []string{"Critical", "Important"}, []string{"Unspecified"}, []string{"moderate"})}
	case "PATCH_SET":
		return readFilter{"PATCH_SET", pick(m, []string{"*"}, []string{"OS"}, []string{"APPLICATION"}, []string{"os", "Application"})}
	}
	return readFilter{"SEVERITY", []string{"Critical"}}
}

var kbEntries = []string{"KB1", "1", "kb2", "2", "KB*", "MS10-048", "ms10-048", "9", "KB9", "A", "0F0E-UPD", "KB4", "zzz", "CVE-1"}
