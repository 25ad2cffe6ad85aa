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
