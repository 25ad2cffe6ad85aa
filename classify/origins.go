package classify

import (
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// originKind is what an origin of the scan is to the rules (classification.md, section 2).
type originKind struct {
	read     bool // its index was read, and is trusted
	security bool // what it carries is a security update
	own      bool // it is the system's own security source, read or not
	unread   bool // it is configured, and was not read
}

// originKinds returns the kinds of a scan's origins, by their position.
func originKinds(scan *messages.Scan, s Settings) []originKind {
	kinds := make([]originKind, len(scan.Origins))
	for i := range scan.Origins {
		o := &scan.Origins[i]
		k := originKind{read: o.Trusted && !o.Unread, own: ownOrigin(o, scan, s), unread: o.Unread}
		k.security = k.read && (k.own || securityOrigin(o, s))
		kinds[i] = k
	}
	return kinds
}

// securityOrigin reports whether an origin's archive or site says that it carries security updates. Not its label or
// codename: one release's suite is renamed in its life, and Ubuntu's codename carries no pocket.
func securityOrigin(o *messages.Origin, s Settings) bool {
	return strings.Contains(strings.ToLower(o.Archive), "security") || debianSecuritySite(o.Site) ||
		containsFold(s.SecurityArchives, o.Archive) || containsFold(s.SecuritySites, o.Site) || containsFold(s.SecurityLabels, o.Label)
}

// ownOrigin reports whether an origin is the security source of the very release that the host runs. Others, such as a
// vendor's, say nothing about whether the system's own fixes are known.
func ownOrigin(o *messages.Origin, scan *messages.Scan, s Settings) bool {
	if containsFold(s.OwnSecurityArchives, o.Archive) || containsFold(s.OwnSecuritySites, o.Site) || containsFold(s.OwnSecurityLabels, o.Label) {
		return true
	}
	release := scan.OS.Codename
	if release == "" {
		return false
	}
	named := func(suite string) bool {
		return strings.EqualFold(o.Archive, suite) || strings.EqualFold(o.Codename, suite)
	}
	return named(release+"-security") || named(release+"/updates") ||
		debianSecuritySite(o.Site) && strings.EqualFold(releaseOf(o.Codename), release) ||
		named(release+"-infra-security") && supportEnded(&scan.OS, scan.TakenAt)
}

func debianSecuritySite(site string) bool {
	return strings.Contains(strings.ToLower(site), "security.debian.org")
}

// releaseOf returns the release in the codename of an archive, such as bookworm of bookworm-security or buster/updates.
func releaseOf(codename string) string {
	if i := strings.IndexAny(codename, "-/"); i >= 0 {
		return codename[:i]
	}
	return codename
}

// standardSupport has for each Ubuntu LTS the last day of its standard support: from then on its security fixes come in
// the archive <codename>-infra-security alone. Source: the column eol of /usr/share/distro-info/ubuntu.csv, of Debian's
// package distro-info-data 0.58+deb12u6, which follows wiki.ubuntu.com/Releases.
var standardSupport = map[string]time.Time{
	"trusty":   day(2019, time.April, 25),
	"xenial":   day(2021, time.April, 30),
	"bionic":   day(2023, time.May, 31),
	"focal":    day(2025, time.May, 29),
	"jammy":    day(2027, time.June, 1),
	"noble":    day(2029, time.May, 31),
	"resolute": day(2031, time.May, 29),
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// supportEnded reports whether the standard support of an Ubuntu release had ended at a time: its last day was over.
func supportEnded(os *messages.OS, at time.Time) bool {
	last, known := standardSupport[strings.ToLower(os.Codename)]
	return known && os.System == "UBUNTU" && !at.Before(last.AddDate(0, 0, 1))
}

// withoutSecurity reports whether the system is one for which nobody makes a security archive: Debian's unstable, and
// Raspberry Pi OS of 32 bits.
func withoutSecurity(scan *messages.Scan) bool {
	if scan.OS.System == "RASPBIAN" || strings.EqualFold(scan.OS.Codename, "sid") {
		return true
	}
	for i := range scan.Origins {
		if o := &scan.Origins[i]; strings.EqualFold(o.Archive, "unstable") || strings.EqualFold(o.Codename, "sid") {
			return true
		}
	}
	return false
}
