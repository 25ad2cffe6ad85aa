package classify

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// hostileHost returns the facts of a host whose scan has as many bytes of names and versions as a scan may have: packages with
// names and versions so long, and so many versions each.
func hostileHost(nameBytes, versionBytes, versions int) *Facts {
	return hostileHostOf(nameBytes, versionBytes, versions, func(i int) string { return fmt.Sprintf("%0*d", nameBytes, i) },
		func(_, v int) string { return fmt.Sprintf("1.%0*d", versionBytes-2, v) })
}

// knowingHost is one whose names and versions are made of what the patterns of globbed are made of.
func knowingHost(nameBytes, versionBytes, versions int) *Facts {
	random := rand.New(rand.NewPCG(1, 2))
	words := func(bytes int) string {
		text := strconv.Itoa(random.IntN(1 << 30))
		for len(text) < bytes {
			text += fmt.Sprintf("0word%d0x", random.IntN(1000))
		}
		return text[:bytes]
	}
	return hostileHostOf(nameBytes, versionBytes, versions, func(int) string { return words(nameBytes) },
		func(_, v int) string { return strconv.Itoa(v+1) + words(versionBytes-2) })
}

func hostileHostOf(nameBytes, versionBytes, versions int, name func(i int) string, version func(i, v int) string) *Facts {
	scan := &messages.Scan{ID: "s1", Host: "web-1", TakenAt: t0, Complete: true, OS: ubuntu, Origins: ubuntuOrigins()}
	packages := min(messages.MaxPackages, messages.MaxVersions/versions, messages.MaxNamedBytes/(versions*(nameBytes+versionBytes+len("amd64"))))
	for i := range packages {
		installed := version(i, 0)
		p := messages.Package{Name: name(i), Arch: "amd64", Installed: &installed, Candidate: installed, State: "installed"}
		for v := range versions {
			p.Versions = append(p.Versions, messages.Version{Version: version(i, v), Origins: []int{0}})
		}
		scan.Packages = append(scan.Packages, p)
	}
	f := new(Facts)
	f.Add(scan, [32]byte{1})
	return f
}

// globbed is a baseline whose two lists have so many patterns of all sorts each, none of which fits.
func globbed(n int) *baseline.Baseline {
	b := *baseline.Builtin("AWS-UbuntuDefaultPatchBaseline")
	for i := range n {
		pattern := fmt.Sprintf([]string{"*0word%d*", "0word%d*", "*0word%d", "0*word%d", "0*[!0]word?%d*", "*0*0x%d"}[i%6], i)
		b.ApprovedPatches = append(b.ApprovedPatches, pattern)
		b.RejectedPatches = append(b.RejectedPatches, "?"+pattern)
	}
	return &b
}

// The dearest scans of a hostile host, against the patterns of a baseline.
func BenchmarkPatternsAgainstTheLargestScans(b *testing.B) {
	for _, host := range []struct {
		name  string
		facts *Facts
	}{
		{"long names", hostileHost(1000, 6, 8)}, {"many names", hostileHost(70, 6, 8)},
		{"long versions", hostileHost(6, 255, 4)}, {"many versions", hostileHost(6, 66, 64)},
		{"names of the patterns", knowingHost(1000, 6, 8)}, {"versions of the patterns", knowingHost(14, 255, 4)},
	} {
		for _, patterns := range []int{0, 50, 1000} {
			b.Run(fmt.Sprintf("%s, %d patterns", host.name, patterns), func(b *testing.B) {
				choice := Choice{Baseline: globbed(patterns)}
				for b.Loop() {
					Classify("web-1", host.facts, choice, Settings{}, t0.Add(time.Minute))
				}
			})
		}
	}
}
