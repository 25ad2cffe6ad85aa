package classifytest

import (
	"bytes"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Pick returns a number from 0 to n-1. Properties draw it, fuzz targets read it from their input.
type Pick func(n int) int

// Read returns numbers from the input of a fuzz target, and zeros behind its end.
func Read(input []byte) Pick {
	return func(n int) int {
		if len(input) == 0 {
			return 0
		}
		b := int(input[0])
		input = input[1:]
		return b % n
	}
}

// Seeds are inputs for [Read] with which a fuzz target begins.
func Seeds() [][]byte {
	seeds := [][]byte{{}, bytes.Repeat([]byte{1, 2, 3}, 200)}
	for i := range 40 {
		seed := make([]byte, 600)
		for j := range seed {
			seed[j] = byte((j*j + 7*j*i + i*i*31) >> 1 * 37)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

// One returns one of the choices.
func One[T any](p Pick, choices ...T) T { return choices[p(len(choices))] }

func (p Pick) likely() bool { return p(4) != 0 }

// tricky are versions whose order is easy to get wrong, among them two that are equal, and two that are none.
var tricky = []string{"1.0", "1.9", "1.10", "1.10~rc1", "0:1.10", "2:0.1", "1.0-", "é"}

// Host returns a few events of a small host: with packages that meet, with times and ids that are equal.
func (p Pick) Host() []messages.Event {
	events := make([]messages.Event, p(9))
	for i := range events {
		switch p(7) {
		case 0, 1, 2:
			events[i] = p.scan()
		case 3, 4:
			events[i] = p.run()
		case 5:
			events[i] = p.retire()
		default:
			events[i] = p.override()
		}
	}
	return events
}

func (p Pick) id() string { return One(p, "a", "b") }

// time is within a few hours, or one of a few days later.
func (p Pick) time() time.Time { return At(float64(p(6)) + One(p, 0., 0, 0, 24, 48)) }

// maybeTime is a time before most of the others, or none.
func (p Pick) maybeTime() time.Time {
	return One(p, time.Time{}, At(-1), At(-0.5), Start)
}

func (p Pick) maybe() *bool { return One(p, nil, new(true), new(false)) }

func (p Pick) scan() *messages.Scan {
	s := &messages.Scan{
		ID: p.id(), Host: "web-1", TakenAt: p.time(), Complete: p.likely(), Unchanged: p(3) == 0, Hash: One(p, "", "h", "i"), OS: Ubuntu,
		BootedAt: p.maybeTime(), BootID: One(p, "", "A", "B"), RebootRequired: p.maybe(), RebootPackages: One(p, nil, nil, []string{"p"}, []string{"q"}),
		Origins: Origins(),
	}
	s.Origins[2].Trusted = p.likely()
	s.Origins[2].Date = One(p, time.Time{}, At(-1), At(-15*24), At(40))
	s.Origins[2].Unread = p(8) == 0
	s.IndexAt, s.Machine = One(p, time.Time{}, At(-1), At(-15*24)), p.machine()
	s.OS.Kernel = One(p, "", "6.1.0-9-amd64", "6.1.0-9-pve")
	if !s.Complete {
		s.Unchanged, s.Error = false, One(p, "", "dpkg runs")
	}
	if !s.Unchanged {
		s.Packages = p.packages()
	}
	return s
}

func (p Pick) machine() string { return One(p, "", "m1", "m2", "m3") }

func (p Pick) packages() []messages.Package {
	list := []messages.Package{Filler()}
	for _, release := range []string{"6.1.0-8-amd64", "6.1.0-10-amd64"} {
		if p(6) == 0 {
			list = append(list, p.pkg("linux-image-"+release, "amd64"))
		}
	}
	for _, name := range []string{"p", "q", "r"} {
		for _, arch := range []string{"amd64", "i386"} {
			if p(3) > 0 {
				list = append(list, p.pkg(name, arch))
			}
		}
	}
	return list
}

func (p Pick) pkg(name, arch string) messages.Package {
	pkg := messages.Package{
		Name: name, Arch: arch, Candidate: One(p, append(tricky, "")...), Hold: !p.likely(), KeptBack: !p.likely(), InstalledAt: p.maybeTime(),
		State: One(p, "", "", "", "installed", "half-configured", "reinstreq", "triggers-pending", "config-files", "not-installed"),
	}
	if p.likely() {
		pkg.Installed = new(One(p, tricky...))
	}
	for _, v := range tricky {
		if p(3) > 0 {
			continue
		}
		version := messages.Version{Version: v, Priority: One(p, "optional", "Important", ""), Section: One(p, "net", "universe/net"), Origins: One(p, nil, []int{0}, []int{1, 2}, []int{2})}
		if p(4) == 0 {
			version.Phased = new(p(101))
		}
		pkg.Versions = append(pkg.Versions, version)
	}
	return pkg
}

func (p Pick) run() *messages.Run {
	r := &messages.Run{
		ID: p.id(), Host: "web-1", RunID: "nightly", Operation: messages.OperationInstall, StartedAt: At(-1), FinishedAt: p.time(),
		RebootRequired: p.maybe(), RebootPackages: One(p, nil, []string{"p", "new"}), BootedAt: p.maybeTime(), BootID: One(p, "", "A", "B"),
	}
	r.Operation, r.Machine = One(p, messages.OperationInstall, messages.OperationInstall, messages.OperationScan), p.machine()
	r.Succeeded, r.ExitCode = p.maybe(), One(p, nil, new(0), new(100))
	if p(20) == 0 {
		r.FinishedAt = At(-181 * 24)
		r.StartedAt, r.BootedAt = r.FinishedAt, time.Time{}
	}
	for range p(5) {
		r.Outcomes = append(r.Outcomes, messages.Outcome{
			Name: One(p, "p", "q", "new"), From: One(p, "", "1.0"), Arch: One(p, "amd64", "i386"), To: new(One(p, tricky...)),
			Result: One(p, messages.ResultInstalled, messages.ResultFailed, messages.ResultFailed, messages.ResultSkipped), Stage: One(p, "", "configure", "fetch"),
		})
	}
	return r
}

func (p Pick) override() *messages.Override {
	o := &messages.Override{
		ID: p.id(), Host: "web-1", Patch: One(p, "p.amd64", "q.i386", "new.amd64", "absent"), State: One(p, messages.States()...), Reason: "CHG-1182", By: "ops",
		At: p.time(), Level: One(p, "", messages.Critical, messages.Informational), Withdraw: p(4) == 0,
	}
	o.ExpiresAt = One(p, time.Time{}, p.time(), At(100))
	return o
}

// retire is likely dated where it leaves some of the events.
func (p Pick) retire() *messages.Retire {
	return &messages.Retire{ID: p.id(), Host: "web-1", At: At(float64(p(4)) - 1)}
}

// Baseline returns a baseline that fits some of the packages of [Pick.Host].
func (p Pick) Baseline() *baseline.Baseline {
	b := &baseline.Baseline{BaselineID: "b", Name: "b", RejectedPatchesAction: One(p, "", "BLOCK", "ALLOW_AS_DEPENDENCY")}
	for range p(3) {
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, baseline.Rule{
			PatchFilterGroup: p.filters(), ComplianceLevel: One(p, append(messages.Levels(), "")...), EnableNonSecurity: p(2) == 0,
		})
	}
	b.GlobalFilters = One(p, baseline.FilterGroup{}, baseline.FilterGroup{}, *p.filters())
	b.ApprovedPatches, b.RejectedPatches = p.entries(), p.entries()
	b.ApprovedPatchesComplianceLevel = One(p, append(messages.Levels(), "")...)
	b.ApprovedPatchesEnableNonSecurity = p(2) == 0
	b.AvailableSecurityUpdatesComplianceStatus = One(p, "", "COMPLIANT", "NON_COMPLIANT")
	return b
}

func (p Pick) filters() *baseline.FilterGroup {
	g := &baseline.FilterGroup{}
	for range p(3) {
		g.PatchFilters = append(g.PatchFilters, baseline.Filter{Key: One(p, "PRODUCT", "PRIORITY", "SECTION", "SEVERITY"), Values: One(p, nil, []string{"*"}, []string{"ubuntu22.04", "optional", "NET"})})
	}
	return g
}

func (p Pick) entries() []string {
	var list []string
	for range p(4) {
		list = append(list, One(p, "p", "Q.amd64", "absent", "*", "p-1.1?", "1.9", "i386:1.10", "[!p]*", "", "new"))
	}
	return list
}
