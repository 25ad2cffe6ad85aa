package version

import (
	"regexp"
	"slices"
	"strings"
)

// A kernel package of Debian is named after the release that it brings, which is what uname -r says while it runs, and
// a release is a version, mostly with an ABI number, and a flavour:
//
//	linux-image-6.1.0-53-amd64              6.1.0-53          amd64
//	linux-image-6.12.41+deb13-cloud-amd64   6.12.41+deb13     cloud-amd64
//	linux-image-5.10.0-0.deb10.16-amd64     5.10.0-0.deb10.16 amd64
//	linux-image-unsigned-5.15.0-107-generic 5.15.0-107        generic
//	linux-image-6.6.51+rpt-rpi-v8           6.6.51+rpt        rpi-v8

// DebKernel returns the release of the kernel that a package of that name brings, and false where it brings none.
func DebKernel(name string) (release string, ok bool) {
	release, ok = strings.CutPrefix(name, "linux-image-")
	release = strings.TrimPrefix(release, "unsigned-")
	return release, ok && startsWithDigit(release)
}

// SplitKernel cuts a kernel's release before its flavour: the first part behind a dash, the version not counted, that
// is no ABI number. Both are empty where the release has no flavour, or a version that is none of Debian's.
func SplitKernel(release string) (number, flavour string) {
	if !startsWithDigit(release) {
		return "", ""
	}
	parts := strings.Split(release, "-")
	n := 1
	if len(parts) > 2 && (parts[1] == "" || startsWithDigit(parts[1]) || raspberryABI.MatchString(parts[1])) {
		n = 2
	}
	number, flavour = strings.Join(parts[:n], "-"), strings.Join(parts[n:], "-")
	if flavour == "" || ValidDeb(number) != nil {
		return "", ""
	}
	return number, flavour
}

// raspberryABI: Raspberry Pi OS numbers its ABI rpi1, rpi2, …
var raspberryABI = regexp.MustCompile(`^rpi[0-9]+$`)

func startsWithDigit(s string) bool { return s != "" && digit(s[0]) }

// IsRPMKernel reports whether a kernel's release, as uname -r says it, is of a version of a package of rpm: its version,
// release and architecture, behind which a variant may stand (+rt), and of SUSE the flavour instead of what counts the release's
// rebuilds.
func IsRPMKernel(kernel, name, arch, text string) bool {
	_, v, release := SplitRPM(text)
	vr := v + "-" + release
	if kernel == vr || kernel == vr+"."+arch || strings.HasPrefix(kernel, vr+"."+arch+"+") {
		return true
	}
	flavour, ok := strings.CutPrefix(name, "kernel-")
	flavour, base := strings.CutSuffix(flavour, "-base")
	build, found := strings.CutSuffix(kernel, "-"+flavour)
	if !ok || !found {
		return false
	}
	if build == vr || build == v+"-"+withoutCounter(release) {
		return true
	}
	running, of := strings.CutPrefix(build, v+"-")
	return base && of && isBaseOf(running, release)
}

// isBaseOf reports whether a release of SUSE's kernel-default-base is made from the kernel that runs. It is the kernel with the few modules that a
// virtual machine wants, and since SUSE 15 SP2 a package of its own, whose own release stands behind the kernel's:
//
//	runs  150600.23.81                          lp152.66
//	is    150600.23.81.3 . 150600.12.36.3       lp152.66.2 . lp152.8.23.2
//
// Both releases have as many parts, of openSUSE Leap the second one more: so that 24 is not taken for what runs of 24.43.2.9.17.3.
func isBaseOf(running, release string) bool {
	kernel, parts := strings.Split(running, "."), strings.Split(release, ".")
	n := len(kernel) + 1
	if len(parts) != 2*n && len(parts) != 2*n+1 {
		return false
	}
	counter := parts[n-1]
	return slices.Equal(parts[:n-1], kernel) && counter != "" && digits(counter) == len(counter)
}

// withoutCounter drops from a release of SUSE the number that its build service counts rebuilds with: the last one behind a dot,
// which letters may follow, as in 1.2.g3ad5ee8.
func withoutCounter(release string) string {
	parts := strings.Split(release, ".")
	for i := len(parts) - 1; i > 0; i-- {
		if parts[i] != "" && digits(parts[i]) == len(parts[i]) {
			return strings.Join(slices.Delete(parts, i, i+1), ".")
		}
	}
	return release
}
