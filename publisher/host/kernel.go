package host

import (
	"os"
	"strings"
)

// Kernel is whose the kernel is under which a root runs.
type Kernel int

// What is known of a root's kernel.
const (
	KernelUnknown Kernel = iota // nothing proves either
	KernelOwn                   // the root was booted with it
	KernelForeign               // the root is a container or a chroot: the kernel is another system's
)

// KernelOf finds out whose kernel a root runs under. What is foreign is proven by a second process that is not the
// kernel's (in the machine's own process table the second is kthreadd, in a container's it is not), by the first
// process having another root, by a root that is nowhere mounted, as that of a chroot, or by what a container's manager
// tells it. A mark in the file system proves it too, unless the root is plainly the machine's disk: images of
// containers are booted as machines. An ordinary user, or one to whom other processes are hidden, may see none of it.
func KernelOf(r *Root) Kernel {
	s := signs{second: r.Word("proc/2/comm"), told: told(r), marked: marked(r), elsewhere: otherRoot(r)}
	if mounts, err := r.Read("proc/self/mountinfo", 4<<20); err == nil && r.IsMachine() && len(mounts) > 0 {
		s.mount = rootMount(string(mounts))
	}
	return s.verdict()
}

// signs are what is seen of the process table and the file system.
type signs struct {
	second    string // the name of the second process; empty: not seen
	told      bool   // a container's manager says so
	marked    bool   // a file says so, which may be left over
	elsewhere bool   // the first process has another root
	mount     mount
}

func (s signs) verdict() Kernel {
	own := s.second == "kthreadd"
	switch {
	case s.second != "" && !own, s.told, s.elsewhere, s.mount == mountNone:
		return KernelForeign
	case s.marked && (!own || s.mount != mountDisk):
		return KernelForeign
	case own:
		return KernelOwn
	}
	return KernelUnknown
}

// told looks for what systemd, LXC and OpenVZ tell a running container.
func told(r *Root) bool {
	if r.Exists("run/systemd/container") || r.Exists("proc/vz") && !r.Exists("proc/bc") {
		return true
	}
	environment, err := r.Read("proc/1/environ", 64<<10)
	if err != nil {
		return false
	}
	for pair := range strings.SplitSeq(string(environment), "\x00") {
		if value, ok := strings.CutPrefix(pair, "container="); ok && value != "" {
			return true
		}
	}
	return false
}

// marked looks for the files that Docker, Podman, LXC and schroot leave in a root that they start.
func marked(r *Root) bool {
	for _, name := range []string{".dockerenv", "run/.containerenv", "dev/.lxc-boot-id", "etc/debian_chroot"} {
		if r.Exists(name) {
			return true
		}
	}
	return false
}

// otherRoot tells whether the first process is seen to have another root than this one.
func otherRoot(r *Root) bool {
	first, err := os.Stat(r.Path("proc/1/root"))
	if err != nil {
		return false
	}
	this, err := os.Stat(r.Dir())
	return err == nil && !os.SameFile(first, this)
}

// mount is what is mounted as the root.
type mount int

const (
	mountUnknown mount = iota
	mountNone          // nothing, as in a chroot
	mountDisk          // the whole of a disk, or a subvolume of one
	mountOther         // layers, or a directory of some disk
)

// rootMount reads /proc/self/mountinfo (proc_pid_mountinfo(5)), a mount a line: behind the mount's number, its parent's
// and the device's come what of the file system is mounted and where, and behind a dash its type and its source:
//
//	27 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
//	812 790 0:52 / / rw,relatime - overlay overlay rw,lowerdir=…
func rootMount(text string) mount {
	found := mountNone
	for line := range strings.Lines(text) {
		front, behind, _ := strings.Cut(line, " - ")
		f, source := strings.Fields(front), strings.Fields(behind)
		if len(f) < 5 || f[4] != "/" || len(source) < 2 {
			continue
		}
		whole := f[3] == "/" || source[0] == "btrfs"
		if found = mountOther; whole && strings.HasPrefix(source[1], "/dev/") {
			found = mountDisk
		}
	}
	return found
}
