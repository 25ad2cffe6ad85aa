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

func carriedBy(versions ...string) []*index {
	ix := &index{target: target{suite: "stable"}}
	for _, v := range versions {
		ix.hits = append(ix.hits, hit{version: v, phased: -1})
	}
	return []*index{ix}
}

func tableOf(carried bool, versions ...string) *opinions {
	p := &policy{name: "x"}
	for _, v := range versions {
		p.versions = append(p.versions, policyVersion{version: v, pin: 500, phased: -1, carried: carried})
	}
	return &opinions{policies: []*policy{p}, kept: []bool{false}}
}

func TestAptAndTheIndicesMustAgree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		indices    []*index
		opinion    *opinions
	}{
		{"they do", "", carriedBy("2", "1"), tableOf(true, "2", "1")},
		{"apt knows more", "apt knows x 2, but no index that was read has it", carriedBy("1"), tableOf(true, "2", "1")},
		{"the index has more", "an index has x 2, but apt does not know it", carriedBy("2", "1"), tableOf(true, "1")},
		{"what is below the installed one does not count", "", carriedBy("1"), tableOf(true, "1", "0.9")},
		{"what is no version does not count", "", carriedBy("1"), tableOf(true, "1", "2-")},
		{"apt does not know the package at all", "", carriedBy("2"), &opinions{policies: []*policy{nil}, kept: []bool{false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := assemble(installedAs("1"), c.indices, c.opinion)
			got := ""
			if err != nil {
				got = err.Error()
			}
			diff(t, "error", c.want, got)
		})
	}
}

func TestAnInstalledVersionThatIsNoneIsComparedWithNothing(t *testing.T) {
	t.Parallel()
	w := newWantList(installedAs("1.0-"), "amd64")
	if _, _, ok := w.match(&stanza{name: []byte("x"), version: []byte("2.0"), arch: []byte("amd64")}); ok {
		t.Error("2.0 is taken for newer than 1.0-")
	}
	_, packages, err := assemble(installedAs("1.0-"), carriedBy(), tableOf(true, "2.0", "1.0-"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "versions", []messages.Version{{Version: "1.0-"}}, packages[0].Versions)
	diff(t, "installed", "1.0-", *packages[0].Installed)
}

func TestIndicesOfTwoArchitecturesAreOneOrigin(t *testing.T) {
	t.Parallel()
	one, two, other := carriedBy()[0], carriedBy()[0], carriedBy()[0]
	two.arch, other.suite = "i386", "stable-security"
	origins, of := originsOf([]*index{one, two, other})
	diff(t, "origins", []messages.Origin{{Archive: "stable"}, {Archive: "stable-security"}}, origins)
	diff(t, "of", []int{0, 0, 1}, of)
}

func TestAnIndexThatAptKnowsAndWeDidNotFind(t *testing.T) {
	t.Parallel()
	_, err := confirm(nil, []target{{uri: "u", file: "/lists/f"}})
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
