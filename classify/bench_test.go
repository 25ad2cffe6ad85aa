package classify

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// bigHost returns the facts of an Ubuntu host with n packages, one in ten of which has an update.
func bigHost(n int) *Facts {
	scan := &messages.Scan{
		ID: "s1", Host: "web-1", TakenAt: t0, Complete: true, OS: ubuntu, Origins: ubuntuOrigins(),
		Packages: make([]messages.Package, n),
	}
	for i := range scan.Packages {
		installed := "1:2." + strconv.Itoa(i) + ".7-3ubuntu1." + strconv.Itoa(i%9)
		p := messages.Package{
			Name: fmt.Sprintf("lib%04d-dev", i), Arch: "amd64", Installed: &installed, Candidate: installed,
			InstalledAt: t0.Add(-time.Hour), State: "installed",
			Versions: []messages.Version{{Version: installed, Priority: "optional", Section: "libs", Origins: []int{0}}},
		}
		if i%10 == 0 {
			p.Candidate = installed + "9"
			p.Versions = append(p.Versions, messages.Version{Version: p.Candidate, Priority: "optional", Section: "libs", Origins: []int{1, 2}})
		}
		scan.Packages[i] = p
	}
	f := new(Facts)
	f.Add(scan, [32]byte{1})
	return f
}

// bigRPMHost returns the facts of a host of rpm with n packages, one in ten of which has an update with a notice.
func bigRPMHost(n int) *Facts {
	s := rhel()
	for i := range n {
		v := fmt.Sprintf("2.%d.7-3.el9_%d", i, i%9)
		p := rpmPkg(fmt.Sprintf("lib%04d.x86_64", i), v)
		if i%10 == 0 {
			p = rpmPkg(fmt.Sprintf("lib%04d.x86_64", i), v, v+".1 RHSA-2024:0811 RHSA-2024:0903")
		}
		s.Packages = append(s.Packages, p)
	}
	f := new(Facts)
	f.Add(s, [32]byte{1})
	return f
}

func BenchmarkClassifyRPM(b *testing.B) {
	const packages = 2000
	facts := bigRPMHost(packages)
	for b.Loop() {
		r := Classify("db-1", facts, Choice{Baseline: ruled([]string{"SEVERITY=Medium", "days=7 nonsecurity"}, approved("lib0001", "CVE-1-1"))}, Settings{}, scanned)
		if r.Counts[string(messages.Missing)] == 0 {
			b.Fatal(r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
}

func BenchmarkClassify(b *testing.B) {
	const packages = 2000
	facts := bigHost(packages)
	named := *baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")
	named.ApprovedPatches = []string{"falcon-sensor", "lib0001-dev", "linux-*"}
	named.RejectedPatches = []string{"telnetd*", "lib0002-dev", "lib0003-dev.amd64"}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
	}{
		{"rules", baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")}, {"rules and entries", &named},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := Classify("web-1", facts, Choice{Baseline: row.baseline}, Settings{}, t0)
				if r.Counts[string(messages.Missing)] == 0 {
					b.Fatal(r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packages, "ns/package")
		})
	}
}
