package record

import (
	"fmt"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// judgedHost is a host of so many packages, as it is judged: of a few sections, some of them with an update.
func judgedHost(packages int) (*classify.Facts, *classify.Report) {
	taken := now.UTC()
	scan := &messages.Scan{
		ID: "s1", Host: "web-1", TakenAt: taken, Complete: true, IndexAt: taken,
		OS: messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64"},
		Origins: []messages.Origin{
			{Archive: "jammy", Site: "archive.ubuntu.com", Label: "Ubuntu", Codename: "jammy", Trusted: true},
			{Archive: "jammy-security", Site: "security.ubuntu.com", Label: "Ubuntu", Codename: "jammy", Trusted: true, Date: taken},
		},
	}
	sections := []string{"libs", "admin", "utils", "net", "python", "libs", "libdevel", "universe/libs", "text"}
	for i := range packages {
		installed := fmt.Sprintf("2.%d.7-3ubuntu1.%d", i, i%9)
		p := messages.Package{
			Name: fmt.Sprintf("lib%04d%s", i, []string{"", "-dev", "-data"}[i%3]), Arch: "amd64", Installed: &installed, Candidate: installed, State: "installed",
			Versions: []messages.Version{{Version: installed, Priority: []string{"optional", "important", "extra"}[i%3], Section: sections[i%9], Origins: []int{i / 2 % 2}}},
		}
		if i%10 == 0 {
			p.Candidate = installed + "9"
			p.Versions = append(p.Versions, messages.Version{Version: p.Candidate, Priority: "optional", Section: sections[i%9], Origins: []int{i / 10 % 2}})
		}
		scan.Packages = append(scan.Packages, p)
	}
	facts := new(classify.Facts)
	facts.Add(scan, [32]byte{1})
	report := classify.Classify("web-1", facts, classify.Choice{Baseline: baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")}, classify.Settings{}, taken)
	classify.Diff(nil, report, taken.Add(time.Second))
	return facts, report
}

// BenchmarkVerdicts writes and reads the patches of a host of which all were judged.
func BenchmarkVerdicts(b *testing.B) {
	const packages = 700
	facts, report := judgedHost(packages)
	r := &Record{Facts: *facts, Report: report}
	perPackage := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.encodeItems(); err != nil {
				b.Fatal(err)
			}
		}
		perPackage(b)
	})
	stored, err := r.Encode()
	if err != nil {
		b.Fatal(err)
	}
	read, err := decodeWhole(stored)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read.Report.Kept = true
			if err := read.Provide(classify.Needs{Items: true}, stored.read); err != nil {
				b.Fatal(err)
			}
		}
		perPackage(b)
	})
}
