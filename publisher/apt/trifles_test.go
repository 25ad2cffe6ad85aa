package apt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// Things that apt and dpkg shrug at. None of them keeps a host from being seen, and apt itself says what is right.

// noted collects a scan that must be whole, and what is noted with it.
func noted(t *testing.T, root string) (*messages.Scan, []string) {
	t.Helper()
	var notes []string
	c := Collector{Root: root, Note: func(text string) { notes = append(notes, text) }}
	scan, err := c.Collect(t.Context())
	if err != nil || !scan.Complete {
		t.Fatalf("%v, %+v", err, scan)
	}
	return scan, notes
}

func TestNamesAreTakenInAnyCase(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t, onHost("acme-tool", "0.1"), onHost("Odd-Tool", "1"))
	r.add("stable", offered("ACME-Tool", "0.1")+offered("Odd-TOOL", "2"))
	r.update()
	scan := agrees(t, r.dir)
	r.missing(scan)
	if _, notes := noted(t, r.dir); len(notes) > 0 {
		t.Errorf("notes: %q", notes)
	}
	diff(t, "acme-tool", []string{"0.1 500 stable"}, table(scan, pkg(t, scan, "acme-tool", "amd64")))
	diff(t, "odd-tool", []string{"2 500 stable", "1 100"}, table(scan, pkg(t, scan, "odd-tool", "amd64")))
}

func TestVersionsThatAreEqualInOrderAreOne(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t, onHost("tooldb", "1.10.0"), onHost("calver", "2022.1"), onHost("same", "0:1.0"))
	r.add("stable", offered("tooldb", "0:1.11.0")+offered("calver", "2023.07.06")+offered("calver", "2023.7.6"))
	r.add("mirror", offered("tooldb", "1.11.0")+offered("same", "1.0"))
	r.update()
	scan, notes := noted(t, r.dir)
	r.missing(scan)
	diff(t, "tooldb", []string{"0:1.11.0 500 stable mirror", "1.10.0 100"}, table(scan, pkg(t, scan, "tooldb", "amd64")))
	diff(t, "candidate", "0:1.11.0", pkg(t, scan, "tooldb", "amd64").Candidate)
	diff(t, "calver", []string{"2023.07.06 500 stable", "2022.1 100"}, table(scan, pkg(t, scan, "calver", "amd64")))
	same := pkg(t, scan, "same", "amd64")
	diff(t, "same", "1.0 1 1.0", same.Versions[0].Version+" "+strings.Repeat("1", len(same.Versions))+" "+same.Candidate)
	diff(t, "notes", 0, len(notes))
}

func TestOddEntriesOfDpkgCostOnlyThemselves(t *testing.T) {
	t.Parallel()
	without := func(text, field string) string {
		var b strings.Builder
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, field+":") {
				b.WriteString(line)
			}
		}
		return b.String()
	}
	left := strings.Replace(without(onHost("left", "1.0"), "Architecture"), "install ok installed", "deinstall ok config-files", 1)
	r := newSmallRoot(t, left, without(onHost("shim", "1.0"), "Architecture"), without(onHost("bare", "1.0"), "Maintainer"),
		without(onHost("nosection", "1.0"), "Section"), onHost("vm", "7.0_rc1"), onHost("folded", "1.0", "Homepage: x\n folded\n"))
	r.add("stable", offered("vm", "7.1-1"))
	r.update()
	scan, notes := noted(t, r.dir)
	r.missing(scan)
	if len(notes) != 1 || !strings.Contains(notes[0], `"shim" "1.0"`) {
		t.Errorf("notes: %q", notes)
	}
	for _, name := range []string{"bare", "nosection", "folded"} {
		diff(t, name, []string{"1.0 100"}, table(scan, pkg(t, scan, name, "amd64")))
	}
	diff(t, "what dpkg orders", []string{"7.1-1 500 stable", "7.0_rc1 100"}, table(scan, pkg(t, scan, "vm", "amd64")))
}

func TestWhatBelongsToNoSourceIsNotLookedAt(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t, onHost("tool", "1.0"))
	repo := r.add("stable", offered("tool", "1.1"))
	r.update()
	lists := r.path("var/lib/apt/lists")
	for _, list := range glob(t, filepath.Join(lists, fileName(repo)+"*")) {
		if err := os.Remove(list); err != nil {
			t.Fatal(err)
		}
	}
	for name, put := range map[string]func(path string) error{
		"gone_dists_stable_main_binary-amd64_Packages":  func(path string) error { return os.Symlink("/nowhere", path) },
		"loop_dists_stable_main_binary-amd64_Packages":  func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"other_dists_stable_main_binary-amd64_Packages": func(path string) error { return os.WriteFile(path, []byte("nonsense"), 0o644) },
		"other_dists_stable_Release":                    func(path string) error { return os.WriteFile(path, []byte("nonsense"), 0o644) },
	} {
		if err := put(filepath.Join(lists, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(r.path("etc/apt/sources.list.d/repo-2.list")); err != nil {
		t.Fatal(err)
	}
	scan := agrees(t, r.dir)
	r.missing(scan)
	diff(t, "not read", 0, len(unreadIn(scan)))
}

func TestAnIndexThatAptNeverFetchesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	weak := func(repo string) {
		edit(t, filepath.Join(repo, "dists/stable/Release"), "SHA256:", "SHA1:")
	}
	for name, c := range map[string]struct {
		files map[string]string
		spoil func(repo string)
		want  []string
	}{
		"listed in compressed form alone": {map[string]string{"main/binary-amd64/Packages.gz": gzipped(t, offered("tool", "1.1"))}, nil, []string{"stable main"}},
		"of another architecture":         {map[string]string{"main/binary-arm64/Packages": offered("tool", "1.1")}, nil, nil},
		"of another component":            {map[string]string{"extra/binary-amd64/Packages": offered("tool", "1.1")}, nil, nil},
		"empty":                           {map[string]string{"main/binary-amd64/Packages": ""}, nil, nil},
		"listed by a weak checksum":       {map[string]string{"main/binary-amd64/Packages": offered("tool", "1.1")}, weak, []string{"stable main"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSmallRoot(t, onHost("tool", "1.0"))
			repo := r.addFiles("stable", c.files)
			if c.spoil != nil {
				c.spoil(repo)
			}
			r.update()
			scan := agrees(t, r.dir)
			r.missing(scan)
			diff(t, "not read", c.want, unreadIn(scan))
		})
	}
}

func TestAnArchiveThatWasNeverFetchedIsNamed(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t)
	r.write("etc/apt/sources.list", "deb [trusted=yes] copy:/nowhere/at/all jammy-updates main universe\ndeb http://user:secret@mirror.invalid/ubuntu jammy/updates main\ndeb http://flat.invalid/ ./\n")
	r.update2()
	scan := agrees(t, r.dir)
	r.missing(scan)
	diff(t, "not read", []string{"jammy-updates main", "jammy-updates universe", "jammy/updates main", " "}, unreadIn(scan))
	for _, o := range scan.Origins {
		if o.Unread && (o.Trusted || strings.Contains(o.Site, "secret")) {
			t.Errorf("%+v", o)
		}
	}
}

// update2 fetches the lists without a network.
func (r *smallRoot) update2() {
	r.t.Helper()
	askLoosely(r.t, r.dir, "apt-get", "update", "-qq", "-o", "Acquire::http::Proxy=http://127.0.0.1:1", "-o", "Acquire::Retries=0")
}

// Variants and Include are of apt 3.1 and later; an older one reads the same sources and obeys what it knows.
func TestWhatASourceLeavesOut(t *testing.T) {
	t.Parallel()
	source := func(r *smallRoot, more string) {
		repo := r.path("repo-2")
		if err := os.Remove(r.path("etc/apt/sources.list.d/repo-2.list")); err != nil {
			r.t.Fatal(err)
		}
		r.write("etc/apt/sources.list.d/two.sources", "Types: deb\nURIs: copy:"+repo+"\nSuites: stable\nComponents: main\nTrusted: yes\n"+more)
	}
	for name, c := range map[string]struct {
		files map[string]string
		spoil func(r *smallRoot)
	}{
		"Exclude": {nil, func(r *smallRoot) { source(r, "Exclude: tool\n") }},
		"Include": {nil, func(r *smallRoot) { source(r, "Include: other\n") }},
		"Include of the installed version": {map[string]string{"main/binary-amd64/Packages": offered("tool", "1.0") + offered("other", "2")},
			func(r *smallRoot) { source(r, "Include: other\n") }},
		"no Packages": {nil, func(r *smallRoot) { source(r, "Targets: Contents-deb\n") }},
		"Packages that are fetched when asked for": {nil, func(r *smallRoot) {
			r.write("etc/apt/apt.conf.d/targets", "Acquire::IndexTargets::deb::Packages::DefaultEnabled \"false\";\n")
			edit(r.t, r.path("etc/apt/sources.list.d/repo-1.list"), "trusted=yes", "trusted=yes target+=Packages")
		}},
		"a variant in place of the architecture": {map[string]string{
			"main/binary-amd64/Packages":   offered("tool", "1.1") + offered("other", "2"),
			"main/binary-amd64v3/Packages": offered("tool", "1.1", "Architecture-Variant: amd64v3\n") + offered("other", "3", "Architecture-Variant: amd64v3\n"),
		}, func(r *smallRoot) {
			r.write("etc/apt/apt.conf.d/variants", "APT::Architecture-Variants { \"amd64v3\"; };\n")
		}},
		"a variant that the host does not have": {map[string]string{
			"main/binary-amd64/Packages":   offered("tool", "1.1") + offered("other", "2"),
			"main/binary-amd64v4/Packages": offered("tool", "1.2", "Architecture-Variant: amd64v4\n"),
		}, func(r *smallRoot) {
			r.write("etc/apt/apt.conf.d/variants", "APT::Architecture-Variants { \"amd64v3\"; };\n")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSmallRoot(t, onHost("tool", "1.0"), onHost("other", "1"))
			if c.files == nil {
				c.files = map[string]string{"main/binary-amd64/Packages": offered("tool", "1.1") + offered("other", "2")}
			}
			r.addFiles("stable", c.files)
			c.spoil(r)
			r.update()
			scan := agrees(t, r.dir)
			if name != "Packages that are fetched when asked for" {
				r.missing(scan)
			}
		})
	}
}

func TestAnIndexWithoutItsLastNewline(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t, onHost("tool", "1.0"), onHost("flat", "1.0"))
	r.add("stable", strings.TrimRight(offered("tool", "1.1"), "\n"))
	r.write("flat/Packages", strings.TrimRight(offered("flat", "1.1"), "\n"))
	r.write("etc/apt/sources.list.d/flat.list", "deb [trusted=yes] copy:"+r.path("flat")+" ./\n")
	r.update()
	scan := agrees(t, r.dir)
	r.missing(scan)
	diff(t, "tool", []string{"1.1 500 stable", "1.0 100"}, table(scan, pkg(t, scan, "tool", "amd64")))
	diff(t, "flat", []string{"1.1 500 ", "1.0 100"}, table(scan, pkg(t, scan, "flat", "amd64")))
}

// A disk of its own for /var, a moved directory, a root that is reached by another name.
func TestPathsThatAreLinks(t *testing.T) {
	t.Parallel()
	move := func(r *smallRoot, name, to string) {
		r.t.Helper()
		if err := os.MkdirAll(filepath.Dir(r.path(to)), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Rename(r.path(name), r.path(to)); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Symlink(r.path(to), r.path(name)); err != nil {
			r.t.Fatal(err)
		}
	}
	for name, links := range map[string]func(r *smallRoot) string{
		"/var":             func(r *smallRoot) string { move(r, "var", "data/var"); return r.dir },
		"/var/lib":         func(r *smallRoot) string { move(r, "var/lib", "data/lib"); return r.dir },
		"/var/lib/apt":     func(r *smallRoot) string { move(r, "var/lib/apt", "data/apt"); return r.dir },
		"the lists":        func(r *smallRoot) string { move(r, "var/lib/apt/lists", "data/lists"); return r.dir },
		"dpkg's directory": func(r *smallRoot) string { move(r, "var/lib/dpkg", "data/dpkg"); return r.dir },
		"the sources":      func(r *smallRoot) string { move(r, "etc/apt/sources.list.d", "data/sources"); return r.dir },
		"the root":         func(r *smallRoot) string { return alias(r) },
		"a real path within": func(r *smallRoot) string {
			move(r, "var", "data/var")
			edit(r.t, r.path("etc/apt/apt.conf"), "Dir::State::status \""+r.path("var"), "Dir::State::status \""+r.path("data/var"))
			return alias(r)
		},
		"a path with detours": func(r *smallRoot) string {
			edit(r.t, r.path("etc/apt/apt.conf"), r.path("var/lib/dpkg/status"), r.dir+"/var/../var//lib/dpkg/./status")
			return r.dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSmallRoot(t)
			root := links(r)
			r.update()
			scan := collectRoot(t, root)
			r.missing(scan)
			diff(t, "not read", 0, len(unreadIn(scan)))
		})
	}
}

func alias(r *smallRoot) string {
	r.t.Helper()
	link := filepath.Join(r.t.TempDir(), "alias")
	if err := os.Symlink(r.dir, link); err != nil {
		r.t.Fatal(err)
	}
	return link
}

func TestAListThatIsALinkOutOfTheRoot(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t)
	r.update()
	outside := t.TempDir()
	index := glob(t, r.path("var/lib/apt/lists/*_Packages"))[0]
	if err := os.Rename(index, filepath.Join(outside, "Packages")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "Packages"), index); err != nil {
		t.Fatal(err)
	}
	if why := collectPartial(t, Collector{Root: r.dir}); !strings.Contains(why, "leads out of") {
		t.Errorf("the reason is %q", why)
	}
}

// Whatever apt.conf says of how apt shall speak, the scan is the same.
func TestTheHostsOwnSettingsChangeNothing(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t, onHost("kept", "1"), onHost("phasy", "1"), strings.Replace(onHost("held", "1"), "install ok", "hold ok", 1))
	r.add("jammy-updates", offered("kept", "2", "Depends: not-there\n")+offered("phasy", "2", "Phased-Update-Percentage: 0\n")+offered("held", "2"))
	r.update()
	want := collectRoot(t, r.dir)
	kept := []string{"held:amd64"}
	if aptIsAtLeast(t, "2.6") { // says of all that it leaves
		kept = []string{"held:amd64", "kept:amd64", "phasy:amd64"}
	}
	diff(t, "kept back", kept, namesWhere(want, func(p *messages.Package) bool { return p.KeptBack }))
	for _, conf := range []string{
		`quiet "2";`, `quiet "3";`, `quiet "0";`, `Binary::apt-get::quiet "2";`, `APT::Get::Assume-Yes "true";`, `APT::Get::Show-Versions "true";`,
		`APT::Get::Show-Upgraded "false";`, `APT::Get::Simulate "false";`, `APT::Get::Print-URIs "true";`, `APT::Get::Download-Only "true";`, `APT::Get::Trivial-Only "true";`,
		`APT::Get::Assume-No "true";`, `APT::Get::List-Columns "true";`, `APT::Output-Version "30";`, `APT::Color "yes";`, `APT::Color::Show "true";`,
		`Acquire::Languages { "de"; "en"; };`, `APT::Get::IndexTargets::ReleaseInfo "false";`, `APT::Get::IndexTargets::Format "$(URI)";`,
		`Debug::pkgPolicy "true"; Debug::pkgDepCache::Marker "true"; Debug::pkgProblemResolver "true"; Debug::pkgDepCache::AutoInstall "true";`,
		`Dpkg::Options { "--nonsense"; };`, `DPkg::Pre-Invoke { "false"; };`, `APT::Update::Pre-Invoke { "false"; };`, `Dir::Log "/dev/null";`,
		`APT::Get::Force-Yes "true";`, `Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";`, `Dir::Cache "/nowhere";`, `Debug::NoLocking "false";`,
		`APT::Cache::ShowFull "true"; APT::Cache::AllVersions "true"; APT::Cache::Generate "false";`, `APT::Keep-Fds:: "9";`,
	} {
		t.Run(conf, func(t *testing.T) {
			copied := copyRoot(t, r.dir)
			write(t, filepath.Join(copied, "etc/apt/apt.conf.d/99own"), conf+"\n")
			got := collectRoot(t, copied)
			diff(t, "packages", want.Packages, got.Packages)
			diff(t, "origins", want.Origins, got.Origins)
		})
	}
}

// What apt warns of that costs nothing: a directory that nobody made, a source that stands twice, a pin of no known type.
func TestHarmlessWarnings(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t)
	r.write("etc/apt/sources.list", read(t, r.path("etc/apt/sources.list.d/repo-1.list")))
	r.write("etc/apt/preferences.d/odd", "Package: openssl\nPin: moon full\nPin-Priority: 990\n")
	r.write("etc/apt/sources.list.d/repo-1.list.save", "nonsense")
	r.write("etc/apt/sources.list.d/.hidden.list", "nonsense")
	r.update()
	for _, dir := range []string{"etc/apt/apt.conf.d", "etc/apt/trusted.gpg.d"} {
		if err := os.Remove(r.path(dir)); err != nil {
			t.Fatal(err)
		}
	}
	scan, notes := noted(t, r.dir)
	r.missing(scan)
	if len(notes) != 1 || !strings.Contains(notes[0], "pin type") {
		t.Errorf("notes: %q", notes)
	}
}

func TestWeighed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]weight{
		"W: Unable to read /etc/apt/sources.list.d/x.list - open (13: Permission denied)":                              isPartial,
		"W: Unable to read /etc/apt/preferences.d/ - opendir (5: Input/output error)":                                  isPartial,
		"W: Unable to read /etc/apt/apt.conf - RealFileExists (13: Permission denied)":                                 isPartial,
		"W: Unable to read /etc/apt/apt.conf.d/ - DirectoryExists (2: No such file or directory)":                      costsNothing,
		"W: Target Packages (main/binary-amd64/Packages) is configured multiple times in a.list:1 and a.list:2":        costsNothing,
		"W: Duplicate sources.list entry http://m.example.org stable/main amd64 Packages":                              costsNothing,
		"W: Problem unlinking the file /x/pkgcache.bin - Clean (13: Permission denied)":                                costsNothing,
		"W: Unable to read /etc/apt/auth.conf.d/90pro - open (13: Permission denied)":                                  costsNothing,
		"W: Something that no apt says yet - frobnicate (11: Resource temporarily unavailable)":                        isPartial,
		"W: Some option is old and will be gone":                                                                       isNote,
		"W: Did not understand pin type moon":                                                                          isNote,
		"W: Loading the configure index APT in file x:3 failed!":                                                       isPartial,
		"W: The dpkg executable set in Dir::Bin::dpkg is missing, falling back to using default dpkg.":                 isPartial,
		"Warning: Unable to read /etc/apt/sources.list - open (13: Permission denied)":                                 isPartial,
		"E: The package lists or status file could not be parsed or opened.":                                           isPartial,
		"N: Ignoring file 'x.save' in directory '/etc/apt/sources.list.d/' as it has an invalid filename extension":    costsNothing,
		"dpkg-query: warning: parsing file '/var/lib/dpkg/status' near line 9 package 'x': missing 'Maintainer' field": costsNothing,
		"NOTE: This is only a simulation!":                                                                             costsNothing,
	} {
		if got := weighed(line); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}

// aptIsAtLeast tells whether the machine's apt is of that version or a later one.
func aptIsAtLeast(t *testing.T, v string) bool {
	t.Helper()
	f := strings.Fields(ask(t, "", "apt-get", "--version"))
	return version.CompareDeb(f[1], v) >= 0
}

func TestAFailedUpdateDoesNotLookFresh(t *testing.T) {
	t.Parallel()
	r := newSmallRoot(t)
	r.update()
	old := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	age := func() {
		t.Helper()
		for _, dir := range []string{"var/lib/apt/lists", "var/lib/apt/lists/partial"} {
			if err := os.Chtimes(r.path(dir), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := map[string]string{"main/binary-amd64/Packages": offered("openssl", "3.0-3")}
	repo := r.path("repo-1")
	release := filepath.Join(repo, "dists/jammy-security/Release")
	spoiled := map[string]func(){
		"nothing is new": func() {},
		"it is gone": func() {
			if err := os.RemoveAll(repo); err != nil {
				t.Fatal(err)
			}
		},
		"it has expired": func() {
			r.publish(repo, "jammy-security", files)
			edit(t, release, "Architectures:", "Valid-Until: Tue, 24 Nov 2020 00:00:00 UTC\nArchitectures:")
			r.later(release)
		},
		"the index is another than promised": func() {
			r.publish(repo, "jammy-security", files)
			write(t, filepath.Join(repo, "dists/jammy-security/main/binary-amd64/Packages"), "nonsense")
		},
	}
	if !aptIsAtLeast(t, "2.6") { // takes an expired Release file over, and its date, which tells
		delete(spoiled, "it has expired")
	}
	for name, spoil := range spoiled {
		t.Run(name, func(t *testing.T) {
			spoil()
			age()
			r.update()
			diff(t, "lists asked for", old, collectRoot(t, r.dir).IndexAt)
		})
	}
	r.publish(repo, "jammy-security", files)
	age()
	before := time.Now().Add(-time.Minute)
	r.update()
	if at := collectRoot(t, r.dir).IndexAt; at.Before(before) {
		t.Errorf("after a good one: %v", at)
	}
	for _, list := range glob(t, r.path("var/lib/apt/lists/*jammy*")) {
		if err := os.Remove(list); err != nil {
			t.Fatal(err)
		}
	}
	if at := collectRoot(t, r.dir).IndexAt; !at.IsZero() {
		t.Errorf("without lists: %v", at)
	}
}
