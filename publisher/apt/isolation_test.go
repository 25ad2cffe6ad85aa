package apt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// snapshot notes every file of a tree with its size, date and mode.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			found[path] = fmt.Sprint(info.Size(), info.ModTime(), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLeavesNoTrace(t *testing.T) {
	root, tmp := buildRoot(t, "ubuntu"), t.TempDir()
	before := snapshot(t, root) // without caches, which apt would like to write
	t.Setenv("TMPDIR", tmp)
	collectRoot(t, root)
	diff(t, "the root", before, snapshot(t, root))
	diff(t, "the temporary directory", 1, len(snapshot(t, tmp)))
}

func TestTheHostsCacheIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	ask(t, root, "apt-cache", "policy")
	cache := glob(t, filepath.Join(root, "var/cache/apt/*.bin"))
	before := snapshot(t, filepath.Dir(cache[0]))
	whole := collectRoot(t, root)
	write(t, cache[0], "no cache at all")
	spoiled := collectRoot(t, root)
	diff(t, "with a cache that is none", whole.Packages, spoiled.Packages)
	after := snapshot(t, filepath.Dir(cache[0]))
	delete(before, cache[0])
	delete(after, cache[0])
	diff(t, "the cache's directory", before, after)
}

func TestHooksOfAptStayOff(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	proof := filepath.Join(root, "hook-ran")
	hook := "{ \"touch " + proof + "\"; };\n"
	write(t, filepath.Join(root, "etc/apt/apt.conf.d/99hook"), "AptCli::Hooks::Upgrade "+hook+"AptCli::Hooks::Install "+hook)
	collectRoot(t, root)
	if _, err := os.Stat(proof); err == nil {
		t.Fatal("a hook ran")
	}
	ask(t, root, "apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade")
	if _, err := os.Stat(proof); err != nil {
		t.Errorf("the hook does not work, so nothing is shown: %v", err)
	}
}

func TestTheEnvironmentLeadsNowhereElse(t *testing.T) {
	root, other := buildRoot(t, "ubuntu"), buildRoot(t, "debian")
	want := collectRoot(t, root)
	t.Setenv("APT_CONFIG", filepath.Join(other, "etc/apt/apt.conf"))
	t.Setenv("DPKG_ADMINDIR", filepath.Join(other, "var/lib/dpkg"))
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	t.Setenv("LANGUAGE", "de")
	got := collectRoot(t, root)
	diff(t, "packages", want.Packages, got.Packages)
	diff(t, "origins", want.Origins, got.Origins)
}

func TestARootWithoutAConfigurationOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, archs := range []string{"amd64\ni386\n", "armhf\n", ""} {
		root := buildRoot(t, "debian", "before")
		if err := os.Remove(filepath.Join(root, "etc/apt/apt.conf")); err != nil {
			t.Fatal(err)
		}
		want := "amd64" // of its package dpkg
		if archs != "" {
			write(t, filepath.Join(root, "var/lib/dpkg/arch"), archs)
			want, _, _ = strings.Cut(archs, "\n")
		}
		if archs == "armhf\n" { // a root of another architecture, on this machine
			for _, path := range []string{"var/lib/dpkg/status", "repo/archive/dists/bookworm/main/binary-amd64/Packages"} {
				edit(t, filepath.Join(root, path), "Architecture: amd64\n", "Architecture: armhf\n")
			}
			edit(t, filepath.Join(root, "etc/apt/sources.list"), "deb ", "#")
		}
		scan := collectRoot(t, root)
		diff(t, "architecture", want, scan.OS.Arch)
		diff(t, "packages", 189, len(scan.Packages))
		diff(t, "architecture of one", want, pkg(t, scan, "adduser", want).Arch)
	}
}

func TestNothingOfTheMachineIsInAnotherRootsScan(t *testing.T) {
	t.Parallel()
	scan := collectRoot(t, buildRoot(t, "debian", "before"))
	diff(t, "operating system", messages.OS{System: "DEBIAN", Product: "Debian12", Version: "12", Codename: "bookworm", Arch: "amd64"}, scan.OS)
	if !scan.BootedAt.IsZero() || scan.BootID != "" || scan.RebootRequired != nil || scan.RebootPackages != nil || scan.Machine != "" {
		t.Errorf("booted at %v as %q, reboot %v for %v, machine %q", scan.BootedAt, scan.BootID, scan.RebootRequired, scan.RebootPackages, scan.Machine)
	}
}

func TestALinkOutOfTheRootIsNotFollowed(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "debian", "before")
	write(t, filepath.Join(root, "usr/lib/os-release"), "ID=ubuntu\nVERSION_ID=24.04\n")
	if err := os.Remove(filepath.Join(root, "etc/os-release")); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"etc/os-release": "/etc/os-release", "proc": "/proc", "run": "../../../../run"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	scan := collectRoot(t, root)
	diff(t, "product", "Ubuntu24.04", scan.OS.Product)
	if scan.OS.Kernel != "" || scan.BootID != "" || !scan.BootedAt.IsZero() {
		t.Errorf("the machine's kernel %q, boot %q %v", scan.OS.Kernel, scan.BootID, scan.BootedAt)
	}
}

func TestAConfigurationThatLeadsOutOfTheRoot(t *testing.T) {
	t.Parallel()
	root, other := buildRoot(t, "ubuntu"), buildRoot(t, "debian")
	write(t, filepath.Join(root, "etc/apt/apt.conf"), read(t, filepath.Join(other, "etc/apt/apt.conf")))
	if why := collectPartial(t, Collector{Root: root}); !strings.Contains(why, "leads out of it") {
		t.Errorf("the reason is %q", why)
	}
}

func TestATMPDIRThatIsNotThereBlindsNoHost(t *testing.T) {
	root := buildRoot(t, "ubuntu")
	t.Setenv("TMPDIR", filepath.Join(root, "nowhere"))
	scan, err := (&Collector{Root: root}).Collect(t.Context())
	if err != nil || !scan.Complete {
		t.Fatal(err, scan.Error)
	}
}

// A clock that was ahead leaves dates of the future behind, which hide the others for as long.
func TestADateOfTheFutureDoesNotHideWhenTheListsWereAskedFor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC)
	right, ahead, near := now.Add(-time.Hour), now.AddDate(4, 0, 0), now.Add(time.Hour)
	for _, c := range []struct {
		name               string
		stamp, lists, want time.Time
	}{
		{"the stamp", ahead, right, right},
		{"the directory", right, ahead, right},
		{"both: it is said", ahead, ahead, ahead},
		{"within a day: two clocks", near, right, near},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := buildRoot(t, "ubuntu")
			stamp, lists := filepath.Join(root, "var/lib/apt/periodic/update-success-stamp"), filepath.Join(root, "var/lib/apt/lists")
			write(t, stamp, "")
			if err := errors.Join(os.Chtimes(stamp, c.stamp, c.stamp), os.Chtimes(lists, c.lists, c.lists)); err != nil {
				t.Fatal(err)
			}
			scan, err := (&Collector{Root: root, Now: func() time.Time { return now }}).Collect(t.Context())
			if err != nil || !scan.Complete {
				t.Fatal(err, scan)
			}
			diff(t, "lists asked for", c.want, scan.IndexAt)
		})
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	list := time.Date(2026, 9, 2, 6, 31, 40, 0, time.UTC)
	foreign, asked, early := list.Add(time.Hour), list.Add(48*time.Hour), time.Unix(0, 0)
	for path, date := range map[string]time.Time{
		"var/lib/dpkg/info/openssl.list":              list,
		"var/lib/dpkg/info/libc6:i386.list":           foreign,
		"var/lib/dpkg/info/vim.list":                  early,
		"var/lib/dpkg/info/removed.list":              list,
		"var/lib/apt/periodic/update-success-stamp":   asked,
		"var/lib/apt/periodic/download-upgradeable-x": list,
	} {
		write(t, filepath.Join(root, path), "")
		if err := os.Chtimes(filepath.Join(root, path), date, date); err != nil {
			t.Fatal(err)
		}
	}
	lists := filepath.Join(root, "var/lib/apt/lists")
	if err := errors.Join(os.Chtimes(lists, list, list), os.Chtimes(filepath.Join(lists, "partial"), asked.Add(time.Hour), asked.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 1, 2, 3, 4, time.FixedZone("", 3600))
	c := Collector{Root: root, Now: func() time.Time { return now }}
	scan, err := c.Collect(t.Context())
	if err != nil || !scan.Complete {
		t.Fatal(err, scan)
	}
	diff(t, "taken at", now.UTC(), scan.TakenAt)
	diff(t, "lists asked for", asked, scan.IndexAt)
	diff(t, "openssl", list, pkg(t, scan, "openssl", "amd64").InstalledAt)
	diff(t, "libc6.i386", foreign, pkg(t, scan, "libc6", "i386").InstalledAt)
	for _, p := range []messages.Package{pkg(t, scan, "libc6", "amd64"), pkg(t, scan, "vim", "amd64"), pkg(t, scan, "removed", "amd64")} {
		diff(t, p.Name, time.Time{}, p.InstalledAt)
	}
}
