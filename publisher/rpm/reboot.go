package rpm

import (
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/publisher/host"
)

// What a boot is needed for, neither rpm nor dnf writes down; SUSE touches /run/reboot-needed. dnf's needs-restarting exits
// with 1 for yes and for every error alike, and older ones do not know kernel-core. So it is worked out here: which kernel
// runs, and what of the packages that only a boot renews was installed since the last one.

// renewedByBoot are the packages whose running parts only a boot renews: the list of dnf's needs-restarting, and kernels that
// are replaced in place. Kernels that stand side by side are told by which one runs.
var renewedByBoot = []string{
	"kernel", "kernel-core", "kernel-rt", "kernel-rt-core", "kernel-uek", "kernel-default", "kernel-default-base", "kernel-azure", "kernel-azure-base", "kernel-64kb",
	"glibc", "linux-firmware", "systemd", "dbus", "dbus-broker", "dbus-daemon", "microcode_ctl", "ucode-intel", "ucode-amd",
}

// reboot says whether the root waits for a boot, and for which packages; nil where that is not known.
func (f *facts) reboot(r *host.Root, boot host.Boot, notices *noticeTable) (*bool, []string) {
	whose := host.KernelOf(r)
	if whose == host.KernelForeign {
		return flagged(r), nil
	}
	running := r.Word("proc/sys/kernel/osrelease")
	var names []string
	known := false
	for key, all := range f.installed.packages {
		waits := false
		if f.opinions.sideBySide[key.name] {
			runs := func(one instance) bool {
				return running != "" && version.IsRPMKernel(running, key.name, key.arch, one.evr)
			}
			at := slices.IndexFunc(all, runs)
			known = known || at >= 0
			waits = at > 0
		} else {
			known = known || slices.ContainsFunc(all, func(one instance) bool {
				return running != "" && version.IsRPMKernel(running, key.name, key.arch, one.evr)
			})
			since := !boot.At.IsZero() && all[0].installedAt.After(boot.At)
			waits = since && (slices.Contains(renewedByBoot, key.name) || notices.asksReboot(key, all[0].evr))
		}
		if waits && !slices.Contains(names, key.name) {
			names = append(names, key.name)
		}
	}
	slices.SortFunc(names, strings.Compare)
	yes, no := true, false
	switch asked := flagged(r); {
	case len(names) > 0:
		return &yes, names
	case asked != nil:
		return asked, nil
	case known && whose == host.KernelOwn && !boot.At.IsZero():
		return &no, nil
	}
	return nil, nil
}

// flagged is what SUSE's flag says: nothing where it is not there.
func flagged(r *host.Root) *bool {
	if r.Exists("run/reboot-needed") {
		yes := true
		return &yes
	}
	return nil
}
