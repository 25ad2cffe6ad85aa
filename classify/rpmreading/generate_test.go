package rpmreading

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// maker draws hosts whose events meet: few names, few versions, few days, times and ids that are equal.
type maker struct {
	*rapid.T
	os    messages.OS
	scan  *messages.Scan       // the newest one drawn
	built map[string]time.Time // one of each version, however it is spelled
	last  int                  // id of an event
}

// noon is about when all of it is looked at.
var noon = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

func (m *maker) upTo(n int) int { return rapid.IntRange(0, n).Draw(m.T, "n") }

// in: in that many of 100.
func (m *maker) in(hundred int) bool { return m.upTo(99) < hundred }

func pick[T any](m *maker, of ...T) T { return of[m.upTo(len(of)-1)] }

// some returns at most n of the values, each once.
func some[T any](m *maker, n int, of ...T) (list []T) {
	for _, v := range of {
		if len(list) < n && m.in(100/(len(of)+1)) {
			list = append(list, v)
		}
	}
	return list
}

// before is a time in the days before noon, now and then on a whole one.
func (m *maker) before(days int) time.Time {
	hour := noon.Add(-time.Duration(m.upTo(days*24)) * time.Hour)
	return pick(m, hour, hour.Add(-time.Duration(m.upTo(3599))*time.Second), hour.Truncate(24*time.Hour), hour.Truncate(24*time.Hour).Add(12*time.Hour))
}

func (m *maker) id() string { m.last++; return fmt.Sprint("e", m.last) }

var products = []messages.OS{
	{System: "REDHAT_ENTERPRISE_LINUX", Product: "RedhatEnterpriseLinux9.3", Arch: "x86_64"}, {System: "AMAZON_LINUX_2", Product: "AmazonLinux2.0", Arch: "x86_64"},
	{System: "SUSE", Product: "Suse15.5", Arch: "x86_64"}, {System: "CENTOS", Product: "CentOS7.9", Arch: "x86_64"},
}

var names = []string{"sudo", "bash", "kernel-core", "kernel-default", "Tool_u", "a+b"}

// common meet, and some of them are equal; rare are hard to order; none can be ordered by anybody.
var (
	common = []string{"1.0-1", "1.0-1.el9", "1.1-1", "1.1-2", "1.2-1.el9", "1.10-1", "0:1.1-1", "1:1.0-1", "1.01-1"}
	rare   = []string{
		"1.0~rc1-1", "1.0^git1-1", "1_0-10.el9", "1.0.1-01", "1.0a-1", "1.0A-1", "1.0^~-1", "1.1{x}-1", "2.0", "(none):1.1-1", ":1.9-1", "00:1.0-1",
		"4294967295:1-1", "5.14.0-362.8.1.el9_3", "5.14.21-150500.55.39.1",
	}
	none = []string{"1.0-", "-1", "1.0é-1", "x:1-1", "1 0-1", ""}
)

func (m *maker) version() string {
	switch n := m.upTo(99); {
	case n < 3:
		return pick(m, none...)
	case n < 25:
		return pick(m, rare...)
	}
	return pick(m, common...)
}

func (m *maker) full() *messages.Scan {
	s := &messages.Scan{ID: m.id(), Host: "h", TakenAt: m.before(5), Complete: true, Hash: pick(m, "", "one", "two"), OS: m.os}
	m.boots(s)
	if m.in(80) {
		s.IndexAt = s.TakenAt.Add(-time.Duration(m.upTo(20*24)-26) * time.Hour)
	}
	for range m.upTo(4) {
		s.Origins = append(s.Origins, m.origin(s.TakenAt))
	}
	for i := range m.upTo(7) {
		s.Advisories = append(s.Advisories, m.advisory(i))
	}
	seen := map[string]bool{}
	for range 1 + m.upTo(5) {
		if p := m.pkg(s); !seen[p.Name+p.Arch] {
			seen[p.Name+p.Arch] = true
			s.Packages = append(s.Packages, p)
		}
	}
	for i := range 1 + 9*m.upTo(1) { // which makes a tenth of them one package or two
		s.Packages = append(s.Packages, messages.Package{Name: fmt.Sprint("filler-", i), Arch: "noarch", Installed: new("1-1")})
	}
	s.OS.Kernel = m.kernel(s)
	m.scan = s
	return s
}

func (m *maker) origin(at time.Time) messages.Origin {
	return messages.Origin{
		Archive: pick(m, "baseos", "appstream", "epel"), Site: "x", Label: pick(m, "", "y"), Trusted: m.in(85), Notices: m.in(80), Unread: m.in(4),
		Date: pick(m, time.Time{}, at.Add(-time.Duration(m.upTo(20*24)-26)*time.Hour), at.AddDate(0, 0, -14), at.AddDate(0, 0, -1), at),
	}
}

func (m *maker) advisory(i int) messages.Advisory {
	return messages.Advisory{
		ID:       fmt.Sprintf(pick(m, "RHSA-2024:%04d", "RHBA-2024:%04d", "ALAS2023-2024-%d"), i),
		Type:     pick(m, "security", "Security", "bugfix", "bugfix", "enhancement", "newpackage", "recommended", "feature", "features", ""),
		Severity: pick(m, "Critical", "Important", "IMPORTANT", "Moderate", "medium", "Low", "None", "", "n/a", "unspecified"),
		Status:   pick(m, "", "", "final", "retracted", "Retracted"),
		IssuedAt: pick(m, time.Time{}, m.before(20), m.before(20)), UpdatedAt: pick(m, time.Time{}, time.Time{}, m.before(20), noon.AddDate(0, 0, 2)),
		CVEs: some(m, 2, "CVE-2024-1", "CVE-2024-2", "CVE-2024-3"), Bugs: some(m, 1, "2255568", "11"), Aliases: some(m, 1, "ELSA-2024-1"),
	}
}

func (m *maker) references(s *messages.Scan, n int) []string {
	var ids []string
	for i := range s.Advisories {
		ids = append(ids, s.Advisories[i].ID)
	}
	return some(m, n, ids...)
}

func (m *maker) pkg(s *messages.Scan) messages.Package {
	p := messages.Package{
		Name: pick(m, names...), Arch: pick(m, "x86_64", "x86_64", "noarch", "i686"), State: pick(m, "", "", "", "", "", "installed"),
		Module: pick(m, "", "", "", "", "n:1:7", "n:2:7"), Hold: m.in(8), KeptBack: m.in(15), InstalledAt: pick(m, time.Time{}, m.before(10)),
	}
	if m.in(3) {
		p.State = pick(m, "config-files", "duplicate")
	}
	if m.in(90) {
		p.Installed, p.Advisories = new(m.version()), m.references(s, 3)
	}
	if p.Installed != nil && m.in(15) {
		p.Others, p.SideBySide = some(m, 2, "0.9-1", "0.8-1.el9", "0.5-362.8.1.el9_3", "0.5-150500.55.39.1"), m.in(70)
	}
	m.versions(s, &p)
	p.Candidate = pick(m, "", m.version(), m.version())
	if n := len(p.Versions); n > 0 && m.in(80) {
		p.Candidate = p.Versions[m.upTo(n-1)].Version
	}
	return p
}

func (m *maker) versions(s *messages.Scan, p *messages.Package) {
	for range m.upTo(4) {
		v := messages.Version{Version: m.version(), Advisories: m.references(s, 2), Excluded: m.in(12), Module: pick(m, "", "", "", "", "n:1:9", "n:2", "o:1:9")}
		if p.Installed != nil && m.in(20) {
			v.Version = *p.Installed
		} else if m.in(10) {
			v.Arch = pick(m, "noarch", "x86_64", "i686")
		}
		if at, ok := parse(v.Version); ok && p.Installed != nil && v.Arch != "" {
			if here, ok := parse(*p.Installed); ok && at.cmp(here) == 0 {
				v.Arch = "" // of another architecture only what is above is listed
			}
		}
		if n := len(s.Origins); n > 0 && m.in(85) {
			v.Origins = []int{m.upTo(n - 1)}
		}
		v.ReleasedAt = m.releasedAt(v.Version)
		if !slices.ContainsFunc(p.Versions, func(w messages.Version) bool { return w.Version == v.Version }) {
			p.Versions = append(p.Versions, v)
		}
	}
}

func (m *maker) releasedAt(text string) time.Time {
	v, _ := parse(text)
	of := fmt.Sprint(v.epoch, cutRuns(v.ver), cutRuns(v.rel))
	if _, known := m.built[of]; !known {
		m.built[of] = pick(m, time.Time{}, m.before(20))
	}
	return m.built[of]
}

// kernel runs one of the versions that stand side by side.
func (m *maker) kernel(s *messages.Scan) string {
	for i := range s.Packages {
		p := &s.Packages[i]
		if len(p.Others) == 0 || m.in(20) {
			continue
		}
		_, vr, _ := strings.Cut(":"+pick(m, append([]string{*p.Installed}, p.Others...)...), ":")
		if n := strings.LastIndexByte(vr, '.'); m.os.System == "SUSE" && n > 0 {
			return vr[:n] + "-default"
		}
		return vr + "." + p.Arch
	}
	return pick(m, "", "6.1.0-1.x86_64")
}

func (m *maker) boots(s *messages.Scan) {
	s.BootID, s.Machine = pick(m, "", "b1", "b2"), pick(m, "", "", "m1", "m1", "m2")
	s.BootedAt = pick(m, time.Time{}, s.TakenAt.Add(-time.Duration(m.upTo(240))*time.Hour))
	if m.in(35) {
		s.RebootRequired, s.RebootPackages = new(m.in(70)), some(m, 2, names...)
	}
}

func (m *maker) events() []messages.Event {
	events := []messages.Event{m.full()}
	if m.in(10) {
		events = append(events, m.full())
	}
	for range m.upTo(5) {
		switch m.upTo(9) {
		case 0, 1:
			events = append(events, m.unchanged())
		case 2:
			events = append(events, m.incomplete())
		case 3, 4:
			events = append(events, m.override())
		default:
			events = append(events, m.run())
		}
	}
	if m.in(4) {
		events = append(events, &messages.Retire{ID: m.id(), Host: "h", At: m.before(6)})
	}
	return events
}

func (m *maker) unchanged() *messages.Scan {
	s := &messages.Scan{ID: m.id(), Host: "h", TakenAt: m.before(5), Complete: true, Unchanged: true, Hash: pick(m, "", "one", m.scan.Hash, m.scan.Hash), OS: m.scan.OS}
	m.boots(s)
	s.IndexAt = pick(m, time.Time{}, s.TakenAt.Add(-time.Duration(m.upTo(20*24))*time.Hour))
	for _, o := range m.scan.Origins {
		if o.Date = pick(m, time.Time{}, m.before(20)); m.in(40) {
			s.Origins = append(s.Origins, o)
		}
	}
	return s
}

func (m *maker) incomplete() *messages.Scan {
	s := &messages.Scan{ID: m.id(), Host: "h", TakenAt: m.before(5), Error: "no", OS: m.scan.OS}
	m.boots(s)
	return s
}

func (m *maker) run() *messages.Run {
	r := &messages.Run{
		ID: m.id(), Host: "h", RunID: "r", Operation: pick(m, messages.OperationInstall, messages.OperationScan), FinishedAt: pick(m, m.before(5), m.before(5), m.scan.TakenAt),
		Error: pick(m, "", "", "", "no"), BootID: pick(m, "", "b1", "b2"), Machine: pick(m, "", "", "m1", "m2"),
	}
	if m.in(2) {
		r.FinishedAt = m.scan.TakenAt.Add(-time.Duration(180*24-1+m.upTo(2)) * time.Hour)
	}
	r.StartedAt, r.BootedAt = r.FinishedAt, pick(m, time.Time{}, r.FinishedAt.Add(-time.Hour))
	r.ExitCode, r.Succeeded = pick(m, nil, new(0), new(1)), pick(m, nil, nil, new(true), new(false))
	if m.in(60) {
		r.RebootRequired, r.RebootPackages = new(m.in(70)), some(m, 2, names...)
	}
	for range m.upTo(4) {
		r.Outcomes = append(r.Outcomes, m.outcome())
	}
	return r
}

func (m *maker) outcome() messages.Outcome {
	p := &messages.Package{Name: pick(m, names...), Arch: pick(m, "x86_64", "i686")}
	if m.in(80) {
		p = &m.scan.Packages[m.upTo(len(m.scan.Packages)-1)]
	}
	to := m.version()
	if n := len(p.Versions); n > 0 && m.in(70) {
		to = p.Versions[m.upTo(n-1)].Version
	}
	return messages.Outcome{
		Name: p.Name, Arch: p.Arch, To: &to, From: pick(m, "", "1.0-1"), Error: pick(m, "", "no"),
		Result: pick(m, messages.ResultInstalled, messages.ResultFailed, messages.ResultFailed, messages.ResultSkipped),
	}
}

func (m *maker) override() *messages.Override {
	p := &m.scan.Packages[m.upTo(len(m.scan.Packages)-1)]
	return &messages.Override{
		ID: m.id(), Host: "h", Patch: p.Name + "." + p.Arch, At: m.before(5), State: pick(m, messages.States()...), Level: pick(m, append(messages.Levels(), "", "")...),
		Reason: "r", By: "b", Withdraw: m.in(15), ExpiresAt: pick(m, time.Time{}, noon.Add(time.Duration(m.upTo(100)-50)*time.Hour)),
	}
}

func (m *maker) baseline() *baseline.Baseline {
	if m.in(6) {
		return baseline.Default(m.os.System)
	}
	b := &baseline.Baseline{OperatingSystem: m.os.System, AvailableSecurityUpdatesComplianceStatus: pick(m, "", "COMPLIANT", "NON_COMPLIANT")}
	if m.in(20) {
		b.GlobalFilters = m.filters()
	}
	for range m.upTo(3) {
		filters := m.filters()
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, baseline.Rule{
			PatchFilterGroup: &filters, ComplianceLevel: pick(m, append(messages.Levels(), "")...), EnableNonSecurity: m.in(35),
			ApproveAfterDays: pick(m, nil, nil, new(0.0), new(0.5), new(3.0), new(7.0)), ApproveUntilDate: pick(m, "", "", m.until()),
		})
	}
	for range m.upTo(3) * m.upTo(1) {
		b.ApprovedPatches = append(b.ApprovedPatches, m.entry())
	}
	for range m.upTo(2) * m.upTo(1) {
		b.RejectedPatches = append(b.RejectedPatches, m.entry())
	}
	b.ApprovedPatchesComplianceLevel, b.ApprovedPatchesEnableNonSecurity = pick(m, append(messages.Levels(), "")...), m.in(50)
	b.RejectedPatchesAction = pick(m, "", baseline.ActionAllow, baseline.ActionBlock, baseline.ActionBlock)
	return b
}

// until is mostly a day on which a notice came out.
func (m *maker) until() string {
	if n := len(m.scan.Advisories); n > 0 && m.in(80) {
		return dated(&m.scan.Advisories[m.upTo(n-1)]).Format(time.DateOnly)
	}
	return m.before(20).Format(time.DateOnly)
}

func (m *maker) filters() (g baseline.FilterGroup) {
	add := func(likely int, key string, values ...string) {
		if m.in(likely) {
			g.PatchFilters = append(g.PatchFilters, baseline.Filter{Key: key, Values: values})
		}
	}
	add(40, "PRODUCT", pick(m, "*", "*", "*", m.os.Product, strings.ToLower(m.os.Product), "RedhatEnterpriseLinux9", "AmazonLinux2"))
	add(50, "CLASSIFICATION", some(m, 4, "Security", "Bugfix", "*", "Feature", "Features", "recommended", "Newpackage")...)
	add(40, "SEVERITY", some(m, 4, "Critical", "important", "*", "Medium", "Moderate", "Low", "None")...)
	add(5, "PRIORITY", "Required")
	add(5, "CLASSIFICATION", "Security", "Bugfix")
	return g
}

// entry names something of the scan, in one of the forms, or nothing.
func (m *maker) entry() string {
	p := &m.scan.Packages[m.upTo(len(m.scan.Packages)-1)]
	forms := []string{"nosuch", "999", "CVE-1999-1", "*", "su*", "[sb]*", "[!s]*", "*-1.1-*", "RHSA-*", "CVE-*", p.Name, p.Name, p.Name + "." + p.Arch}
	if p.Installed != nil {
		forms = append(forms, formsOf(p.Name, p.Arch, *p.Installed)...)
	}
	for i := range p.Versions {
		forms = append(forms, formsOf(p.Name, p.Arch, p.Versions[i].Version)...)
	}
	if n := len(m.scan.Advisories); n > 0 && m.in(40) {
		a := &m.scan.Advisories[m.upTo(n-1)]
		forms = slices.Concat([]string{a.ID}, a.CVEs, a.Bugs, a.Aliases)
	}
	form := pick(m, forms...)
	return pick(m, form, form, form, strings.ToUpper(form), form+".rpm", form[:len(form)-1]+"*", "?"+form[1:])
}

func formsOf(name, arch, text string) []string {
	v, ok := parse(text)
	if !ok {
		return nil
	}
	epoch, vr := fmt.Sprint(v.epoch), strings.TrimSuffix(v.ver+"-"+v.rel, "-")
	return []string{
		name + "-" + v.ver, name + "-" + vr, name + "-" + vr + "." + arch, v.ver, vr, epoch + ":" + vr, name + "-" + epoch + ":" + vr,
		name + "-" + epoch + ":" + vr + "." + arch, epoch + ":" + name + "-" + vr + "." + arch, name + "." + arch + ":" + epoch + ":" + vr,
	}
}
