package classify

import (
	"fmt"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// pick returns a number from 0 to n-1. Properties draw it, fuzz targets read it from their input.
type pick func(n int) int

func one[T any](p pick, choices ...T) T { return choices[p(len(choices))] }

func (p pick) likely() bool { return p(4) != 0 }

// few are versions whose order is easy to get wrong, among them two that are equal, and two that are none.
var few = []string{"1.0", "1.9", "1.10", "1.10~rc1", "0:1.10", "2:0.1", "1.0-", "é"}

// randomHost returns a few events of a small host: with packages that meet, with times and ids that are equal.
func (p pick) randomHost() []messages.Event {
	events := make([]messages.Event, p(9))
	for i := range events {
		switch p(6) {
		case 0, 1, 2:
			events[i] = p.scan()
		case 3, 4:
			events[i] = p.run()
		default:
			events[i] = p.override()
		}
	}
	return events
}

func (p pick) id() string { return one(p, "a", "b") }

func (p pick) time() time.Time { return at(float64(p(6))) }

// maybeTime is a time before most of the others, or none.
func (p pick) maybeTime() time.Time {
	return one(p, time.Time{}, at(-1), at(-0.5), t0)
}

func (p pick) maybe() *bool { return one(p, nil, new(true), new(false)) }

func (p pick) scan() *messages.Scan {
	s := &messages.Scan{
		ID: p.id(), Host: "web-1", TakenAt: p.time(), Complete: p.likely(), Unchanged: p(3) == 0, Hash: one(p, "", "h", "i"), OS: ubuntu,
		BootedAt: p.maybeTime(), BootID: one(p, "", "A", "B"), RebootRequired: p.maybe(), RebootPackages: one(p, nil, nil, []string{"p"}, []string{"q"}),
		Origins: ubuntuOrigins(),
	}
	s.Origins[2].Trusted = p.likely()
	s.Origins[2].Date = one(p, time.Time{}, at(-1), at(days(-15)))
	if !s.Complete {
		s.Unchanged, s.Error = false, one(p, "", "dpkg runs")
	}
	if !s.Unchanged {
		s.Packages = p.packages()
	}
	return s
}

func (p pick) packages() []messages.Package {
	list := []messages.Package{filler()}
	for _, name := range []string{"p", "q", "r"} {
		for _, arch := range []string{"amd64", "i386"} {
			if p(3) > 0 {
				list = append(list, p.pkg(name, arch))
			}
		}
	}
	return list
}

func (p pick) pkg(name, arch string) messages.Package {
	pkg := messages.Package{
		Name: name, Arch: arch, Candidate: one(p, append(few, "")...), Hold: !p.likely(), KeptBack: !p.likely(), InstalledAt: p.maybeTime(),
		State: one(p, "", "", "", "installed", "half-configured", "reinstreq", "triggers-pending", "config-files", "not-installed"),
	}
	if p.likely() {
		pkg.Installed = new(one(p, few...))
	}
	for _, v := range few {
		if p(3) > 0 {
			continue
		}
		version := messages.Version{Version: v, Priority: one(p, "optional", "Important", ""), Section: one(p, "net", "universe/net"), Origins: one(p, nil, []int{0}, []int{1, 2}, []int{2})}
		if p(4) == 0 {
			version.Phased = new(p(101))
		}
		pkg.Versions = append(pkg.Versions, version)
	}
	return pkg
}

func (p pick) run() *messages.Run {
	r := &messages.Run{
		ID: p.id(), Host: "web-1", RunID: "nightly", Operation: messages.OperationInstall, StartedAt: at(-1), FinishedAt: p.time(),
		RebootRequired: p.maybe(), RebootPackages: one(p, nil, []string{"p", "new"}), BootedAt: p.maybeTime(), BootID: one(p, "", "A", "B"),
	}
	if p(20) == 0 {
		r.FinishedAt = at(days(-181))
		r.StartedAt, r.BootedAt = r.FinishedAt, time.Time{}
	}
	for range p(5) {
		r.Outcomes = append(r.Outcomes, messages.Outcome{
			Name: one(p, "p", "q", "new"), Arch: one(p, "amd64", "i386"), To: new(one(p, few...)),
			Result: one(p, messages.ResultInstalled, messages.ResultFailed, messages.ResultFailed, messages.ResultSkipped), Stage: one(p, "", "configure", "fetch"),
		})
	}
	return r
}

func (p pick) override() *messages.Override {
	o := override(0, one(p, "p.amd64", "q.i386", "new.amd64", "absent"), one(p, messages.States()...))
	o.ID, o.At, o.Level, o.Withdraw = p.id(), p.time(), one(p, "", messages.Critical, messages.Informational), p(4) == 0
	o.ExpiresAt = one(p, time.Time{}, p.time(), at(100))
	return o
}

func (p pick) baseline() *Baseline {
	b := &Baseline{BaselineID: "b", Name: "b", RejectedPatchesAction: one(p, "", "BLOCK", "ALLOW_AS_DEPENDENCY")}
	for range p(3) {
		b.ApprovalRules.PatchRules = append(b.ApprovalRules.PatchRules, Rule{
			PatchFilterGroup: p.filters(), ComplianceLevel: one(p, append(messages.Levels(), "")...), EnableNonSecurity: p(2) == 0,
		})
	}
	b.GlobalFilters = one(p, FilterGroup{}, FilterGroup{}, *p.filters())
	b.ApprovedPatches, b.RejectedPatches = p.entries(), p.entries()
	b.ApprovedPatchesComplianceLevel = one(p, append(messages.Levels(), "")...)
	b.ApprovedPatchesEnableNonSecurity = p(2) == 0
	b.AvailableSecurityUpdatesComplianceStatus = one(p, "", "COMPLIANT", "NON_COMPLIANT")
	return b
}

func (p pick) filters() *FilterGroup {
	g := &FilterGroup{}
	for range p(3) {
		g.PatchFilters = append(g.PatchFilters, Filter{Key: one(p, "PRODUCT", "PRIORITY", "SECTION", "SEVERITY"), Values: one(p, nil, []string{"*"}, []string{"ubuntu22.04", "optional", "NET"})})
	}
	return g
}

func (p pick) entries() []string {
	var list []string
	for range p(4) {
		list = append(list, one(p, "p", "Q.amd64", "absent", "*", "p-1.1?", "1.9", "i386:1.10", "[!p]*", "", "new"))
	}
	return list
}

func (p pick) settings() Settings {
	return Settings{
		FailedUntil: one(p, "", "resolved", "next-scan"), PendingReboot: one(p, "", "any", "runs"),
		ScanMaxAge: one(p, Age(0), Age(time.Hour)), ListsMaxAge: one(p, Age(0), Age(400*24*time.Hour)), SecurityLabels: one(p, nil, []string{"ubuntu"}),
	}
}

func (p pick) choice() Choice {
	if p(8) == 0 {
		return Choice{Reason: one(p, NoBaseline, UnsupportedSystem)}
	}
	return Choice{Baseline: p.baseline(), Group: one(p, "", "web")}
}

func (p pick) now() time.Time { return one(p, time.Time{}, t0, at(3), at(days(30))) }

// merged adds events to facts, one after the other.
func merged(events []messages.Event) *Facts {
	f := new(Facts)
	for _, e := range events {
		f.Add(e, messages.ContentSum(e))
	}
	return f
}

// mustBeValid panics where the generators make what no worker would let in.
func mustBeValid(events []messages.Event) {
	for _, e := range events {
		if err := e.Validate(); err != nil {
			panic(fmt.Sprintf("%s %s: %v", e.Kind(), e.EventID(), err))
		}
	}
}
