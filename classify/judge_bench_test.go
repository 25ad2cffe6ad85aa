package classify

import (
	"fmt"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// ruledAndNamed is a baseline of 5 rules and 50 entries that are names, as a grown one is.
func ruledAndNamed() *baseline.Baseline {
	b := *baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")
	rule := b.ApprovalRules.PatchRules[0]
	b.ApprovalRules.PatchRules = nil
	for i, section := range []string{"kernel", "net", "admin", "web", "*"} {
		r := rule
		r.ComplianceLevel = messages.Levels()[i]
		r.PatchFilterGroup.PatchFilters = append([]baseline.Filter{{Key: "SECTION", Values: []string{section}}}, rule.PatchFilterGroup.PatchFilters...)
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, r)
	}
	for i := range 25 {
		b.ApprovedPatches = append(b.ApprovedPatches, fmt.Sprintf("lib%04d-dev", 40*i))
		b.RejectedPatches = append(b.RejectedPatches, fmt.Sprintf("telnetd-%d", i))
	}
	return &b
}

// BenchmarkJudge judges every package of a host: what a changed baseline costs.
func BenchmarkJudge(b *testing.B) {
	const packages = 2000
	facts, choice := bigHost(packages), Choice{Baseline: ruledAndNamed()}
	b.ReportAllocs()
	for b.Loop() {
		if r := Classify("web-1", facts, choice, Settings{}, t0); r.Counts[string(messages.Missing)] == 0 {
			b.Fatal(r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
}

// BenchmarkDiff compares two reports of which a few items differ.
func BenchmarkDiff(b *testing.B) {
	const packages, moved = 2000, 5
	choice := Choice{Baseline: baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")}
	before := Classify("web-1", bigHost(packages), choice, Settings{}, t0)
	next, run := bigHost(packages), &messages.Run{ID: "r1", Host: "web-1", RunID: "r1", Operation: messages.OperationInstall, StartedAt: t0, FinishedAt: t0.Add(time.Second)}
	for i := range moved {
		to := fmt.Sprintf("1:2.%d.7-3ubuntu1.%d9", 10*i, 10*i%9)
		run.Outcomes = append(run.Outcomes, messages.Outcome{Name: fmt.Sprintf("lib%04d-dev", 10*i), Arch: "amd64", To: &to, Result: messages.ResultInstalled})
	}
	next.Add(run, [32]byte{2})
	after := Classify("web-1", next, choice, Settings{}, t0.Add(time.Minute))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(Diff(before, after, t0)); n != moved {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
}

// BenchmarkGlobs holds names against 50 patterns, as the entries of a baseline are held.
func BenchmarkGlobs(b *testing.B) {
	approved := *baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")
	for i := range 50 {
		approved.ApprovedPatches = append(approved.ApprovedPatches, fmt.Sprintf([]string{"linux-*-%d", "*-%d-dev", "lib?%d*", "lib0[0-4]%d-*"}[i%4], i))
	}
	const packages = 2000
	facts := bigHost(packages)
	for _, row := range []struct {
		name   string
		choice Choice
	}{
		{"none", Choice{Baseline: baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")}}, {"50", Choice{Baseline: &approved}},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := Classify("web-1", facts, row.choice, Settings{}, t0); r.Counts[string(messages.Missing)] == 0 {
					b.Fatal(r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
		})
	}
}

// BenchmarkDiffOfAFirstReport is what the first change of a host takes.
func BenchmarkDiffOfAFirstReport(b *testing.B) {
	const packages = 700
	r := Classify("web-1", bigHost(packages), Choice{Baseline: baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")}, Settings{}, t0)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(Diff(nil, r, t0)); n != packages {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
}

// BenchmarkJudging judges every package of a host and compares the report with none, in the memory of the one before.
func BenchmarkJudging(b *testing.B) {
	const packages = 700
	facts, choice := bigHost(packages), Choice{Baseline: ruledAndNamed()}
	b.ReportAllocs()
	for b.Loop() {
		j := begin("web-1", facts, choice, Settings{}, t0, nil)
		if n := len(j.Diff(nil, j.Report(), t0)); n < packages {
			b.Fatal(n)
		}
		j.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
}

// BenchmarkJudgingAfterARun judges the packages of a run anew, which are few of the host's.
func BenchmarkJudgingAfterARun(b *testing.B) {
	const packages, moved = 700, 20
	choice := Choice{Baseline: baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")}
	facts := bigHost(packages)
	before := &Before{Facts: facts.Fork(), Report: Classify("web-1", facts, choice, Settings{}, t0)}
	run := &messages.Run{ID: "r1", Host: "web-1", RunID: "r1", Operation: messages.OperationInstall, StartedAt: t0, FinishedAt: t0.Add(time.Second)}
	for i := range moved {
		to := fmt.Sprintf("1:2.%d.7-3ubuntu1.%d9", 10*i, 10*i%9)
		run.Outcomes = append(run.Outcomes, messages.Outcome{Name: fmt.Sprintf("lib%04d-dev", 10*i), Arch: "amd64", To: &to, Result: messages.ResultInstalled})
	}
	facts.Add(run, [32]byte{2})
	was := before.Report.Patches
	b.ReportAllocs()
	for b.Loop() {
		j := begin("web-1", facts, choice, Settings{}, t0.Add(time.Minute), before)
		needs := j.Needs()
		before.Report.Patches, before.Report.Rest = nil, &Rest{But: needs.Only}
		for i := range was {
			if needs.Only.Has(was[i].Name, was[i].Arch) {
				before.Report.Patches = append(before.Report.Patches, was[i])
			}
		}
		if r := j.Report(); r == nil || len(r.Patches) != moved {
			b.Fatal(r)
		}
		j.Release()
	}
}
