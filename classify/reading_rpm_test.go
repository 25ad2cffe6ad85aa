package classify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// Section 8 of docs/classification.md, read as it stands: one package of rpm, its versions and notices, one baseline, no
// runs. Slow and plain, as the other readings are; but by the same hand as the code, so that it finds slips rather than
// misreadings.

type readRPM struct {
	scan     *messages.Scan
	baseline *readBaseline
	now      time.Time
}

// matching is one subject that rules are tried on: a notice, or a version without any.
type matching struct {
	notice *messages.Advisory // nil: none
	at     time.Time
}

func (r *readRPM) notice(id string) *messages.Advisory {
	for i := range r.scan.Advisories {
		if a := &r.scan.Advisories[i]; a.ID == id && !strings.EqualFold(a.Status, "retracted") {
			return a
		}
	}
	return nil
}

func (r *readRPM) noticesOf(ids []string) (list []*messages.Advisory) {
	for _, id := range ids {
		if n := r.notice(id); n != nil {
			list = append(list, n)
		}
	}
	return list
}

// namesRPM: "Names". Entries of these histories have no globs but a lone *.
func namesRPM(entry string, p *messages.Package, text string, notices []*messages.Advisory) bool {
	entry = strings.ToLower(entry)
	if entry == "*" {
		return true
	}
	digits := entry != "" && strings.Trim(entry, "0123456789") == ""
	for _, n := range notices {
		if digits && slices.Contains(n.Bugs, entry) || !digits && strings.EqualFold(n.ID, entry) ||
			!digits && slices.ContainsFunc(n.CVEs, func(c string) bool { return strings.EqualFold(c, entry) }) {
			return true
		}
	}
	if digits {
		return false
	}
	epoch, vr, found := strings.Cut(text, ":")
	if !found {
		epoch, vr = "0", text
	}
	v, _, _ := strings.Cut(vr, "-")
	forms := []string{p.Name, p.Name + "." + p.Arch, p.Name + "-" + v, p.Name + "-" + vr, p.Name + "-" + vr + "." + p.Arch, v, vr, epoch + ":" + vr,
		p.Name + "-" + epoch + ":" + vr, p.Name + "-" + epoch + ":" + vr + "." + p.Arch, epoch + ":" + p.Name + "-" + vr + "." + p.Arch, p.Name + "." + p.Arch + ":" + epoch + ":" + vr}
	return slices.Contains(forms, strings.TrimSuffix(entry, ".rpm"))
}

func (r *readRPM) filtersTake(filters []readFilter, of matching) bool {
	last := map[string][]string{}
	for _, f := range filters {
		last[f.Key] = f.Values
	}
	for key, values := range last {
		var has string
		switch key {
		case "PRODUCT":
			has = r.scan.OS.Product
		case "CLASSIFICATION":
			if of.notice != nil {
				has = of.notice.Type
			}
		case "SEVERITY":
			if of.notice != nil {
				if has = of.notice.Severity; has == "" || strings.EqualFold(has, "n/a") {
					has = "None"
				}
			}
		}
		same := func(v string) bool {
			return v == "*" || has != "" && (strings.EqualFold(v, has) || strings.EqualFold(v, "Medium") && strings.EqualFold(has, "Moderate"))
		}
		if !slices.ContainsFunc(values, same) {
			return false
		}
	}
	return true
}

// takes: rules 2 and 3 of "Matching", of a version named text with those subjects.
func (r *readRPM) takes(p *messages.Package, text string, of []matching) (messages.Level, bool) {
	var notices []*messages.Advisory
	for _, m := range of {
		if m.notice != nil {
			notices = append(notices, m.notice)
		}
	}
	level, ok := messages.Unspecified, false
	for _, entry := range r.baseline.ApprovedPatches {
		if namesRPM(entry, p, text, notices) && (len(notices) > 0 || r.baseline.ApprovedPatchesEnableNonSecurity) {
			level, ok = higher(level, r.baseline.ApprovedPatchesComplianceLevel), true
		}
	}
	for _, m := range of {
		if !r.filtersTake(r.baseline.GlobalFilters.PatchFilters, m) {
			continue
		}
		for _, rule := range r.baseline.ApprovalRules.PatchRules {
			over := rule.ApproveAfterDays == nil || m.at.IsZero() || r.now.After(m.at.Add(time.Duration(*rule.ApproveAfterDays)*24*time.Hour))
			if r.filtersTake(rule.PatchFilterGroup.PatchFilters, m) && (m.notice != nil || rule.EnableNonSecurity) && over {
				level, ok = higher(level, rule.ComplianceLevel), true
			}
		}
	}
	return level, ok
}

func released(n *messages.Advisory, built time.Time) time.Time {
	for _, t := range []time.Time{n.UpdatedAt, n.IssuedAt} {
		if !t.IsZero() {
			return t
		}
	}
	return built
}

// subjects are what a version is tried on: its notices, or itself.
func (r *readRPM) subjects(v *messages.Version) (of []matching) {
	for _, n := range r.noticesOf(v.Advisories) {
		of = append(of, matching{n, released(n, v.ReleasedAt)})
	}
	if len(of) == 0 {
		of = append(of, matching{nil, v.ReleasedAt})
	}
	return of
}

func (r *readRPM) rejects(p *messages.Package, v *messages.Version) bool {
	return slices.ContainsFunc(r.baseline.RejectedPatches, func(e string) bool { return namesRPM(e, p, v.Version, r.noticesOf(v.Advisories)) })
}

// state reads "States" of an installed package.
func (r *readRPM) state(p *messages.Package) string {
	here := &messages.Version{Version: *p.Installed}
	carried := func(v *messages.Version) bool { return len(v.Origins) > 0 }
	level, top, security := messages.Unspecified, "", false
	for i := range p.Versions {
		v := &p.Versions[i]
		order := version.CompareRPM(v.Version, *p.Installed)
		if order == 0 {
			here = v
		}
		if order <= 0 || !carried(v) || r.rejects(p, v) {
			continue
		}
		if l, ok := r.takes(p, v.Version, r.subjects(v)); ok {
			level = higher(level, l)
			if top == "" || version.CompareRPM(v.Version, top) > 0 {
				top = v.Version
			}
			security = security || slices.ContainsFunc(r.noticesOf(v.Advisories), func(n *messages.Advisory) bool { return strings.EqualFold(n.Type, "security") })
		}
	}
	switch {
	case top != "":
		return fmt.Sprint(messages.Missing, top, level, security)
	case r.rejects(p, here):
		if r.baseline.RejectedPatchesAction == "BLOCK" {
			return fmt.Sprint(messages.InstalledRejected, *p.Installed, messages.Unspecified, r.secure(here))
		}
		return fmt.Sprint(messages.InstalledOther, *p.Installed, messages.Unspecified, r.secure(here))
	}
	var of []matching
	if carried(here) || len(r.noticesOf(here.Advisories)) > 0 {
		of = r.subjects(here)
	}
	for _, n := range r.noticesOf(p.Advisories) {
		of = append(of, matching{n, released(n, here.ReleasedAt)})
	}
	if l, ok := r.takes(p, *p.Installed, of); ok && len(of) > 0 {
		return fmt.Sprint(messages.Installed, *p.Installed, l, r.secure(here))
	}
	return fmt.Sprint(messages.InstalledOther, *p.Installed, messages.Unspecified, r.secure(here))
}

func (r *readRPM) secure(v *messages.Version) bool {
	return slices.ContainsFunc(r.noticesOf(v.Advisories), func(n *messages.Advisory) bool { return strings.EqualFold(n.Type, "security") })
}

func (m *maker) rpmHost() *messages.Scan {
	s := &messages.Scan{
		ID: "s", Host: readHost, TakenAt: readStart, Complete: true, IndexAt: readStart,
		OS:      messages.OS{System: pick(m, "ROCKY_LINUX", "SUSE", "ORACLE_LINUX"), Product: "P9.3", Arch: "x86_64"},
		Origins: []messages.Origin{{Archive: "base", Trusted: true, Notices: true, Date: readStart}},
	}
	times := []time.Time{{}, readStart.Add(-7 * 24 * time.Hour), readStart.Add(-7*24*time.Hour - 1), readStart.Add(-24 * time.Hour), readStart.Add(-90 * 24 * time.Hour)}
	for i := range 5 {
		s.Advisories = append(s.Advisories, messages.Advisory{
			ID: fmt.Sprint("N-", i), Type: pick(m, "security", "Security", "bugfix", ""), Severity: pick(m, "Critical", "moderate", "Moderate", "None", "", "n/a"),
			Status: pick(m, "", "", "", "retracted"), IssuedAt: pick(m, times...), UpdatedAt: pick(m, times[0], times[0], times[1], times[3]),
			CVEs: pick(m, nil, []string{fmt.Sprint("CVE-", i%2)}), Bugs: pick(m, nil, []string{fmt.Sprint(i % 2)}),
		})
	}
	ids := func() (list []string) {
		for range m.upTo(2) {
			list = append(list, fmt.Sprint("N-", m.upTo(4)))
		}
		return list
	}
	p := messages.Package{Name: "a", Arch: "x86_64", Installed: new(pick(m, "1.0-1", "1.1-1", "1:1.0-1", "1.1~rc1-1")), Advisories: ids()}
	for _, v := range []string{"1.0-1", "1.1-1", "1.1^git-1", "1.10-1", "1:1.0-1", "2:0.1-1"} {
		if m.odds(50) {
			p.Versions = append(p.Versions, messages.Version{Version: v, Origins: pick(m, nil, []int{0}, []int{0}), ReleasedAt: pick(m, times...), Advisories: ids()})
		}
	}
	s.Packages = []messages.Package{p}
	return s
}

func (m *maker) rpmBaseline() *readBaseline {
	b := &readBaseline{BaselineId: "one", Name: "one", RejectedPatchesAction: pick(m, "", "BLOCK", "ALLOW_AS_DEPENDENCY")}
	filters := func() readGroup {
		g := readGroup{[]readFilter{}}
		for range m.upTo(2) {
			switch pick(m, "PRODUCT", "CLASSIFICATION", "SEVERITY", "CLASSIFICATION", "SEVERITY") {
			case "PRODUCT":
				g.PatchFilters = append(g.PatchFilters, readFilter{"PRODUCT", pick(m, []string{"*"}, []string{"p9.3"}, []string{"P9"})})
			case "CLASSIFICATION":
				g.PatchFilters = append(g.PatchFilters, readFilter{"CLASSIFICATION", pick(m, []string{"*"}, []string{"Security"}, []string{"Bugfix", "x"})})
			default:
				g.PatchFilters = append(g.PatchFilters, readFilter{"SEVERITY", pick(m, []string{"*"}, []string{"Medium"}, []string{"critical", "None"}, []string{"Moderate"})})
			}
		}
		return g
	}
	b.ApprovalRules.PatchRules = []readRule{}
	for range m.upTo(2) {
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, readRule{
			filters(), pick(m, "", messages.High, messages.Low), m.odds(40), pick(m, nil, nil, new(0), new(7)),
		})
	}
	if m.odds(25) {
		b.GlobalFilters = filters()
	}
	entry := func() string {
		return pick(m, "a", "a.x86_64", "b", "A-1.1", "a-1.10-1.x86_64.rpm", "0:1.1-1", "1:a-1.0-1.x86_64", "N-1", "n-2", "CVE-0", "cve-1", "0", "1", "*", "1.1^git-1")
	}
	for range m.upTo(2) * m.upTo(1) {
		b.ApprovedPatches = append(b.ApprovedPatches, entry())
	}
	for range m.upTo(2) * m.upTo(1) {
		b.RejectedPatches = append(b.RejectedPatches, entry())
	}
	b.ApprovedPatchesComplianceLevel, b.ApprovedPatchesEnableNonSecurity = pick(m, "", messages.Medium), m.odds(50)
	return b
}

func TestTheCodeAndAReadingOfRPMAgree(t *testing.T) {
	seen := map[messages.State]bool{}
	rapid.Check(t, func(t *rapid.T) {
		m := &maker{T: t}
		r := &readRPM{scan: m.rpmHost(), baseline: m.rpmBaseline(), now: readStart}
		if err := r.scan.Validate(); err != nil {
			t.Fatal(err)
		}
		lib, err := (&readLibrary{fallback: "one", baselines: map[string]*readBaseline{"one": r.baseline}}).library(r.scan.OS)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := judge(lib, []messages.Event{r.scan}, r.now)
		want := r.state(&r.scan.Packages[0])
		for _, item := range report.Patches {
			if item.Patch != "a.x86_64" {
				continue
			}
			seen[item.State] = true
			got := fmt.Sprint(item.State, item.Version, item.Level, item.Classification == classify.Security)
			if got != want {
				t.Fatalf("the code says %s, the page %s:\n%s\n%s", got, want, asJSON(r.baseline), asJSON(r.scan))
			}
			return
		}
		t.Fatal("no item")
	})
	for _, s := range []messages.State{messages.Installed, messages.InstalledOther, messages.Missing} {
		if !seen[s] && !t.Failed() {
			t.Errorf("no host was %s", s)
		}
	}
}
