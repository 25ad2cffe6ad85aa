package classify

import (
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// asksKernels reports whether kernels are asked at all: only where the host says which one runs, and does not say itself
// whether it needs a reboot.
func (c *classifier) asksKernels() bool {
	scan, said := c.scan.Scan, c.facts.ScanStatement
	return scan.OS.Kernel != "" && c.settings.PendingReboot != rebootRuns && scan.RebootRequired == nil && (said == nil || said.compare(c.scan.Stamp) <= 0) &&
		!c.bootedSince(scan.TakenAt, scan.BootID)
}

// aptKernels returns the newest installed kernel packages of the running kernel's flavour, where they are newer than
// it: the host must boot to use them. A running kernel whose flavour no package has says nothing.
func aptKernels(scan *messages.Scan) []PackageKey {
	newest, flavour := version.SplitKernel(scan.OS.Kernel)
	if flavour == "" {
		return nil
	}
	var waiting []PackageKey
	for i := range scan.Packages {
		p := &scan.Packages[i]
		release, ok := version.DebKernel(p.Name)
		if !ok || !configured(p) {
			continue
		}
		number, of := version.SplitKernel(release)
		if of != flavour {
			continue
		}
		order := version.CompareDeb(number, newest)
		if order > 0 {
			newest, waiting = number, []PackageKey{}
		}
		if order >= 0 && waiting != nil {
			waiting = append(waiting, PackageKey{p.Name, p.Arch})
		}
	}
	return waiting
}

// configured reports whether dpkg has finished with an installed package. Pending triggers are no matter.
func configured(p *messages.Package) bool {
	_, installed := p.InstalledVersion()
	return installed && !isBroken(p.State)
}

func setOf(keys []PackageKey) map[PackageKey]bool {
	set := make(map[PackageKey]bool, len(keys))
	for _, key := range keys {
		set[key] = true
	}
	return set
}
