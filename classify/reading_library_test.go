package classify_test

import (
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// Random baselines, what they are bound to, and settings.

func (m *maker) library() readLibrary {
	l := readLibrary{
		baselines: map[string]*readBaseline{}, groups: map[string]string{}, others: map[string]string{"g1": "one"},
		settings: m.settings(),
	}
	for _, id := range []string{"one", "two"} {
		if !m.odds(5) {
			b := m.baseline(id)
			l.baselines[id] = b
		}
	}
	if m.odds(5) {
		l.baselines["two"] = nil
	}
	if !m.odds(15) {
		l.fallback = "one"
	}
	for _, group := range []string{"g1", "g2"} {
		if m.odds(30) {
			l.groups[group] = pick(m, "two", "one", "none", builtinID(m.distribution.os.System))
		}
	}
	if m.odds(20) {
		l.hostGroup = pick(m, "g1", "g2", "g3")
	}
	return l
}

func builtinID(system string) string {
	if b := builtinOf(system); b != nil {
		return b.BaselineId
	}
	return "none"
}

func (m *maker) settings() readSettings {
	s := readSettings{
		FailedUntil:   pick(m, "", "", "resolved", "next-scan"),
		PendingReboot: pick(m, "", "", "any", "runs"),
		ListsMaxAge:   pick(m, "", "14d", "3d"),
		ScanMaxAge:    pick(m, "", "1d", "7d", "30d"),
	}
	if m.odds(10) {
		s.SecurityArchives = []string{"Acme"}
	}
	if m.odds(10) {
		s.SecuritySites = []string{"ARCHIVE.ubuntu.com"}
	}
	if m.odds(10) {
		s.SecurityLabels = []string{"own", "debian"}
	}
	if m.odds(10) {
		s.OwnSecurityArchives = []string{"acme", "House"}
	}
	if m.odds(10) {
		s.OwnSecuritySites = []string{"Mirror.example", "raspbian.raspberrypi.org"}
	}
	if m.odds(10) {
		s.OwnSecurityLabels = []string{"OWN"}
	}
	return s
}

func (m *maker) level() messages.Level {
	return pick(m, append([]messages.Level{""}, messages.Levels()...)...)
}

func (m *maker) baseline(id string) *readBaseline {
	b := &readBaseline{
		BaselineId: id, Name: id, RejectedPatchesAction: pick(m, "", "BLOCK", "BLOCK", "ALLOW_AS_DEPENDENCY"),
		ApprovedPatchesComplianceLevel: m.level(), ApprovedPatchesEnableNonSecurity: m.odds(50),
		AvailableSecurityUpdatesComplianceStatus: pick(m, "", "COMPLIANT", "NON_COMPLIANT"),
	}
	if m.odds(10) {
		b.OperatingSystem = pick(m, "UBUNTU", "DEBIAN")
		if m.distribution.os.System != b.OperatingSystem {
			b.OperatingSystem = ""
		}
	}
	if m.odds(20) {
		b.GlobalFilters = m.filters()
	}
	b.ApprovalRules.PatchRules = []readRule{}
	for range m.upTo(3) {
		rule := readRule{PatchFilterGroup: m.filters(), ComplianceLevel: m.level(), EnableNonSecurity: m.odds(50)}
		if m.odds(10) {
			rule.ApproveAfterDays = new(7)
		} else if m.distribution.os.System == "WINDOWS" {
			rule.ApproveAfterDays = pick(m, nil, nil, new(0), new(7), new(7))
		}
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, rule)
	}
	b.ApprovedPatches, b.RejectedPatches = m.entries(40), m.entries(30)
	return b
}

func (m *maker) filters() readGroup {
	var g readGroup
	for range m.upTo(3) {
		switch m.distribution.os.System {
		case "WINDOWS":
			g.PatchFilters = append(g.PatchFilters, m.kbFilter())
			continue
		case "MACOS":
			g.PatchFilters = append(g.PatchFilters, m.macFilter())
			continue
		}
		f := readFilter{Key: pick(m, "PRIORITY", "SECTION", "PRODUCT", "PRODUCT", "CLASSIFICATION")}
		switch f.Key {
		case "PRIORITY":
			f.Values = pick(m, []string{"Optional"}, []string{"*"}, []string{"Required", "EXTRA"}, []string{"Opt*"})
		case "SECTION":
			f.Values = pick(m, []string{"net"}, []string{"*"}, []string{"universe/NET", "x"})
		case "PRODUCT":
			f.Values = pick(m, []string{"*"}, []string{m.distribution.os.Product, "x"}, []string{"Ubuntu24.04"})
		default:
			f.Values = []string{"Security"}
		}
		if f.Values[0] == "" {
			f.Values = []string{"*"}
		}
		g.PatchFilters = append(g.PatchFilters, f)
	}
	if g.PatchFilters == nil {
		g.PatchFilters = []readFilter{}
	}
	return g
}

func (m *maker) entries(odds int) []string {
	if !m.odds(odds) {
		return nil
	}
	var entries []string
	for range 1 + m.upTo(2) {
		switch m.distribution.os.System {
		case "WINDOWS":
			entries = append(entries, pick(m, kbEntries...))
			continue
		case "MACOS":
			entries = append(entries, pick(m, macEntries...))
			continue
		}
		name, arch, version := m.name(), m.arch(), m.version()
		if version == "" { // AWS has no empty entry
			version = "9"
		}
		entries = append(entries, pick(m, name, name, strings.ToUpper(name), name+"."+arch, name+"-"+version, version, arch+":"+version,
			name+"."+arch+":"+version, pick(m, readGlobs...), pick(m, readGlobs...)))
	}
	return entries
}

var readGlobs = []string{"*", "A*", "a?", "[!b]", "[]a]*", "*1.1", "a[", "*amd64*", "linux-image-*", "*-1.[0-2]", "[^a]", "[b-a]*", "1.1*",
	"zzz", "ZZZ", "zzz.amd64", "x:1", "*:1.?"}
