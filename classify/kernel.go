package classify

import (
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// asksKernels reports whether kernels are asked at all: only where the host itself does not say whether it needs a reboot.
func (c *classifier) asksKernels() bool {
	scan, said := c.scan.Scan, c.facts.ScanStatement
	return c.settings.PendingReboot != rebootRuns && scan.RebootRequired == nil && (said == nil || said.compare(c.scan.Stamp) <= 0) &&
		!c.bootedSince(scan.TakenAt, scan.BootID)
}

// aptKernels returns the newest installed kernel packages of the running kernel's flavour, where they are newer than
// it: the host must boot to use them. A running kernel whose flavour no package has says nothing.
func (c *classifier) aptKernels() map[PackageKey]bool {
	scan := c.scan.Scan
	if !c.asksKernels() {
		return nil
	}
	newest, flavour := version.SplitKernel(scan.OS.Kernel)
	if flavour == "" {
		return nil
	}
	var waiting map[PackageKey]bool
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
			newest, waiting = number, make(map[PackageKey]bool)
		}
		if order >= 0 && waiting != nil {
			waiting[PackageKey{p.Name, p.Arch}] = true
		}
	}
	return waiting
}

// configured reports whether dpkg has finished with an installed package. Pending triggers are no matter.
func configured(p *messages.Package) bool {
	_, installed := p.InstalledVersion()
	return installed && !isBroken(p.State)
}
