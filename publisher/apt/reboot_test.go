package apt

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func kernels(state string, nameVersion ...string) []installedPackage {
	var packages []installedPackage
	for i := 0; i < len(nameVersion); i += 2 {
		packages = append(packages, installedPackage{name: nameVersion[i], arch: "amd64", version: nameVersion[i+1], status: state, flag: "ok"})
	}
	return packages
}

func TestReboot(t *testing.T) {
	t.Parallel()
	const old, recent = "linux-image-6.1.0-53-amd64", "linux-image-6.1.0-56-amd64"
	both := kernels("installed", old, "6.1.176-1", recent, "6.1.192-2", "linux-image-amd64", "6.1.192-2")
	uu := kernels("installed", "unattended-upgrades", "2.9")
	hidden := func(release string) map[string]string {
		return map[string]string{"proc/sys/kernel/osrelease": release + "\n"}
	}
	running := func(release string) map[string]string {
		return map[string]string{"proc/sys/kernel/osrelease": release + "\n", "proc/2/comm": "kthreadd\n"}
	}
	with := func(files map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	for _, c := range []struct {
		name     string
		files    map[string]string
		packages []installedPackage
		required *bool
		names    []string
	}{
		{"nothing known", nil, nil, nil, nil},
		{"runs the newest", running("6.1.0-56-amd64"), both, answer(false), nil},
		{"runs an older one", running("6.1.0-53-amd64"), both, answer(true), []string{recent}},
		{"the newer one is of another flavour", running("6.1.0-53-amd64"),
			kernels("installed", old, "6.1.176-1", "linux-image-6.1.0-56-cloud-amd64", "6.1.192-2"), answer(false), nil},
		{"the newer one is only unpacked", running("6.1.0-53-amd64"),
			append(kernels("installed", old, "1"), kernels("unpacked", recent, "6.1.192-2")...), answer(false), nil},
		{"9 is older than 10", running("6.1.0-9-amd64"),
			kernels("installed", "linux-image-6.1.0-9-amd64", "1", "linux-image-6.1.0-10-amd64", "2"), answer(true), []string{"linux-image-6.1.0-10-amd64"}},
		{"a kernel of no package", running("6.18.44-custom"), both, nil, nil},
		{"a provider's kernel", running("6.8.12-4-pve"), both, nil, nil},
		{"its own package is gone, newer ones are there", running("6.1.0-10-amd64"), both, answer(true), []string{recent}},
		{"its own package is gone, only an older one is there", running("6.1.0-60-amd64"), both, nil, nil},
		{"its own package is half removed", running("6.1.0-53-amd64"),
			append(kernels("config-files", old, "6.1.176-1"), kernels("installed", recent, "6.1.192-2")...), answer(true), []string{recent}},
		{"whose kernel it is cannot be told", hidden("6.1.0-56-amd64"), both, nil, nil},
		{"whose kernel it is cannot be told, a newer one is there", hidden("6.1.0-53-amd64"), both, answer(true), []string{recent}},
		{"a container with a kernel package", with(hidden("6.1.0-53-amd64"), "run/systemd/container", "lxc\n"), both, nil, nil},
		{"a container that runs what it has installed", with(running("6.1.0-56-amd64"), "run/systemd/container", "lxc\n"), both, nil, nil},
		{"a container that waits for a boot of its own", with(running("6.1.0-53-amd64"), "run/systemd/container", "lxc\n", "run/reboot-required", "", "run/reboot-required.pkgs", "libc6\n"),
			both, answer(true), []string{"libc6"}},
		{"a container under another host's kernel", running("6.1.0-60-amd64"), both, nil, nil},
		{"rebuilt under the same name, Debian", with(running("6.1.0-56-amd64"), "proc/version",
			"Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-08-01)\n"),
			both, answer(true), []string{recent}},
		{"the same build, Debian", with(running("6.1.0-56-amd64"), "proc/version",
			"Linux version 6.1.0-56-amd64 (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP Debian 6.1.192-2 (2026-08-01)\n"), both, answer(false), nil},
		{"rebuilt under the same name, Ubuntu", with(running("5.15.0-107-generic"), "proc/version_signature", "Ubuntu 5.15.0-107.116-generic 5.15.149\n"),
			kernels("installed", "linux-image-5.15.0-107-generic", "5.15.0-107.117"), answer(true), []string{"linux-image-5.15.0-107-generic"}},
		{"unsigned", running("5.15.0-100-generic"),
			kernels("installed", "linux-image-5.15.0-100-generic", "5.15.0-100.110", "linux-image-unsigned-5.15.0-107-generic", "5.15.0-107.117"),
			answer(true), []string{"linux-image-unsigned-5.15.0-107-generic"}},
		{"flag, none named", map[string]string{"run/reboot-required": ""}, nil, answer(true), nil},
		{"flag with names", map[string]string{"run/reboot-required": "*** System restart required ***\n", "run/reboot-required.pkgs": "libc6\nlinux-base\nlibc6\n"},
			nil, answer(true), []string{"libc6", "linux-base"}},
		{"flag in /var/run", map[string]string{"var/run/reboot-required": "", "var/run/reboot-required.pkgs": "libc6\n"}, nil, answer(true), []string{"libc6"}},
		{"flag with names, and a newer kernel", with(running("6.1.0-53-amd64"), "run/reboot-required", "", "run/reboot-required.pkgs", "libc6\n"),
			both, answer(true), []string{"libc6", recent}},
		{"no flag, though it would be written, under a kernel of no package", running("6.18.44-custom"), uu, nil, nil},
		{"no flag, though it would be written", running("6.1.0-56-amd64"), append(uu, both...), answer(false), nil},
		{"no flag, though it would be written, in a root that does not run", nil, uu, nil, nil},
		{"no flag, would be written, but a newer kernel is there", running("6.1.0-53-amd64"), append(uu, both...), answer(true), []string{recent}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				write(t, filepath.Join(dir, name), text)
			}
			r, err := openRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			required, names := reboot(r, c.packages)
			diff(t, "required", c.required, required)
			diff(t, "packages", c.names, names)
		})
	}
}

func TestBootFactsOfARootThatRuns(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	write(t, filepath.Join(root, "proc/stat"), "cpu 1 2 3\nbtime 1795000000\n")
	write(t, filepath.Join(root, "proc/sys/kernel/random/boot_id"), "0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10\n")
	write(t, filepath.Join(root, "proc/sys/kernel/osrelease"), "5.15.0-100-generic\n")
	write(t, filepath.Join(root, "run/reboot-required"), "")
	check := func(scan *messages.Scan) {
		t.Helper()
		diff(t, "boot", "2026-11-18T11:06:40Z 0b9c7a52-6f0e-4f6f-9b44-2f4f3f0f7a10", scan.BootedAt.Format("2006-01-02T15:04:05Z07:00")+" "+scan.BootID)
		diff(t, "kernel", "5.15.0-100-generic", scan.OS.Kernel)
		diff(t, "reboot", answer(true), scan.RebootRequired)
	}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	c := Collector{Root: root, Wait: -1, Now: func() time.Time { return now }}
	scan, err := c.Collect(t.Context())
	if err != nil || !scan.Complete {
		t.Fatal(err, scan)
	}
	check(scan)
	write(t, filepath.Join(root, "var/lib/dpkg/updates/0000"), "x")
	scan, err = c.Collect(t.Context())
	if err != nil || scan.Complete {
		t.Fatal(err, scan)
	}
	check(scan) // boot facts are used of an incomplete scan too
	write(t, filepath.Join(root, "proc/stat"), "btime 4102444800\n")
	scan, err = c.Collect(t.Context())
	if err != nil || !scan.BootedAt.IsZero() || scan.BootID == "" {
		t.Errorf("a boot in the future: %v %q, error %v", scan.BootedAt, scan.BootID, err)
	}
}
