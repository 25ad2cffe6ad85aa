package apt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// The cases in which naive code is wrong, each with what the scan must say of it. What apt itself says of the
// same roots is compared in oracle_test.go.
func TestNaiveCases(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	scan := collectRoot(t, root)
	versions := func(t *testing.T, name, arch string, want ...string) messages.Package {
		t.Helper()
		p := pkg(t, scan, name, arch)
		diff(t, name+"."+arch, want, table(scan, p))
		return p
	}

	t.Run("01_security_version_with_a_newer_one_above_it", func(t *testing.T) {
		versions(t, "vim", "amd64", "2:9.0-1~bpo 100 jammy-backports", "2:8.2.3995-1ubuntu2.22 500 jammy-updates",
			"2:8.2.3995-1ubuntu2.21 500 jammy-security", "2:8.2.3995-1ubuntu2.10 100")
	})
	t.Run("02_same_version_in_updates_and_security", func(t *testing.T) {
		versions(t, "openssl", "amd64", "3.0.2-0ubuntu1.18 500 jammy-updates jammy-security", "3.0.2-0ubuntu1.15 100")
	})
	t.Run("03_held", func(t *testing.T) {
		p := pkg(t, scan, "curl", "amd64")
		if !p.Hold || !p.KeptBack || p.State != "installed" || p.Candidate != "7.81.0-1ubuntu1.16" {
			t.Errorf("hold %v, kept back %v, state %q, candidate %q", p.Hold, p.KeptBack, p.State, p.Candidate)
		}
	})
	t.Run("04_phased", func(t *testing.T) {
		p := versions(t, "systemd", "amd64", "249.11-0ubuntu3.12 500 phased 0 jammy-updates", "249.11-0ubuntu3.10 100")
		if !p.KeptBack || p.Hold {
			t.Errorf("kept back %v, hold %v", p.KeptBack, p.Hold)
		}
		p = versions(t, "sec-phased", "amd64", "1.2-1 500 phased 0 jammy-updates", "1.1-1 500 jammy-security", "1.0-1 100")
		if p.KeptBack {
			t.Error("sec-phased is kept back, but apt would upgrade it")
		}
	})
	t.Run("05_pinned_to_an_old_version_and_never", func(t *testing.T) {
		p := versions(t, "pinned", "amd64", "1.2-1 500 jammy-updates", "1.1-1 500 jammy-security", "1.0-1 1001")
		diff(t, "candidate", "1.0-1", p.Candidate)
		p = versions(t, "snapd", "amd64", "2.63 -10 jammy-updates", "2.58 -10")
		diff(t, "candidate", "", p.Candidate)
	})
	t.Run("06_candidate_lower_than_installed", func(t *testing.T) {
		p := versions(t, "higher", "amd64", "9.0-1 100")
		diff(t, "candidate", "1.0-1", p.Candidate)
	})
	t.Run("07_kernel_under_a_new_name", func(t *testing.T) {
		versions(t, "linux-image-generic", "amd64", "5.15.0.107.104 500 jammy-updates jammy-security", "5.15.0.100.97 100")
		for _, p := range scan.Packages {
			if p.Name == "linux-image-5.15.0-107-generic" {
				t.Error("the kernel that is not installed is in the scan")
			}
		}
		diff(t, "reboot", answer(true), kernelHost(t).RebootRequired)
		diff(t, "for", []string{"linux-image-5.15.0-107-generic"}, kernelHost(t).RebootPackages)
	})
	t.Run("08_two_architectures_of_one_name", func(t *testing.T) {
		for _, arch := range []string{"amd64", "i386"} {
			p := versions(t, "libc6", arch, "2.35-0ubuntu3.8 500 jammy-updates jammy-security", "2.35-0ubuntu3.4 100")
			diff(t, "candidate", "2.35-0ubuntu3.8", p.Candidate)
		}
	})
	t.Run("09_order_of_versions", func(t *testing.T) {
		versions(t, "bigjump", "amd64", "1.11-1 500 jammy-updates", "1.10-1 500 jammy-security", "1.9-1 500 jammy")
		versions(t, "tilde", "amd64", "1.0-1 500 jammy")
	})
	t.Run("10_in_no_repository", func(t *testing.T) {
		p := versions(t, "localpkg", "amd64", "1.0-1 100")
		diff(t, "section and priority", "libs optional", p.Versions[0].Section+" "+p.Versions[0].Priority)
	})
	t.Run("11_half_configured_with_the_new_version", func(t *testing.T) {
		diff(t, "brokenpkg", "half-configured", pkg(t, scan, "brokenpkg", "amd64").State)
		diff(t, "reinst", "reinstreq", pkg(t, scan, "reinst", "amd64").State)
		full := collectRoot(t, buildRoot(t, "debian", "after-boot-full"))
		kernel := pkg(t, full, "linux-image-6.1.0-56-amd64", "amd64")
		diff(t, "kernel", "6.1.192-2 half-configured", *kernel.Installed+" "+kernel.State)
		diff(t, "meta package", "unpacked", pkg(t, full, "linux-image-amd64", "amd64").State)
	})
	t.Run("12_removed_configuration_left", func(t *testing.T) {
		p := versions(t, "removed", "amd64", "1.1-1 500 jammy-updates jammy-security")
		diff(t, "removed", "1.0-1 config-files", *p.Installed+" "+p.State)
	})
	t.Run("13_esm_attached", func(t *testing.T) {
		p := versions(t, "esmapp", "amd64", "1.0-1+esm1 500 jammy-apps-security", "1.0-1 100")
		diff(t, "origin", "UbuntuESMApps", scan.Origins[p.Versions[0].Origins[0]].Origin)
	})
	t.Run("14_untrusted_security_and_trusted_mirror", func(t *testing.T) {
		p := versions(t, "unauth", "amd64", "1.1-1 500 thirdparty-security", "1.0-1 100")
		diff(t, "thirdparty-security is trusted", false, scan.Origins[p.Versions[0].Origins[0]].Trusted)
		mirrored := collectRoot(t, mirrorRoot(t))
		o := mirrored.Origins[pkg(t, mirrored, "pinned", "amd64").Versions[1].Origins[0]]
		diff(t, "mirror", "jammy-security mirror.example.net true", o.Archive+" "+o.Site+" "+yes(o.Trusted))
	})
	t.Run("15_backport_newer_than_stable", func(t *testing.T) {
		diff(t, "candidate", "2:8.2.3995-1ubuntu2.22", pkg(t, scan, "vim", "amd64").Candidate)
	})
	t.Run("16_renamed", func(t *testing.T) {
		versions(t, "oldname", "amd64", "1.0-1 100")
	})
	t.Run("17_lists_missing_or_stale", func(t *testing.T) {
		for _, o := range scan.Origins {
			diff(t, "date of "+o.Archive, "2026-11-23T15:47:44Z", o.Date.Format("2006-01-02T15:04:05Z"))
		}
		bare := buildRoot(t, "ubuntu")
		if err := os.RemoveAll(filepath.Join(bare, "var/lib/apt/lists")); err != nil {
			t.Fatal(err)
		}
		without := collectRoot(t, bare)
		diff(t, "packages", len(scan.Packages), len(without.Packages))
		diff(t, "archives that were not read", 6, len(unreadIn(without)))
		diff(t, "origins", 6, len(without.Origins))
		for _, p := range without.Packages {
			for _, v := range p.Versions {
				if len(v.Origins) > 0 || v.Version != *p.Installed {
					t.Errorf("without lists %s has the version %+v", p.Name, v)
				}
			}
		}
	})
	t.Run("18_dpkg_running", func(t *testing.T) {
		at := buildRoot(t, "ubuntu")
		write(t, filepath.Join(at, "var/lib/dpkg/updates/0000"), "Package: openssl\n")
		if why := collectPartial(t, Collector{Root: at, Wait: -1}); !strings.Contains(why, "updates is not empty") {
			t.Errorf("the reason is %q", why)
		}
	})
}

// kernelHost collects a host that has a new kernel and runs the old one.
func kernelHost(t *testing.T) *messages.Scan {
	t.Helper()
	root := buildRoot(t, "ubuntu")
	edit(t, filepath.Join(root, "var/lib/dpkg/status"), "Package: libapache2-mod-security2\n",
		"Package: linux-image-5.15.0-107-generic\nStatus: install ok installed\nPriority: optional\nSection: kernel\n"+
			"Maintainer: X <x@example.com>\nArchitecture: amd64\nVersion: 5.15.0-107.117\nDescription: x\n\nPackage: libapache2-mod-security2\n")
	write(t, filepath.Join(root, "proc/sys/kernel/osrelease"), "5.15.0-100-generic\n")
	return collectRoot(t, root)
}

// mirrorRoot makes a root whose security archive was fetched from a mirror.
func mirrorRoot(t *testing.T) string {
	t.Helper()
	root := buildRoot(t, "ubuntu")
	lists := filepath.Join(root, "var/lib/apt/lists")
	old := "file:" + root + "/repo/security"
	prefix := fileName(strings.TrimPrefix(old, "file:")) + "_dists_"
	for _, path := range glob(t, filepath.Join(lists, prefix+"*")) {
		text := read(t, path)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(lists, "mirror.example.net:8080_ubuntu_dists_"+strings.TrimPrefix(filepath.Base(path), prefix)), text)
	}
	edit(t, filepath.Join(root, "etc/apt/sources.list"), old, "http://user:secret@mirror.example.net:8080/ubuntu")
	return root
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("nothing matches %s: %v", pattern, err)
	}
	return paths
}

func yes(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
