package apt

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// A package that needs a boot touches /run/reboot-required and adds its name to /run/reboot-required.pkgs, one
// a line, often more than once:
//
//	linux-image-5.15.0-107-generic
//	linux-base
//	linux-base
//
// Ubuntu's update-notifier-common brings the script that does so, on Debian it is unattended-upgrades (for
// kernels). Both files are gone with the boot, since /run is.
//
// That no boot is needed is said only where it is known: the kernel is this root's own (see [host.KernelOf]), it is
// of an installed package, and none newer of its flavour stands beside it. A provider's kernel, one whose package is
// gone, a container and a chroot say nothing of it, whatever flag is absent.

const rebootListLimit = 256 << 10

// reboot says whether the root waits for a boot, and for which packages; nil where that is not known.
// packages is nil where they could not be read: then only the file's presence says something.
func reboot(r *host.Root, packages []installedPackage) (*bool, []string) {
	whose := host.KernelOf(r)
	var newer []string
	known := false
	if whose != host.KernelForeign {
		newer, known = newerKernels(packages, r.Word("proc/sys/kernel/osrelease"), runningVersion(r))
	}
	switch {
	case flagged(r):
		names := flaggedPackages(r)
		if len(names) > 0 { // none named: whatever is installed since the boot is meant, the kernels too
			names = union(names, newer)
		}
		return answer(true), names
	case len(newer) > 0:
		return answer(true), newer
	case known && whose == host.KernelOwn:
		return answer(false), nil
	}
	return nil, nil
}

func answer(yes bool) *bool { return &yes }

func flagged(r *host.Root) bool {
	return r.Exists("run/reboot-required") || r.Exists("var/run/reboot-required")
}

func flaggedPackages(r *host.Root) []string {
	text, err := r.Read("run/reboot-required.pkgs", rebootListLimit)
	if err != nil {
		text, err = r.Read("var/run/reboot-required.pkgs", rebootListLimit)
	}
	if err != nil {
		return nil
	}
	return parseRebootPackages(string(text))
}

// parseRebootPackages returns the names, each once, in the order of the file. What cannot be a package's
// name is left out.
func parseRebootPackages(text string) []string {
	var names []string
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		name := strings.TrimSpace(line)
		if legalName(name) && len(name) <= messages.MaxStringBytes && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

func union(names, more []string) []string {
	for _, name := range more {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
