package apt

import (
	"io"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
)

// dpkg notes what it does in /var/log/dpkg.log, where its configuration says so, as Debian's does:
//
//	2026-11-23 15:38:57 startup archives unpack
//	2026-11-23 15:38:57 upgrade acme-pre:all 1.0-1 1.1-1
//	2026-11-23 15:38:57 status half-installed acme-pre:all 1.0-1
//	2026-11-23 15:41:35 install apparmor:amd64 <none> 3.0.8-3
//	2026-11-23 15:48:34 remove acme-agent:amd64 1.0-1 <none>
//
// It is not translated, and it is written whoever called dpkg. So it tells which version was tried where a
// package was put back to the old one and neither a plan nor the status descriptor was there.

// parseDpkgLog returns the version that was last tried of each package that dpkg set out to unpack, and did not
// remove again.
func parseDpkgLog(r io.Reader, native string) (map[packageID]string, error) {
	tried := map[packageID]string{}
	lines := linesOf(r)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) != 6 {
			continue
		}
		name, arch := cutArch(strings.ToLower(f[3]))
		if arch == "all" {
			arch = native
		}
		switch {
		case f[2] == "remove":
			delete(tried, packageID{name, arch})
		case (f[2] == "upgrade" || f[2] == "install") && legalName(name) && legalArch(arch) && version.ValidDeb(f[5]) == nil:
			tried[packageID{name, arch}] = f[5]
		}
	}
	return tried, lines.Err()
}
