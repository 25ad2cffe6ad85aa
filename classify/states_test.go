package classify

import (
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The table of classification.md, section 4, row by row.
func TestState_of_a_package(t *testing.T) {
	nonSecurity := func(level messages.Level) baseline.Rule {
		return baseline.Rule{PatchFilterGroup: &baseline.FilterGroup{}, ComplianceLevel: level, EnableNonSecurity: true}
	}
	for _, row := range []struct {
		name     string
		pkg      messages.Package
		baseline *baseline.Baseline
		want     string
	}{
		{
			"installed is security, newer is not: INSTALLED",
			pkg("p", "1.0 security", "1.1 updates"), securityOnly(), "INSTALLED 1.0 UNSPECIFIED Security",
		}, {
			"installed is in no repository, nothing newer: INSTALLED_OTHER",
			pkg("p", "1.0"), securityOnly(), "INSTALLED_OTHER 1.0 UNSPECIFIED",
		}, {
			"installed is in no repository, newer is security: MISSING",
			pkg("p", "1.0", "1.1 security"), securityOnly(), "MISSING 1.1 UNSPECIFIED Security",
		}, {
			"security hides under a newer version that is not: MISSING the security one",
			pkg("p", "1.0 release", "1.1 security", "1.2 updates"), securityOnly(), "MISSING 1.1 UNSPECIFIED Security",
		}, {
			"the same with EnableNonSecurity: MISSING the newest",
			pkg("p", "1.0 release", "1.1 security", "1.2 updates"), securityOnly(everything), "MISSING 1.2 UNSPECIFIED Security",
		}, {
			"newest is Debian's order, not the text's: 1.10 over 1.9",
			pkg("p", "1.0", "1.9 security", "1.10 security"), securityOnly(), "MISSING 1.10 UNSPECIFIED Security",
		}, {
			"and in whichever order they are listed",
			pkg("p", "1.0", "1.10 security", "1.9 security"), securityOnly(), "MISSING 1.10 UNSPECIFIED Security pin",
		}, {
			"rejected by name, BLOCK: INSTALLED_REJECTED",
			pkg("p", "1.0", "1.1 security"), securityOnly(rejected("BLOCK", "p")), "INSTALLED_REJECTED 1.0 UNSPECIFIED",
		}, {
			"rejected by name, ALLOW_AS_DEPENDENCY: INSTALLED_OTHER",
			pkg("p", "1.0", "1.1 security"), securityOnly(rejected("ALLOW_AS_DEPENDENCY", "p")), "INSTALLED_OTHER 1.0 UNSPECIFIED",
		}, {
			"rejected by name, no action given: INSTALLED_OTHER",
			pkg("p", "1.0", "1.1 security"), securityOnly(rejected("", "p")), "INSTALLED_OTHER 1.0 UNSPECIFIED",
		}, {
			"the newer version rejected, BLOCK: the installed one is not, INSTALLED_OTHER",
			pkg("p", "1.0", "1.1 security"), securityOnly(rejected("BLOCK", "p-1.1")), "INSTALLED_OTHER 1.0 UNSPECIFIED",
		}, {
			"the installed version rejected, BLOCK, a newer one approved: MISSING",
			pkg("p", "1.0", "1.1 security"), securityOnly(rejected("BLOCK", "p-1.0")), "MISSING 1.1 UNSPECIFIED Security",
		}, {
			"named in ApprovedPatches, which take security only, newer is not: INSTALLED_OTHER",
			pkg("p", "1.0", "1.1 updates"), securityOnly(approved("p")), "INSTALLED_OTHER 1.0 UNSPECIFIED",
		}, {
			"the highest level of all that accept counts: rules LOW and HIGH, list MEDIUM",
			pkg("p", "1.0", "1.1 security"),
			securityOnly(rules(filtered(messages.Low), filtered(messages.High)), approved("p"), func(b *baseline.Baseline) { b.ApprovedPatchesComplianceLevel = messages.Medium }),
			"MISSING 1.1 HIGH Security",
		}, {
			"and it is the list's where that is the highest",
			pkg("p", "1.0", "1.1 security"),
			securityOnly(rules(filtered(messages.Low), filtered("")), approved("p"), func(b *baseline.Baseline) { b.ApprovedPatchesComplianceLevel = messages.Medium }),
			"MISSING 1.1 MEDIUM Security",
		}, {
			"approved and rejected by one name: rejected wins",
			pkg("p", "1.0", "1.1 security"), securityOnly(approvedAll("p"), rejected("BLOCK", "p")), "INSTALLED_REJECTED 1.0 UNSPECIFIED",
		}, {
			"not installed, in ApprovedPatches: NOT_APPLICABLE without a version",
			pkg("p", "", "1.1 security"), securityOnly(approved("p")), "NOT_APPLICABLE UNSPECIFIED",
		}, {
			"not installed, not in ApprovedPatches: no item",
			pkg("p", "", "1.1 security"), securityOnly(), "",
		}, {
			"the installed version's own level, not that of an older one",
			pkg("p", "1.0 release priority=extra"),
			securityOnly(rules(nonSecurity(messages.Low))), "INSTALLED 1.0 LOW",
		}, {
			"a version at the installed one's level of text, but older, is ignored",
			pkg("p", "1.5 release", "1.10 security", "1.4 security"), securityOnly(), "MISSING 1.10 UNSPECIFIED Security pin",
		}, {
			"a listed version below the installed one is ignored",
			pkg("p", "1.5", "1.4 security"), securityOnly(), "INSTALLED_OTHER 1.5 UNSPECIFIED",
		}, {
			"epochs count first",
			pkg("p", "1:1.0", "2.0 security"), securityOnly(), "INSTALLED_OTHER 1:1.0 UNSPECIFIED",
		}, {
			"a tilde is before the end",
			pkg("p", "1.0~rc1 release", "1.0 security"), securityOnly(), "MISSING 1.0 UNSPECIFIED Security",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, row.baseline, scan(0, row.pkg)), "p.amd64", row.want)
		})
	}
}

func TestState_of_a_version_written_in_two_ways(t *testing.T) {
	// 1.0 and 0:1.0 are equal in Debian's order, and apt knows them as two versions.
	for _, row := range []struct {
		name string
		pkg  messages.Package
		want string
	}{
		{"equal to the installed one is not newer", pkg("p", "1.0 release", "0:1.0 security"), "INSTALLED 1.0 UNSPECIFIED Security"},
		{"the installed one is shown where both are approved", pkg("p", "0:1.0 security", "1.0 security"), "INSTALLED 0:1.0 UNSPECIFIED Security"},
		{"of two equal newer ones the same is shown in either order", pkg("p", "0.9", "1.0 security", "0:1.0 security"), "MISSING 0:1.0 UNSPECIFIED Security"},
		{"the other order", pkg("p", "0.9", "0:1.0 security", "1.0 security"), "MISSING 0:1.0 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, securityOnly(), scan(0, row.pkg)), "p.amd64", row.want)
		})
	}
	inNet := filtered(messages.Low, baseline.Filter{Key: "SECTION", Values: []string{"net"}})
	optional := filtered(messages.Low, baseline.Filter{Key: "PRIORITY", Values: []string{"optional"}})
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		pkg      messages.Package
		want     string
	}{
		{"one spelling has the section, the other the origin", securityOnly(rules(inNet)), pkg("p", "1.0", "1.1 section=net", "0:1.1 security section="), "MISSING 0:1.1 LOW Security"},
		{"one spelling has the priority, the other the origin", securityOnly(rules(optional)), pkg("p", "1.0", "0:1.1 security priority=required", "1.1"), "MISSING 0:1.1 LOW Security"},
		{"the installed spelling is not listed", securityOnly(rejected("", "p")), but(pkg("p", "", "0:1.1 security"), has("1.1")), "INSTALLED_OTHER 1.1 UNSPECIFIED Security"},
		{"another spelling of the installed one is rejected", securityOnly(rejected("BLOCK", "p-0:1.1")), but(pkg("p", "", "0:1.1 security"), has("1.1")), "INSTALLED_REJECTED 1.1 UNSPECIFIED Security"},
		{"one rejected spelling rejects the version", securityOnly(rejected("", "p-1.1")), pkg("p", "1.0 release", "0:1.1 security", "1.1"), "INSTALLED_OTHER 1.0 UNSPECIFIED"},
		{"one approved spelling approves it", securityOnly(rules(), approved("p-1.1")), pkg("p", "1.0", "0:1.1 security", "1.1"), "MISSING 0:1.1 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantItem(t, judged(t, row.baseline, scan(0, row.pkg)), "p.amd64", row.want)
		})
	}
	t.Run("of two equal newer ones the higher level counts", func(t *testing.T) {
		b := securityOnly(rules(
			filtered(messages.Low, baseline.Filter{Key: "PRIORITY", Values: []string{"extra"}}),
			filtered(messages.High, baseline.Filter{Key: "PRIORITY", Values: []string{"important"}})))
		p := pkg("p", "0.9", "0:1.0 security priority=extra", "1.0 security priority=important")
		wantItem(t, judged(t, b, scan(0, p)), "p.amd64", "MISSING 0:1.0 HIGH Security")
	})
}

// has returns a change of a package to that installed version, which it does not list.
func has(version string) func(*messages.Package) {
	return func(p *messages.Package) { p.Installed = &version }
}

// Held, phased or pinned is still MISSING, and the item says what is in the way: the first of these.
func TestBlocked(t *testing.T) {
	with := func(candidate string, hold, keptBack bool, available ...string) messages.Package {
		return but(pkg("p", "1.0", available...), func(p *messages.Package) { p.Candidate, p.Hold, p.KeptBack = candidate, hold, keptBack })
	}
	for _, row := range []struct {
		name string
		pkg  messages.Package
		want string
	}{
		{"nothing", with("1.1", false, false, "1.1 security"), ""},
		{"hold", with("1.1", true, true, "1.1 security"), "hold"},
		{"hold before phased", with("1.1", true, true, "1.1 security phased=10"), "hold"},
		{"hold before pin", with("", true, false, "1.1 security"), "hold"},
		{"phased", with("1.1", false, true, "1.1 security phased=10"), "phased"},
		{"phased before pin", with("1.1", false, true, "1.1 updates phased=0", "1.2 security"), "phased"},
		{"phased to all is not phased", with("1.1", false, true, "1.1 security phased=100"), "kept_back"},
		{"phased but not kept back is in nobody's way", with("1.1", false, false, "1.1 security phased=10"), ""},
		{"pin: the candidate is older", with("1.0", false, false, "1.1 security"), "pin"},
		{"pin: there is no candidate", with("", false, false, "1.1 security"), "pin"},
		{"pin before kept_back", with("1.0", false, true, "1.1 security"), "pin"},
		{"pin does not stand where the candidate is newer", with("1.2", false, false, "1.1 security", "1.2 updates"), ""},
		{"kept_back", with("1.1", false, true, "1.1 security"), "kept_back"},
		{"a candidate that is no version is no pin", with("1.0-", false, true, "1.1 security"), "kept_back"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := item(judged(t, securityOnly(), scan(0, row.pkg)), "p.amd64")
			if got.State != messages.Missing || got.Blocked != row.want {
				t.Errorf("got %s blocked %q, want MISSING blocked %q", got.State, got.Blocked, row.want)
			}
		})
	}
	t.Run("only what is missing is blocked", func(t *testing.T) {
		p := but(pkg("p", "1.0 security"), func(p *messages.Package) { p.Hold = true })
		wantItem(t, judged(t, securityOnly(), scan(0, p)), "p.amd64", "INSTALLED 1.0 UNSPECIFIED Security")
	})
}

func TestArchitectures_are_packages_of_their_own(t *testing.T) {
	i386 := but(pkg("libc6", "1.0", "1.1 security"), func(p *messages.Package) { p.Arch = "i386" })
	r := judged(t, securityOnly(), scan(0, pkg("libc6", "1.1 security"), i386))
	wantItem(t, r, "libc6.amd64", "INSTALLED 1.1 UNSPECIFIED Security")
	wantItem(t, r, "libc6.i386", "MISSING 1.1 UNSPECIFIED Security")
}

func TestPatches_are_sorted_by_patch(t *testing.T) {
	r := judged(t, securityOnly(approved("0ad")), scan(0, pkg("b", "1.0"), pkg("a", "1.0"), pkg("c", "1.0")), run(1, "aa 1.0 installed"))
	var got []string
	for _, i := range r.Patches {
		got = append(got, i.Patch)
	}
	wantTexts(t, got, "0ad", "a.amd64", "aa.amd64", "b.amd64", "c.amd64", "zz-filler.amd64")
}
