package classifytest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// A host web-1 with Ubuntu, whose events are written in a few words.

// Start is a time about which everything happens.
var Start = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// At returns the time n hours after Start.
func At(hours float64) time.Time { return Start.Add(time.Duration(hours * float64(time.Hour))) }

// Ubuntu is what the host runs.
var Ubuntu = messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64"}

// The origins of a host, by the words of [Version].
var originWords = []string{"release", "updates", "security"}

// Origins are those of the host, in the order of the words of [Version]: release, updates, security.
func Origins() []messages.Origin {
	o := messages.Origin{Site: "mirror.example.org", Origin: "Ubuntu", Label: "Ubuntu", Component: "main", Codename: "jammy", Trusted: true, Date: At(-1)}
	origins := []messages.Origin{o, o, o}
	origins[0].Archive, origins[1].Archive, origins[2].Archive = "jammy", "jammy-updates", "jammy-security"
	return origins
}

// Version reads "1.1 updates security priority=important section=net phased=20": a version, the origins that carry
// it, and what it has beside.
func Version(text string) messages.Version {
	words := strings.Fields(text)
	v := messages.Version{Version: words[0], Priority: "optional", Section: "utils", Origins: []int{}}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "priority":
			v.Priority = value
		case "section":
			v.Section = value
		case "phased":
			n, _ := strconv.Atoi(value)
			v.Phased = &n
		default:
			v.Origins = append(v.Origins, slices.Index(originWords, key))
		}
	}
	return v
}

// Package returns a package: what is installed ("" for nothing) and what is available, each as [Version] reads it. The
// last one available is apt's candidate.
func Package(name, installed string, available ...string) messages.Package {
	p := messages.Package{Name: name, Arch: "amd64"}
	if installed != "" {
		v := Version(installed)
		p.Installed, p.Versions, p.Candidate = &v.Version, []messages.Version{v}, v.Version
	}
	for _, text := range available {
		v := Version(text)
		p.Versions = append(p.Versions, v)
		p.Candidate = v.Version
	}
	return p
}

// But returns the package with a change.
func But(p messages.Package, change func(*messages.Package)) messages.Package {
	change(&p)
	return p
}

// State returns a change of a package to that state of dpkg's.
func State(word string) func(*messages.Package) {
	return func(p *messages.Package) { p.State = word }
}

// Filler is what a complete scan must have: an installed package. Its name says what it is.
func Filler() messages.Package { return Package("zz-filler", "1 release") }

// Scan returns a complete scan taken that many hours after Start.
func Scan(hours float64, packages ...messages.Package) *messages.Scan {
	return &messages.Scan{
		ID: fmt.Sprintf("scan-at-%v", hours), Host: "web-1", TakenAt: At(hours), Complete: true, OS: Ubuntu,
		Origins: Origins(), Packages: append(packages, Filler()),
	}
}

// Run returns a run that finished that many hours after Start. An outcome is "name version result stage error…".
func Run(hours float64, outcomes ...string) *messages.Run {
	r := &messages.Run{
		ID: fmt.Sprintf("run-at-%v", hours), Host: "web-1", RunID: "nightly", Operation: messages.OperationInstall,
		StartedAt: At(hours - 0.1), FinishedAt: At(hours),
	}
	for _, text := range outcomes {
		words := append(strings.SplitN(text, " ", 5), "", "")
		o := messages.Outcome{Name: words[0], Arch: "amd64", Result: messages.Result(words[2]), Stage: words[3], Error: words[4]}
		if words[1] != "-" {
			o.To = &words[1]
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return r
}

// Override returns an override made that many hours after Start.
func Override(hours float64, patch string, state messages.State) *messages.Override {
	return &messages.Override{
		ID: fmt.Sprintf("override-at-%v", hours), Host: "web-1", Patch: patch, State: state, Reason: "CHG-1182", By: "ops", At: At(hours),
	}
}

// SecurityOnly returns a baseline that approves every security version.
func SecurityOnly(changes ...func(*baseline.Baseline)) *baseline.Baseline {
	b := &baseline.Baseline{Name: "test"}
	b.ApprovalRules.PatchRules = []baseline.Rule{{PatchFilterGroup: &baseline.FilterGroup{}}}
	for _, change := range changes {
		change(b)
	}
	return b
}

// Everything has the first rule approve every version.
func Everything(b *baseline.Baseline) { b.ApprovalRules.PatchRules[0].EnableNonSecurity = true }

// Rules puts these rules in place of all others.
func Rules(rules ...baseline.Rule) func(*baseline.Baseline) {
	return func(b *baseline.Baseline) { b.ApprovalRules.PatchRules = rules }
}

// Filtered returns a rule with those filters.
func Filtered(level messages.Level, filters ...baseline.Filter) baseline.Rule {
	return baseline.Rule{PatchFilterGroup: &baseline.FilterGroup{PatchFilters: filters}, ComplianceLevel: level}
}

// Approved puts entries on the list of approved patches.
func Approved(entries ...string) func(*baseline.Baseline) {
	return func(b *baseline.Baseline) { b.ApprovedPatches = entries }
}

// ApprovedAll does so, and lets them be no security updates.
func ApprovedAll(entries ...string) func(*baseline.Baseline) {
	return func(b *baseline.Baseline) { b.ApprovedPatches, b.ApprovedPatchesEnableNonSecurity = entries, true }
}

// Rejected puts entries on the list of rejected patches.
func Rejected(action string, entries ...string) func(*baseline.Baseline) {
	return func(b *baseline.Baseline) { b.RejectedPatches, b.RejectedPatchesAction = entries, action }
}
