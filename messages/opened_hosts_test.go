package messages_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

// spoil makes of a scan, now and then, one that breaks the contract where elements of its lists meet.
func spoil(p classifytest.Pick, s *messages.Scan) {
	n := len(s.Packages)
	switch p(14) {
	case 0:
		s.Origins = s.Origins[:p(len(s.Origins)+1)]
	case 1:
		s.OS.System = classifytest.One(p, "DEBIAN", messages.SystemWindows, messages.SystemMacOS, "SUSE")
	case 2:
		if len(s.Advisories) > 0 {
			s.Advisories = slices.Delete(s.Advisories, 0, 1+p(len(s.Advisories)))
		}
	case 3:
		if n > 0 {
			twin := s.Packages[p(n)]
			twin.Hold = !twin.Hold
			s.Packages = append(s.Packages, twin)
		}
	case 4:
		if n > 0 {
			s.Packages[p(n)].Name, s.Packages[p(n)].Arch = s.Packages[0].Name, "i386"
		}
	case 5:
		if n > 0 {
			s.Packages[p(n)].Advisories = []string{"RHSA-2024:0811", "no such one"}[:1+p(2)]
		}
	case 6:
		for i := range s.Packages {
			s.Packages[i].Installed = nil
		}
	case 7:
		if len(s.Advisories) > 0 {
			s.Advisories = append(s.Advisories, s.Advisories[p(len(s.Advisories))])
		}
	}
}

// checkHost compares each full scan of a host with one that resembles it, and returns how often the lists were left as they came.
func checkHost(t rapid.TB, p classifytest.Pick) (asTheyCame int) {
	events, _ := p.AnyHost()
	for _, e := range events {
		earlier, ok := e.(*messages.Scan)
		if !ok || earlier.Validate() != nil {
			continue
		}
		later := p.Resembling(earlier, time.Hour)
		spoil(p, later)
		if messages.CheckOpened(t, earlier, later) {
			asTheyCame++
		}
	}
	return asTheyCame
}

func TestAScanOfAnyFamilyThatIsComparedSaysWhatOneSaysThatIsDecoded(t *testing.T) {
	asTheyCame := 0
	rapid.Check(t, func(t *rapid.T) {
		asTheyCame += checkHost(t, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
	})
	if asTheyCame < 20 {
		t.Errorf("only %d were left as they came", asTheyCame)
	}
}

func FuzzOpenScanOfAHost(f *testing.F) {
	for _, seed := range classifytest.Seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) { checkHost(t, classifytest.Read(input)) })
}
