package apt

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

func TestChooseKeepsWhatDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "versions")
		versions := make([]messages.Version, n)
		for i := range versions {
			versions[i].Version = fmt.Sprintf("1.%d", n-i) // newest first
			versions[i].Origins = rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 0, 3, rapid.ID).Draw(t, "origins")
		}
		p := messages.Package{}
		if n > 0 {
			p.Installed = &versions[rapid.IntRange(0, n-1).Draw(t, "installed")].Version
			p.Candidate = versions[rapid.IntRange(0, n-1).Draw(t, "candidate")].Version
		}
		kept := choose(versions, p)
		if len(kept) != min(n, messages.MaxPackageVersions) {
			t.Fatalf("%d of %d kept", len(kept), n)
		}
		if n > 0 && (find(kept, *p.Installed) == nil || find(kept, p.Candidate) == nil) {
			t.Fatal("the installed version or the candidate is gone")
		}
		if !slices.IsSortedFunc(kept, func(a, b messages.Version) int { return version.CompareDeb(b.Version, a.Version) }) {
			t.Fatal("the order is lost")
		}
		for origin := range 10 {
			has := func(v messages.Version) bool { return slices.Contains(v.Origins, origin) }
			was, is := slices.IndexFunc(versions, has), slices.IndexFunc(kept, has)
			if was >= 0 && (is < 0 || versions[was].Version != kept[is].Version) {
				t.Fatalf("the newest version of origin %d is gone", origin)
			}
		}
	})
}

// installedAs and carriedBy make the smallest facts that go together.
func installedAs(version string) []installedPackage {
	return []installedPackage{{name: "x", arch: "amd64", version: version, status: "installed", flag: "ok"}}
}

// stable is how apt's table calls the one index of these tests.
const stable = "file:/repo stable/main amd64 Packages"

func carriedBy(versions ...string) *findings {
	ix := &index{target: target{suite: "stable", described: stable}}
	for _, v := range versions {
		ix.hits = append(ix.hits, hit{version: v, section: "net", phased: -1})
	}
	return &findings{indices: []*index{ix}}
}

// tableOf makes apt's version table: "1.0" is dpkg's alone, "1.0 stable" is carried.
func tableOf(lines ...string) *opinions {
	p := &policy{name: "x"}
	for n, line := range lines {
		v, source, carried := strings.Cut(line, " ")
		one := policyVersion{version: v, pin: 500 - n, phased: -1}
		if carried {
			one.sources = []string{strings.ReplaceAll(source, "stable", stable)}
		}
		p.versions = append(p.versions, one)
	}
	if len(lines) > 0 {
		p.candidate, _, _ = strings.Cut(lines[0], " ")
	}
	return &opinions{policies: []*policy{p}, kept: []bool{false}}
}

func TestAptHasTheLastWordOnAPackage(t *testing.T) {
	t.Parallel()
	noTable := &opinions{policies: []*policy{nil}, kept: []bool{false}}
	for _, c := range []struct {
		name      string
		installed string
		found     *findings
		opinion   *opinions
		want      []string // version, section, archive
		candidate string
		notes     []string
	}{
		{"they agree", "1", carriedBy("2", "1"), tableOf("2 stable", "1 stable"), []string{"2 net stable", "1 net stable"}, "2", nil},
		{"apt knows more", "1", carriedBy("1"), tableOf("2 stable", "1 stable"), []string{"2  stable", "1 net stable"}, "2",
			[]string{"apt knows x 2, but no index that was read has it"}},
		{"apt knows more, of a place that we do not", "1", carriedBy("1"), tableOf("2 elsewhere", "1 stable"), []string{"2 ", "1 net stable"}, "2",
			[]string{"apt knows x 2, but no index that was read has it"}},
		{"the index has more", "1", carriedBy("2", "1"), tableOf("1 stable"), []string{"1 net stable"}, "1",
			[]string{"an index has x 2, but apt does not know it: it is left out"}},
		{"the index has the installed version, and apt leaves it out there", "1", carriedBy("1"), tableOf("1"), []string{"1 net"}, "1", nil},
		{"what is below the installed one does not count", "1", carriedBy("1"), tableOf("1 stable", "0.9 stable"), []string{"1 net stable"}, "1", nil},
		{"what cannot be ordered does not count", "1", carriedBy("1"), tableOf("1 stable", "2-"), []string{"1 net stable"}, "1", nil},
		{"dpkg orders what policy does not allow", "3.0_beta", carriedBy("3.1-1"), tableOf("3.1-1 stable", "3.0_beta"), []string{"3.1-1 net stable", "3.0_beta "}, "3.1-1", nil},
		{"apt does not know the package at all", "1", carriedBy("2"), noTable, []string{"2 net stable", "1 "}, "", nil},
		{"two spellings are one version, as apt spells it", "1", carriedBy("0:2", "2"), tableOf("0:2 stable", "1"), []string{"0:2 net stable", "1 "}, "0:2", nil},
		{"two lines for the spellings", "1", carriedBy("2", "0:2"), tableOf("0:2 stable", "2 stable", "1"), []string{"0:2 net stable", "1 "}, "0:2", nil},
		{"the installed version is spelled as dpkg does", "0:1", carriedBy("1"), tableOf("1 stable", "0:1"), []string{"0:1 net stable"}, "0:1", nil},
		{"zeros in front", "1.0", carriedBy("2023.07.06", "2023.7.6"), tableOf("2023.07.06 stable", "1.0"), []string{"2023.07.06 net stable", "1.0 "}, "2023.07.06", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := assemble(installedAs(c.installed), c.found, c.opinion)
			var got []string
			for _, v := range made.packages[0].Versions {
				line := v.Version + " " + v.Section
				for _, n := range v.Origins {
					line += " " + made.origins[n].Archive
				}
				got = append(got, line)
			}
			diff(t, "versions", c.want, got)
			diff(t, "candidate", c.candidate, made.packages[0].Candidate)
			diff(t, "notes", c.notes, made.notes)
		})
	}
}

func TestAnInstalledVersionThatIsNoneHidesNothing(t *testing.T) {
	t.Parallel()
	w := newWantList(installedAs("1.0-"), "amd64")
	for v, want := range map[string]bool{"0.1": true, "2.0": true, "2.0-": false} {
		if _, _, ok := w.match(&stanza{name: []byte("x"), version: []byte(v), arch: []byte("amd64")}); ok != want {
			t.Errorf("%s beside 1.0-, which nobody can order: %v", v, ok)
		}
	}
	made := assemble(installedAs("1.0-"), carriedBy("2.0"), tableOf("2.0 stable", "1.0-"))
	diff(t, "versions", []string{"2.0", "1.0-"}, []string{made.packages[0].Versions[0].Version, made.packages[0].Versions[1].Version})
	diff(t, "installed", "1.0-", *made.packages[0].Installed)
}

func TestIndicesOfTwoArchitecturesAreOneOrigin(t *testing.T) {
	t.Parallel()
	one, two, other := carriedBy().indices[0], carriedBy().indices[0], carriedBy().indices[0]
	two.arch, other.suite = "i386", "stable-security"
	c := newCatalogue([]*index{one, two, other}, nil)
	diff(t, "origins", []messages.Origin{{Archive: "stable"}, {Archive: "stable-security"}}, c.origins)
	diff(t, "of", []int{0, 0, 1}, c.of)
}

func TestAnIndexThatAptKnowsAndWeDidNotFind(t *testing.T) {
	t.Parallel()
	err := new(findings).confirm([]target{{uri: "u", file: "/lists/f"}})
	if err == nil || !strings.Contains(err.Error(), "/lists/f") {
		t.Errorf("the error is %v", err)
	}
}

const localStanza = "Package: %s\nStatus: install ok installed\nPriority: optional\nSection: misc\nMaintainer: X <x@example.com>\n" +
	"Architecture: %s\nVersion: 1.0-1\nDescription: x\n\n"

func TestMorePackagesThanOneCallIsAskedAbout(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	status := filepath.Join(root, "var/lib/dpkg/status")
	var b strings.Builder
	for i := range 2*policyArguments + 1 {
		fmt.Fprintf(&b, localStanza, fmt.Sprintf("local-%d", i), "amd64")
	}
	write(t, status, read(t, status)+b.String())
	scan := collectRoot(t, root)
	diff(t, "packages", 23+2*policyArguments+1, len(scan.Packages))
	for _, p := range scan.Packages {
		if strings.HasPrefix(p.Name, "local-") && (p.Candidate != "1.0-1" || len(p.Versions) != 1 || p.Versions[0].Pin != 100) {
			t.Fatalf("%+v", p)
		}
	}
}

func TestAnArchitectureThatAptIsNotSetUpFor(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	status := filepath.Join(root, "var/lib/dpkg/status")
	write(t, status, read(t, status)+fmt.Sprintf(localStanza, "foreign", "armhf"))
	scan := collectRoot(t, root)
	diff(t, "foreign.armhf", []string{"1.0-1 100"}, table(scan, pkg(t, scan, "foreign", "armhf")))
	diff(t, "packages", 24, len(scan.Packages))
}
