package apt

import (
	"regexp"

	"github.com/patchstream/patchstream/classify/version"

	"github.com/patchstream/patchstream/publisher/host"
)

// A new kernel comes under a new name, beside the old one, and runs from the next boot on. A rebuilt one keeps
// its name, and only its version tells it from the one that runs.

// newerKernels returns the kernel packages of the running kernel's flavour that are newer than it is: where its own
// package is gone, the newest of them, which is what boots next. known is false where the running kernel is of no
// installed package: then nothing follows from there being none that is newer.
func newerKernels(packages []installedPackage, release, build string) (names []string, known bool) {
	running, flavour := version.SplitKernel(release)
	if flavour == "" {
		return nil, false
	}
	newest := ""
	for _, p := range packages {
		of, ok := version.DebKernel(p.name)
		if !ok || !p.configured() {
			continue
		}
		number, itsFlavour := version.SplitKernel(of)
		switch {
		case itsFlavour != flavour:
		case of == release:
			known = true
			if rebuilt(p.version, build) {
				names = append(names, p.name)
			}
		case version.CompareDeb(number, running) > 0:
			names = append(names, p.name)
			if newest == "" || version.CompareDeb(number, kernelNumber(newest)) > 0 {
				newest = p.name
			}
		}
	}
	if !known && newest != "" {
		return []string{newest}, false
	}
	return names, known
}

// kernelNumber returns the version in the name of a kernel package.
func kernelNumber(name string) string {
	release, _ := version.DebKernel(name)
	number, _ := version.SplitKernel(release)
	return number
}

// Debian writes the package's version into the kernel's build banner, /proc/version, and Ubuntu into a file of
// its own, /proc/version_signature:
//
//	Linux version 6.1.0-53-amd64 (…) #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-05-02)
//	Ubuntu 5.15.0-107.117-generic 5.15.149
var (
	debianBanner    = regexp.MustCompile(`\bDebian ([0-9][^ )]*)`)
	ubuntuSignature = regexp.MustCompile(`^Ubuntu ([0-9][^ -]*-[^ -]+)-`)
)

// runningVersion returns the version of the package that the running kernel came from, empty where the kernel
// does not say.
func runningVersion(r *host.Root) string {
	if m := ubuntuSignature.FindStringSubmatch(r.Word("proc/version_signature")); m != nil {
		return m[1]
	}
	if m := debianBanner.FindAllStringSubmatch(r.Word("proc/version"), -1); m != nil {
		return m[len(m)-1][1] // the compiler's version, earlier in the line, may say Debian too
	}
	return ""
}

// rebuilt tells whether the installed package is newer than the kernel that runs under the same name.
func rebuilt(installed, running string) bool {
	return version.ValidDeb(installed) == nil && version.ValidDeb(running) == nil && version.CompareDeb(installed, running) > 0
}
