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

// KernelOf finds out whose kernel a root runs under. What is foreign is proven by a mark that container managers
// leave, by a second process that is not the kernel's (in the machine's own process table the second is kthreadd,
// in a container's it is not), by the first process having another root, or by a root that is nowhere mounted, as
// that of a chroot; own, by the kernel's own second process and nothing of the former. An ordinary user, or one to
// whom other processes are hidden, may see neither.
func KernelOf(r *Root) Kernel {
	second := r.Word("proc/2/comm")
	switch {
	case marked(r), second != "" && second != "kthreadd", otherRoot(r), r.IsMachine() && !mounted(r):
		return KernelForeign
	case second == "kthreadd":
		return KernelOwn
	}
	return KernelUnknown
}

// marked looks for what systemd, Docker, Podman, LXC, schroot and OpenVZ leave in a root that they start.
func marked(r *Root) bool {
	for _, name := range []string{"run/systemd/container", ".dockerenv", "run/.containerenv", "etc/debian_chroot", "dev/.lxc-boot-id"} {
		if r.Exists(name) {
			return true
		}
	}
	if r.Exists("proc/vz") && !r.Exists("proc/bc") {
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

// otherRoot tells whether the first process is seen to have another root than this one.
func otherRoot(r *Root) bool {
	first, err := os.Stat(r.Path("proc/1/root/."))
	if err != nil {
		return false
	}
	this, err := os.Stat(r.Path("."))
	return err == nil && !os.SameFile(first, this)
}

// mounted tells whether something is mounted as the root. Where that cannot be told it counts as so.
func mounted(r *Root) bool {
	text, err := r.Read("proc/self/mountinfo", 4<<20)
	if err != nil || len(text) == 0 {
		return true
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 4 && f[4] == "/" {
			return true
		}
	}
	return false
}
