//go:build linux

package rpmproof

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// fiveLinux has dnf 5 and rpm 6, which Debian has in sid: so a minimal sid is what its files lie over. It is kept between runs,
// as the systems of the other proofs are.
var fiveLinux = &flavour{"dnf5", sidLayer, (*host).makeFive, new(sync.Once)}

var sidOnce sync.Once

func sidLayer(t testing.TB) string {
	t.Helper()
	cache := os.Getenv("PATCHSTREAM_E2E_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(user, "patchstream-e2e")
	}
	dir := filepath.Join(cache, "rpm-sid")
	sidOnce.Do(func() {
		if _, err := os.Stat(filepath.Join(dir, "usr/bin/dnf5")); err == nil {
			return
		}
		if err := os.MkdirAll(cache, 0o755); err != nil {
			t.Fatal(err)
		}
		made := dir + ".making"
		run(t, "rm", "-rf", made, dir)
		run(t, "sh", "-c", `index() { apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' | awk -F'|' '$1 == "Debian" && $2 !~ /-/ {print $3; exit}'; }
			[ -n "$(index)" ] || apt-get update -qq
			archive=$(index)
			mmdebstrap -q --aptopt='Acquire::Check-Valid-Until "false"' --variant=apt --include=dnf5,rpm sid "$0" "$archive"`, made)
		if err := os.Rename(made, dir); err != nil {
			t.Fatal(err)
		}
	})
	return dir
}

// makeFive makes the files of a Fedora 41, whose dnf is dnf 5.
func (h *host) makeFive() {
	h.name("five-1", "NAME=\"Rocky Linux\"\nVERSION=\"11.0\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"11.0\"\nPLATFORM_ID=\"platform:el9\"\n")
	h.configureDNF()
	h.remove(h.path("etc/dnf/plugins"))
	h.install()
	if err := os.Symlink("dnf5", h.path("usr/bin/dnf")); err != nil {
		h.t.Fatal(err)
	}
	h.do([]string{"dnf5", "-q", "makecache"})
	h.do([]string{"dnf5", "-C", "-q", "versionlock", "add", "locked"})
}

func TestTheScanHasWhatDNF5Says(t *testing.T) {
	h := fiveLinux.host(t)
	s := h.whole()
	const format = "%{name}-%{epoch}:%{version}-%{release}.%{arch} %{repoid}\\n"
	query := func(args ...string) map[string]bool {
		return set(strings.Split(h.do(append([]string{"dnf5", "-C", "-q", "repoquery", "--queryformat", format}, args...)), "\n")...)
	}
	upgrades, wanted := query("--upgrades", "--setopt=disable_excludes=*"), query("--upgrades")
	candidates := set()
	for line := range strings.Lines(h.do([]string{"dnf5", "-C", "-q", "check-upgrade"}, 100)) {
		if strings.HasPrefix(line, "Obsoleting") {
			break
		}
		if f := strings.Fields(line); len(f) == 3 {
			candidates[f[0]+" "+f[1]] = true
		}
	}
	carried, excluded, chosen := offersOf(s)
	diff(t, "versions", upgrades, carried)
	wanted["locked-0:1.1-1.el9.x86_64 baseos"] = true // kept out by its lock, of which dnf 5 tells apart
	for line := range wanted {
		delete(upgrades, line)
	}
	diff(t, "excluded", upgrades, excluded)
	diff(t, "candidates", candidates, chosen)
	if len(candidates) < 15 || len(excluded) == 0 {
		t.Errorf("%d candidates, %d excluded: the host is too plain", len(candidates), len(excluded))
	}
	diff(t, "held", "locked", names(s, func(p *messages.Package) bool { return p.Hold }))
	diff(t, "kept back", "needs-missing", names(s, func(p *messages.Package) bool { return p.KeptBack }))
	diff(t, "side by side", "kernel-core", names(s, func(p *messages.Package) bool { return p.SideBySide }))
	trusted := set()
	for _, o := range s.Origins {
		if o.Trusted {
			trusted[o.Archive] = o.Notices
		}
	}
	diff(t, "trusted", map[string]bool{"appstream": true, "baseos": true, "thirdparty": false}, trusted)
}

func TestAScanLeavesAHostOfDNF5AsItWas(t *testing.T) {
	h := fiveLinux.host(t)
	before := h.trace()
	want := h.whole()
	diff(t, "after a scan", before, h.trace())
	image := h.path("tmp/image")
	mount(t, h.own, image, "", syscall.MS_BIND, "")
	got := decode(t, h.do([]string{"/tmp/patchstream", "scan", "--print", "--host", "five-1", "--root", "/tmp/image"}))
	diff(t, "after a scan from outside", before, h.trace())
	diff(t, "packages", want.Packages, got.Packages)
	diff(t, "notices", want.Advisories, got.Advisories)
}

func TestNothingIsGreenThatIsNotKnownOfAHostOfDNF5(t *testing.T) {
	baseline := lenient(t)
	if text, code := fiveLinux.host(t).verdictNow(baseline); code != exitCompliant {
		t.Fatalf("nothing is spoiled, exit code %d\n%s", code, text)
	}
	cached := func(h *host, pattern string) string {
		found, err := filepath.Glob(h.path("var/cache/libdnf5/baseos-" + strings.Repeat("[0-9a-f]", 16) + "/" + pattern))
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
		{"a repository that is skipped without a word", func(h *host) {
			h.remove(cached(h, ""))
			h.add("etc/yum.repos.d/baseos.repo", "skip_if_unavailable=1\n")
		}, "baseos"},
		{"a repository without metadata", func(h *host) { h.remove(cached(h, "")) }, "baseos"},
		{"a list of packages that is cut", func(h *host) { h.cut(cached(h, "repodata/*-primary.xml.gz")) }, "baseos"},
		{"notices that are cut", func(h *host) { h.cut(cached(h, "repodata/*-updateinfo.xml.gz")) }, "baseos"},
		{"notices that are gone, and were not asked for", func(h *host) {
			h.add("etc/dnf/dnf.conf", "optional_metadata_types=comps\n")
			h.remove(cached(h, "repodata/*-updateinfo.xml.gz"))
			h.remove(cached(h, "solv/baseos-updateinfo.solvx"))
		}, "baseos"},
		{"no repository", func(h *host) { h.remove(h.path("etc/yum.repos.d")) }, "no repository is enabled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := fiveLinux.host(t)
			c.spoil(h)
			s := h.scan()
			if text, code := h.verdict(s, baseline); code != exitUnknown || !strings.Contains(s.Error, c.want) {
				t.Errorf("exit code %d, complete %v, error %q, want %q\n%s", code, s.Complete, s.Error, c.want, text)
			}
		})
	}
}
