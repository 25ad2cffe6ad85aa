//go:build unix

package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestKernelOf(t *testing.T) {
	own := func(more ...string) map[string]string {
		files := map[string]string{"proc/2/comm": "kthreadd\n", "proc/1/environ": "HOME=/\x00TERM=linux\x00"}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  Kernel
	}{
		"a machine":                            {own(), KernelOwn},
		"other processes are hidden":           {map[string]string{"proc/sys/kernel/osrelease": "6.1\n"}, KernelUnknown},
		"no proc at all":                       {nil, KernelUnknown},
		"a process table of its own":           {map[string]string{"proc/2/comm": "bash\n"}, KernelForeign},
		"Docker, with the machine's processes": {own(".dockerenv", ""), KernelForeign},
		"Podman, with the machine's processes": {own("run/.containerenv", ""), KernelForeign},
		"systemd-nspawn":                       {own("run/systemd/container", "systemd-nspawn\n"), KernelForeign},
		"LXC, told to the first process":       {own("proc/1/environ", "TERM=linux\x00container=lxc\x00"), KernelForeign},
		"not told to be one":                   {own("proc/1/environ", "container=\x00"), KernelOwn},
		"OpenVZ":                               {own("proc/vz/version", ""), KernelForeign},
		"the machine of OpenVZ":                {own("proc/vz/version", "", "proc/bc/0", ""), KernelOwn},
		"a chroot of schroot":                  {own("etc/debian_chroot", "sid\n"), KernelForeign},
	} {
		t.Run(name, func(t *testing.T) { diff(t, "kernel", c.want, KernelOf(rootWith(t, c.files))) })
	}
}

func TestTheFirstProcessTellsAChroot(t *testing.T) {
	r := rootWith(t, map[string]string{"proc/2/comm": "kthreadd\n", "proc/1/x": ""})
	link := filepath.Join(r.Path("proc/1"), "root")
	if err := os.Symlink(r.Dir(), link); err != nil {
		t.Fatal(err)
	}
	diff(t, "its root is ours", KernelOwn, KernelOf(r))
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	diff(t, "its root is another", KernelForeign, KernelOf(r))
}

func TestAContainerHasNoKernel(t *testing.T) {
	files := map[string]string{"etc/os-release": "ID=debian\n", "proc/sys/kernel/osrelease": "6.1.0-56-amd64\n", "proc/2/comm": "kthreadd\n"}
	system, err := Identify(rootWith(t, files))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "machine", "6.1.0-56-amd64", system.Kernel)
	files["run/systemd/container"] = "lxc\n"
	if system, err = Identify(rootWith(t, files)); err != nil {
		t.Fatal(err)
	}
	diff(t, "container", "", system.Kernel)
}

func TestRootMount(t *testing.T) {
	const proc = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
	for name, c := range map[string]struct {
		text string
		want mount
	}{
		"a disk":                     {proc + "27 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n", mountDisk},
		"a subvolume":                {"27 1 0:25 /@ / rw,relatime shared:1 - btrfs /dev/nvme0n1p2 rw\n", mountDisk},
		"layers":                     {proc + "812 790 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/x\n", mountOther},
		"a directory of a disk":      {"27 1 253:1 /var/lib/lxc/web/rootfs / rw,relatime - ext4 /dev/vda1 rw\n", mountOther},
		"a chroot":                   {proc, mountNone},
		"the last one lies on top":   {"1 0 0:2 / / rw - rootfs rootfs rw\n27 1 253:1 / / rw - ext4 /dev/vda1 rw\n", mountDisk},
		"what is no line of a mount": {"27 1 253:1 / /\nnonsense\n", mountNone},
	} {
		if got := rootMount(c.text); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestAMarkThatIsLeftOverIsNoContainer(t *testing.T) {
	for name, c := range map[string]struct {
		signs signs
		want  Kernel
	}{
		"an image that was booted as a machine":        {signs{second: "kthreadd", marked: true, mount: mountDisk}, KernelOwn},
		"the same, and its processes are not seen":     {signs{marked: true, mount: mountDisk}, KernelForeign},
		"a container with the machine's processes":     {signs{second: "kthreadd", marked: true, mount: mountOther}, KernelForeign},
		"a chroot on the machine":                      {signs{second: "kthreadd", mount: mountNone}, KernelForeign},
		"a machine whose root is none of ours to know": {signs{second: "kthreadd", mount: mountOther}, KernelOwn},
		"told to be one, on a disk of its own":         {signs{second: "kthreadd", told: true, mount: mountDisk}, KernelForeign},
	} {
		if got := c.signs.verdict(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
