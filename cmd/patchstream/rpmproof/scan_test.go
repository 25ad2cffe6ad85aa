//go:build linux

package rpmproof

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

// scan is what the program prints on the host. A scan that is not complete is printed too.
func (h *host) scan() *messages.Scan {
	h.t.Helper()
	out, said, _ := h.try("/tmp/patchstream", "scan", "--print", "--host", "rocky-1")
	if out == "" {
		h.t.Fatalf("no scan: %s", said)
	}
	return decode(h.t, out)
}

func decode(t testing.TB, text string) *messages.Scan {
	t.Helper()
	e, err := messages.Decode(messages.KindScan, []byte(text), messages.Sniff([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return e.(*messages.Scan)
}

// whole is a scan that must be complete.
func (h *host) whole() *messages.Scan {
	h.t.Helper()
	s := h.scan()
	if !s.Complete {
		h.t.Fatalf("the scan is not complete: %s", s.Error)
	}
	return s
}

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func set(lines ...string) map[string]bool {
	all := map[string]bool{}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			all[line] = true
		}
	}
	return all
}

// nevra is a version as dnf's and rpm's formats below print it.
func nevra(name, evr, arch string) string {
	if !strings.Contains(evr, ":") {
		evr = "0:" + evr
	}
	return name + "-" + evr + "." + arch
}

func TestTheScanHasWhatRPMSaysIsInstalled(t *testing.T) {
	h := newHost(t)
	want := set(strings.Split(h.do([]string{"rpm", "-qa", "--qf", `%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}.%{ARCH} %{INSTALLTIME} %{SOURCERPM}\n`}), "\n")...)
	for line := range want {
		if strings.HasPrefix(line, "gpg-pubkey-") {
			delete(want, line)
		}
	}
	s := h.whole()
	got := map[string]bool{}
	times := map[string]string{}
	for line := range want {
		f := strings.Fields(line)
		times[f[0]] = f[1] + " " + f[2]
	}
	for _, p := range s.Packages {
		for _, evr := range append([]string{*p.Installed}, p.Others...) {
			id := nevra(p.Name, evr, p.Arch)
			got[id+" "+times[id]] = true
		}
		id := nevra(p.Name, *p.Installed, p.Arch)
		if at := strings.Fields(times[id] + " -"); at[0] != "-" && time.Unix(seconds(t, at[0]), 0).UTC() != p.InstalledAt {
			t.Errorf("%s: installed at %v, rpm says %s", id, p.InstalledAt, at[0])
		}
		if want := times[id]; !strings.HasSuffix(want, " "+p.Source+"-"+p.SourceVersion+".src.rpm") {
			t.Errorf("%s: source %s %s, rpm says %s", id, p.Source, p.SourceVersion, want)
		}
	}
	diff(t, "installed", want, got)
	diff(t, "system", messages.OS{System: "ROCKY_LINUX", Product: "RockyLinux9.3", Version: "9.3", Arch: "x86_64", Kernel: s.OS.Kernel}, s.OS)
}

func seconds(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.ParseDuration(text + "s")
	if err != nil {
		t.Fatal(err)
	}
	return int64(at / time.Second)
}

// Each package's versions, who carries them, what is excluded, and what dnf would install.
func TestTheScanHasWhatDNFSaysCouldBe(t *testing.T) {
	h := newHost(t)
	const format = "%{name}-%{epoch}:%{version}-%{release}.%{arch} %{repoid}\n"
	query := func(args ...string) map[string]bool {
		return set(strings.Split(h.do(append([]string{"dnf", "-C", "-q", "repoquery", "--qf", format}, args...)), "\n")...)
	}
	upgrades := query("--upgrades", "--disableexcludes=all")
	wanted := query("--upgrades")
	candidates := set()
	for line := range strings.Lines(h.do([]string{"dnf", "-C", "-q", "check-update"}, 100)) {
		if strings.HasPrefix(line, "Obsoleting") {
			break
		}
		if f := strings.Fields(line); len(f) == 3 {
			candidates[f[0]+" "+f[1]] = true
		}
	}
	s := h.whole()
	carried, excluded, chosen := offersOf(s)
	diff(t, "versions", upgrades, carried)
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
	diff(t, "side by side", strings.Join(strings.Fields(h.do([]string{"dnf", "-C", "-q", "repoquery", "--installonly", "--qf", "%{name}"})), " "),
		names(s, func(p *messages.Package) bool { return p.SideBySide }))
}

// offersOf returns of a scan the versions above the installed ones with who carries them, those that are kept out, and the
// candidates.
func offersOf(s *messages.Scan) (carried, excluded, chosen map[string]bool) {
	carried, excluded, chosen = set(), set(), set()
	for _, p := range s.Packages {
		for _, v := range p.Versions {
			arch := p.Arch
			if v.Arch != "" {
				arch = v.Arch
			}
			if v.Version == p.Candidate {
				chosen[p.Name+"."+arch+" "+v.Version] = true
			}
			if v.Version == *p.Installed {
				continue
			}
			for _, o := range v.Origins {
				line := nevra(p.Name, v.Version, arch) + " " + s.Origins[o].Archive
				carried[line] = true
				if v.Excluded {
					excluded[line] = true
				}
			}
		}
	}
	return carried, excluded, chosen
}

func names(s *messages.Scan, which func(*messages.Package) bool) string {
	var found []string
	for i := range s.Packages {
		if which(&s.Packages[i]) {
			found = append(found, s.Packages[i].Name)
		}
	}
	return strings.Join(found, " ")
}

// dnf lists of each update the notices that list it, but of excluded ones, and of those that change their architecture.
func TestTheScanHasTheNoticesThatDNFKnows(t *testing.T) {
	h := newHost(t)
	list := func(more ...string) map[string]bool {
		all := set()
		for line := range strings.Lines(h.do(append([]string{"dnf", "-C", "-q", "updateinfo", "list"}, more...))) {
			f := strings.Fields(line)
			all[f[0]+" "+f[len(f)-1]] = true
		}
		return all
	}
	s := h.whole()
	known := map[string]messages.Advisory{}
	for _, a := range s.Advisories {
		known[a.ID] = a
	}
	missing, fulfilled := set(), set()
	for _, p := range s.Packages {
		for _, v := range p.Versions {
			for _, id := range v.Advisories {
				if v.Version != *p.Installed && !v.Excluded && v.Arch == "" {
					missing[id+" "+p.Name+"-"+v.Version+"."+p.Arch] = true
				}
			}
		}
		for _, id := range p.Advisories {
			fulfilled[id] = true
		}
	}
	want := list()
	for line := range want {
		if strings.HasPrefix(line, "RHSA-2024:0908 ") { // of a version that no repository carries
			delete(want, line)
		}
	}
	diff(t, "of updates", want, missing)
	installed := set()
	for line := range list("--installed") {
		installed[strings.Fields(line)[0]] = true
	}
	diff(t, "of what is installed", installed, fulfilled)
	sudo := known["RHSA-2024:0811"]
	diff(t, "a notice", messages.Advisory{
		ID: "RHSA-2024:0811", Type: "security", Severity: "Moderate", Status: "final", CVEs: []string{"CVE-2023-28486", "CVE-2023-42465"}, Bugs: []string{"2255568"},
		IssuedAt: time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC), UpdatedAt: time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC),
	}, sudo)
}

// The same host is scanned from outside, as the root of an image is.
func TestARootIsScannedAsTheHostItself(t *testing.T) {
	h := newHost(t)
	want := h.whole()
	out := run(t, binary(), "scan", "--print", "--host", "rocky-1", "--root", h.own)
	got := decode(t, out)
	for _, s := range []*messages.Scan{want, got} {
		s.ID, s.TakenAt, s.BootedAt, s.BootID, s.OS.Kernel, s.RebootRequired, s.RebootPackages, s.Hash, s.Machine = "", time.Time{}, time.Time{}, "", "", nil, nil, "", ""
	}
	diff(t, "scan", want, got)
}

func TestAScanThatChangedNothingHasTheSameHash(t *testing.T) {
	h := newHost(t)
	first, second := h.whole(), h.whole()
	if first.Hash == "" || first.Hash != second.Hash {
		t.Errorf("%q, then %q", first.Hash, second.Hash)
	}
	h.do([]string{"dnf", "-q", "-y", "upgrade", "bash"})
	if third := h.whole(); third.Hash == first.Hash {
		t.Error("an upgrade changed nothing")
	}
}

// trace notes each file of the host's own: what it is, when it was changed, and its content.
func (h *host) trace() map[string]string {
	h.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(h.own, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, h.own)
		files[name] = info.Mode().String() + " " + info.ModTime().String()
		if strings.HasSuffix(name, "-shm") { // memory that sqlite shares among readers
			files[name] = info.Mode().String()
		} else if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files[name] += " " + string(text)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

// Whatever a scan writes anywhere on the host appears among its own files, which lie over the machine's.
func TestAScanLeavesTheHostAsItWas(t *testing.T) {
	h := newHost(t)
	before := h.trace()
	h.whole()
	diff(t, "after a scan", before, h.trace())
	run(t, binary(), "scan", "--print", "--host", "rocky-1", "--root", h.own)
	diff(t, "after a scan from outside", before, h.trace())
	left, err := filepath.Glob(h.path("tmp/patchstream-rpm-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
