//go:build linux

package rpmproof

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// sles has zypper, which Debian has, too, but not beside dnf's plugins: so its packages are unpacked into a layer of their own.
var sles = &flavour{"sles", zypperLayer, (*host).makeSLES, new(sync.Once)}

var unpackOnce sync.Once

func zypperLayer(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(workDir, "zypper")
	unpackOnce.Do(func() {
		debs := filepath.Join(workDir, "debs")
		if err := os.Mkdir(debs, 0o777); err != nil {
			t.Fatal(err)
		}
		// what apt would install, without its own word on what that conflicts with
		const plan = "apt-get install -s -qq -o Debug::NoLocking=1 zypper"
		packages := []string{"zypper", "zypper-common"}
		for line := range strings.Lines(run(t, "sh", "-c", plan+" 2>/dev/null || { apt-get update -qq && "+plan+"; }")) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "Inst" && f[1] != "zypper" && f[1] != "zypper-common" {
				packages = append(packages, f[1])
			}
		}
		unpack := `set -e; cd "$0"; layer=$1; shift; apt-get download -qq "$@"; for deb in *.deb; do dpkg-deb -x "$deb" "$layer"; done
			for name in bin lib sbin; do [ ! -d "$layer/$name" ] || { cp -a "$layer/$name" "$layer/usr/"; rm -r "$layer/$name"; }; done`
		run(t, "sh", append([]string{"-c", unpack, debs, dir}, packages...)...) // in the system below those are links into usr
	})
	return dir + ":/"
}

var slesRepositories = []string{"baseos", "thirdparty", "acme"}

// makeSLES makes the files of a SUSE Linux Enterprise Server 15 SP5.
func (h *host) makeSLES() {
	h.name("sles-1", "NAME=\"SLES\"\nVERSION=\"15-SP5\"\nVERSION_ID=\"15.5\"\nID=\"sles\"\nID_LIKE=\"suse\"\n")
	h.write("etc/zypp/zypp.conf", "[main]\nmultiversion = provides:installonlypkg(kernel)\n")
	h.write("etc/zypp/locks", "\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: locked\n\n")
	for _, repo := range slesRepositories {
		h.write("etc/zypp/repos.d/"+repo+".repo", fmt.Sprintf("[%s]\nname=%s of SLES\nenabled=1\nautorefresh=1\nbaseurl=dir:%s/%s\ntype=rpm-md\nrepo_gpgcheck=0\npkg_gpgcheck=1\n",
			repo, repo, reposSeen, repo))
	}
	h.install()
	h.do([]string{"zypper", "--non-interactive", "--no-gpg-checks", "refresh"})
}

func TestTheScanHasWhatZypperSays(t *testing.T) {
	h := sles.host(t)
	s := h.whole()
	diff(t, "system", messages.OS{System: "SUSE", Product: "Suse15.5", Version: "15.5", Arch: "x86_64", Kernel: s.OS.Kernel}, s.OS)
	installed := set(strings.Split(h.do([]string{"rpm", "-qa", "--qf", `%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}.%{ARCH}\n`}), "\n")...)
	got, chosen := set(), set()
	for _, p := range s.Packages {
		for _, evr := range append([]string{*p.Installed}, p.Others...) {
			got[nevra(p.Name, evr, p.Arch)] = true
		}
		for _, v := range p.Versions {
			if v.Version == p.Candidate {
				arch := p.Arch
				if v.Arch != "" {
					arch = v.Arch
				}
				chosen[p.Name+"."+arch+" "+v.Version] = true
			}
		}
	}
	for id := range installed {
		if strings.HasPrefix(id, "gpg-pubkey-") {
			delete(installed, id)
		}
	}
	diff(t, "installed", installed, got)

	updates := set()
	for line := range strings.Lines(h.do([]string{"zypper", "--no-refresh", "list-updates"})) {
		f := strings.Split(line, "|")
		if len(f) == 6 && strings.TrimSpace(f[0]) == "v" {
			updates[strings.TrimSpace(f[2])+"."+strings.TrimSpace(f[5])+" "+strings.TrimSpace(f[4])] = true
		}
	}
	diff(t, "candidates", updates, chosen)
	diff(t, "held", "locked", names(s, func(p *messages.Package) bool { return p.Hold }))
	// zypper leaves what is installed for two architectures, glibc, where it updates all
	diff(t, "kept back", "glibc needs-missing", names(s, func(p *messages.Package) bool { return p.KeptBack }))
	diff(t, "side by side", "kernel-core", names(s, func(p *messages.Package) bool { return p.SideBySide }))
	if len(updates) < 20 {
		t.Errorf("%d updates: the host is too plain", len(updates))
	}

	needed := set()
	for line := range strings.Lines(h.do([]string{"zypper", "--no-refresh", "list-patches"})) {
		if f := strings.Split(line, "|"); len(f) > 5 && strings.Contains(line, "needed") {
			needed[strings.TrimSpace(f[1])] = true
		}
	}
	open := set()
	for _, p := range s.Packages {
		for _, v := range p.Versions {
			for _, id := range v.Advisories {
				if v.Version != *p.Installed {
					open[id] = true
				}
			}
		}
	}
	delete(needed, "RHSA-2024:0908") // of a version that no repository carries
	diff(t, "patches", needed, open)
}

func TestAScanLeavesASUSEHostAsItWas(t *testing.T) {
	h := sles.host(t)
	before := h.trace()
	first := h.whole()
	diff(t, "after a scan", before, h.trace())
	if second := h.whole(); first.Hash != second.Hash {
		t.Errorf("%q, then %q", first.Hash, second.Hash)
	}
}

// A root of SUSE is scanned from a host that has zypper.
func TestARootOfSUSEIsScannedAsTheHostItself(t *testing.T) {
	h := sles.host(t)
	want := h.whole()
	image := h.path("tmp/image")
	mount(t, h.own, image, "", syscall.MS_BIND, "")
	before := h.trace()
	got := decode(t, h.do([]string{"/tmp/patchstream", "scan", "--print", "--host", "sles-1", "--root", "/tmp/image"}))
	diff(t, "after a scan from outside", before, h.trace())
	diff(t, "why it is not complete", "", got.Error)
	diff(t, "packages", want.Packages, got.Packages)
	diff(t, "notices", want.Advisories, got.Advisories)
}

func TestNothingIsGreenThatIsNotKnownOfASUSEHost(t *testing.T) {
	long := time.Now().Add(-40 * 24 * time.Hour)
	baseline := filepath.Join(t.TempDir(), "lenient.json")
	text := strings.Replace(run(t, "cat", lenient(t)), "ROCKY_LINUX", "SUSE", 1)
	if err := os.WriteFile(baseline, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, code := sles.host(t).verdictNow(baseline); code != exitCompliant {
		t.Fatalf("nothing is spoiled, exit code %d\n%s", code, text)
	}
	raw := func(h *host, pattern string) string {
		found, err := filepath.Glob(h.path("var/cache/zypp/raw/baseos/" + pattern))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		return found[0]
	}
	for _, c := range []struct {
		name  string
		spoil func(h *host)
		want  string
	}{
		{"a repository without metadata", func(h *host) { h.remove(raw(h, "")) }, "the metadata of the repository baseos is not in"},
		{"a list of packages that is cut", func(h *host) { h.cut(raw(h, "repodata/*-primary.xml.gz")) }, "the repository baseos"},
		{"notices that are cut", func(h *host) { h.cut(raw(h, "repodata/*-updateinfo.xml.gz")) }, "the repository baseos"},
		{"notices that are gone", func(h *host) { h.remove(raw(h, "repodata/*-updateinfo.xml.gz")) }, "the repository baseos"},
		{"no repository", func(h *host) { h.remove(h.path("etc/zypp/repos.d")) }, "no repository is enabled"},
		{"metadata that nobody asked for again", func(h *host) {
			if err := os.Chtimes(raw(h, "repodata/repomd.xml"), long, long); err != nil {
				t.Fatal(err)
			}
		}, "lists_old"},
		{"a frozen base", func(h *host) {
			redate(t, filepath.Join(h.repos, "baseos"), long)
			h.do([]string{"zypper", "--non-interactive", "--no-gpg-checks", "refresh", "--force"})
		}, "security_lists_old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := sles.host(t)
			c.spoil(h)
			s := h.scan()
			text, code := h.verdict(s, baseline)
			if code != exitUnknown || s.Complete && !strings.Contains(text, c.want) || !s.Complete && !strings.Contains(s.Error, c.want) {
				t.Errorf("exit code %d, complete %v, error %q, want %q\n%s", code, s.Complete, s.Error, c.want, text)
			}
		})
	}
}
