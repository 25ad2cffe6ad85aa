package classify

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	reference "github.com/knqyf263/go-deb-version"

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

func BenchmarkClassify(b *testing.B) {
	const packages = 2000
	facts := bigHost(packages)
	named := *Builtin("AWS-UbuntuDefaultPatchBaseline")
	named.ApprovedPatches = []string{"falcon-sensor", "lib0001-dev", "linux-*"}
	named.RejectedPatches = []string{"telnetd*", "lib0002-dev", "lib0003-dev.amd64"}
	for _, row := range []struct {
		name     string
		baseline *Baseline
	}{
		{"rules", Builtin("AWS-UbuntuDefaultPatchBaseline")}, {"rules and entries", &named},
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

// The versions of an ordinary host: most pairs are the same text, some differ late.
var benchPairs = [][2]string{
	{"1:2.38.1-5+deb12u3", "1:2.38.1-5+deb12u3"},
	{"3.0.2-0ubuntu1.15", "3.0.2-0ubuntu1.18"},
	{"1:9.2p1-2+deb12u6", "1:9.2p1-2+deb12u10"},
	{"5.15.0-100.110", "5.15.0-101.111"},
	{"2.36-9+deb12u10", "2.36-9+deb12u13"},
}

func BenchmarkCompareVersions(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, pair := range benchPairs {
				CompareVersions(pair[0], pair[1])
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(benchPairs)), "ns/pair")
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, pair := range benchPairs {
				x, _ := reference.NewVersion(pair[0])
				y, _ := reference.NewVersion(pair[1])
				x.Compare(y)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(benchPairs)), "ns/pair")
	})
}
