package classify

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The rows of rpm (docs/classification.md, section 8). A host is written in a few words.

// march is a day of March 2024 at noon, when the hosts are scanned unless a row says otherwise.
func march(day int) time.Time { return time.Date(2024, time.March, day, 12, 0, 0, 0, time.UTC) }

var scanned = march(10)

// theNotices are all that hosts know of. "RHSA-2024:0811 security Moderate 2024-02-14 CVE-2023-42465 bug=2255568 updated=… status=…"
var theNotices = []string{
	"RHSA-2024:0811 security Moderate 2024-02-14 CVE-2023-42465 bug=2255568",
	"RHSA-2022:9999 security Critical 2022-12-01",
	"RHBA-2024:0100 bugfix None 2024-02-01",
	"RHSA-2024:0901 security Critical 2024-02-01",
	"RHBA-2024:0902 bugfix None 2024-02-10",
	"RHSA-2024:0903 security Low 2024-02-01",
	"RHSA-2024:0500 security Important 2024-02-01",
	"RHSA-2024:0501 security Critical 2024-02-02",
	"RHSA-2024:1234 security important 2024-02-01",
	"RHSA-2024:2394 security Important 2024-02-01",
	"RHSA-2024:0310 security Low 2024-01-22T07:53:06 updated=2024-02-20T10:11:12",
	"ACME-2024:2 security Critical 2024-01-05",
	"ACME-2024:3 security Important 2024-01-06",
	"RHSA-2024:1872 security Important 2024-04-17 CVE-2023-38709",
	"SUSE-SLE-Product-SLES-15-SP5-2024-123 security critical 2024-02-01 CVE-2024-1111 status=stable",
	"SUSE-2024-9 security critical 2024-02-01 status=retracted",
	"SUSE-2024-10 recommended moderate 2024-02-01",
	"NO-DATES security Important",
	"NO-TYPE",
}

func stamp(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

func noticeOf(text string) messages.Advisory {
	words := strings.Fields(text)
	a := messages.Advisory{ID: words[0]}
	for i, word := range words[1:] {
		key, value, given := strings.Cut(word, "=")
		switch {
		case given && key == "bug":
			a.Bugs = append(a.Bugs, value)
		case given && key == "updated":
			a.UpdatedAt = stamp(value)
		case given && key == "status":
			a.Status = value
		case strings.HasPrefix(word, "CVE-"):
			a.CVEs = append(a.CVEs, word)
		case i == 0:
			a.Type = word
		case i == 1:
			a.Severity = word
		default:
			a.IssuedAt = stamp(word)
		}
	}
	return a
}

// rpmVersionOf reads "1.1-1 RHSA-2024:0811 excluded arch=noarch module=a:1 built=2024-05-01 in=acme": a version, its notices, and
// what it has beside. It is in the repository base unless it says otherwise; in= is in none.
func rpmVersionOf(text string) messages.Version {
	words := strings.Fields(text)
	v := messages.Version{Version: words[0], Origins: []int{0}}
	for _, word := range words[1:] {
		key, value, given := strings.Cut(word, "=")
		switch {
		case word == "excluded":
			v.Excluded = true
		case !given:
			v.Advisories = append(v.Advisories, word)
		case key == "arch":
			v.Arch = value
		case key == "module":
			v.Module = value
		case key == "built":
			v.ReleasedAt = stamp(value)
		case key == "in" && value == "":
			v.Origins = nil
		case key == "in":
			v.Origins = []int{slices.Index(rpmOrigins, value)}
		}
	}
	return v
}

var rpmOrigins = []string{"base", "acme", "untrusted", "epel", "appstream"}

// rpmPkg returns name.arch as it is installed ("" for not), with versions as rpmVersionOf reads them; those of the installed
// one are the notices that it fulfils. The last one is the candidate.
func rpmPkg(nameArch, installed string, available ...string) messages.Package {
	name, arch, _ := strings.Cut(nameArch, ".")
	p := messages.Package{Name: name, Arch: arch}
	if installed != "" {
		v := rpmVersionOf(installed)
		p.Installed, p.Advisories, p.Candidate = &v.Version, v.Advisories, v.Version
		p.Module = v.Module
		if len(v.Origins) > 0 { // it is listed; its notices are fulfilled, and none lists exactly this version
			v.Advisories = nil
			p.Versions = append(p.Versions, v)
		}
	}
	for _, text := range available {
		v := rpmVersionOf(text)
		p.Versions, p.Candidate = append(p.Versions, v), v.Version
	}
	return p
}

// exactly says that the notices of the installed version list exactly that one.
func exactly(p messages.Package) messages.Package {
	p.Versions[0].Advisories = p.Advisories
	return p
}

// rpmScan is a host with those packages and every notice.
func rpmScan(system, product string, packages ...messages.Package) *messages.Scan {
	s := &messages.Scan{
		ID: "scan-1", Host: "db-1", TakenAt: scanned, Complete: true, IndexAt: scanned.Add(-time.Hour),
		OS:       messages.OS{System: system, Product: product, Version: "9.3", Arch: "x86_64"},
		Packages: append(packages, rpmPkg("zz-filler.x86_64", "1-1")),
	}
	for _, id := range rpmOrigins {
		s.Origins = append(s.Origins, messages.Origin{Archive: id, Site: "repo.example.org", Trusted: id != "untrusted", Notices: id != "untrusted", Date: scanned.Add(-24 * time.Hour)})
	}
	for _, text := range theNotices {
		s.Advisories = append(s.Advisories, noticeOf(text))
	}
	return s
}

func rhel(packages ...messages.Package) *messages.Scan {
	return rpmScan("REDHAT_ENTERPRISE_LINUX", "RedhatEnterpriseLinux9.3", packages...)
}

// rpmRule reads "CLASSIFICATION=Security,Bugfix SEVERITY=Critical level=HIGH days=7 until=2024-02-20 nonsecurity".
func rpmRule(text string) baseline.Rule {
	r := filtered("")
	for _, word := range strings.Fields(text) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "level":
			r.ComplianceLevel = messages.Level(value)
		case "days":
			var days float64
			_, _ = fmt.Sscan(value, &days)
			r.ApproveAfterDays = &days
		case "until":
			r.ApproveUntilDate = value
		case "nonsecurity":
			r.EnableNonSecurity = true
		default:
			r.PatchFilterGroup.PatchFilters = append(r.PatchFilterGroup.PatchFilters, baseline.Filter{Key: key, Values: strings.Split(value, ",")})
		}
	}
	return r
}

// ruled is a baseline with those rules, and changes.
func ruled(list []string, changes ...func(*baseline.Baseline)) *baseline.Baseline {
	b := &baseline.Baseline{Name: "test", ApprovalRules: struct{ PatchRules []baseline.Rule }{[]baseline.Rule{}}}
	for _, text := range list {
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, rpmRule(text))
	}
	for _, change := range changes {
		change(b)
	}
	return b
}

// said is an item in one line: state, version, level, classification, blocked.
func said(i *Item) string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s", i.State, i.Version, i.Level, i.Classification, i.Blocked)), " ")
}

// only the items of the row, one a line, without the filler.
func rowOf(r *Report) string {
	var lines []string
	for i := range r.Patches {
		if item := &r.Patches[i]; item.Name != "zz-filler" {
			lines = append(lines, item.Patch+": "+said(item))
		}
	}
	return strings.Join(lines, "; ")
}

func judgedRPM(t *testing.T, b *baseline.Baseline, now time.Time, events ...messages.Event) *Report {
	t.Helper()
	for _, e := range events {
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := JudgeBy(b, Settings{}, "db-1", factsOf(t, events...), now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rpmRun(at time.Time, outcomes ...messages.Outcome) *messages.Run {
	return &messages.Run{ID: "run-1", Host: "db-1", RunID: "nightly", Operation: messages.OperationInstall, StartedAt: at, FinishedAt: at, Outcomes: outcomes}
}

func rpmOutcome(name, to string, result messages.Result, stage, why string) messages.Outcome {
	return messages.Outcome{Name: name, Arch: "x86_64", To: &to, Result: result, Stage: stage, Error: why}
}
