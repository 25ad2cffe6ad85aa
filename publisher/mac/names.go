package mac

import (
	"regexp"
	"strings"
)

// Names of patches. macOS itself is one, whatever its release: an update of it is offered as "macOS Tahoe 26.7", a security
// response as "macOS Security Response 13.4.1 (a)", and the history has it as "macOS 26.6". A major upgrade is another patch: it is
// offered beside, and a host that stays where it is lacks nothing. So macOS is called by the number that its version begins with.

// codenames are Apple's names of releases.
var codenames = map[string]string{
	"10.12": "Sierra",
	"10.13": "High Sierra",
	"10.14": "Mojave",
	"10.15": "Catalina",
	"11":    "Big Sur",
	"12":    "Monterey",
	"13":    "Ventura",
	"14":    "Sonoma",
	"15":    "Sequoia",
	"26":    "Tahoe",
}

// release returns the number of a release of macOS that a version is of: 26, and 10.15 of the time when the tens stood still.
func release(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if parts[0] == "10" && len(parts) > 1 {
		return "10." + parts[1]
	}
	return parts[0]
}

// macOSName is what macOS is called in events: macOS Tahoe, and macOS 27 while no name of it is known here.
func macOSName(version string) string {
	r := release(version)
	if name := codenames[r]; name != "" {
		return "macOS " + name
	}
	return "macOS " + r
}

var (
	osTitle      = regexp.MustCompile(`^(?:macOS|OS X)\b`)
	osVersion    = regexp.MustCompile(`^\d{2}(?:\.\d+)*(?: \([a-z]\))?$`)
	osResponse   = regexp.MustCompile(`(?i)\bmacOS\b.*\bsecurity (?:response|improvement)\b|\bsecurity (?:response|improvement)\b.*\bmacOS\b`)
	yearlyUpdate = regexp.MustCompile(`^Security Update (\d{4})-(\d{3})\b`)
)

// isMacOS reports whether an update is one of macOS itself.
func isMacOS(title, version string) bool {
	if !osVersion.MatchString(version) {
		return false
	}
	if osResponse.MatchString(title) {
		return true
	}
	base, _, _ := strings.Cut(version, " (")
	return osTitle.MatchString(title) && (strings.Contains(title, base) || title == macOSName(version))
}

var versionInTitle = regexp.MustCompile(`^(?:macOS|OS X)\b.* (\d{2}(?:\.\d+)+)$`)

// versionOf returns the version of a row, which an installer of macOS leaves to the title.
func versionOf(title, version string) string {
	if m := versionInTitle.FindStringSubmatch(title); m != nil && version == "" {
		return m[1]
	}
	return version
}

// securityUpdate is what all updates are called that have a year and a number.
const securityUpdate = "Security Update"

// named returns what an update is called in events, and its version there.
//
// A "Security Update 2022-004" of a release that is no longer updated otherwise carries macOS's version, which it does not
// raise; so it is a patch of its own, with its year and number as version, above that of macOS.
func named(title, version string) (name, ordered string) {
	if isMacOS(title, version) {
		return macOSName(version), version
	}
	if m := yearlyUpdate.FindStringSubmatch(title); m != nil {
		return securityUpdate, m[1] + "." + m[2]
	}
	if name := strings.TrimSpace(strings.TrimSuffix(title, version)); version != "" && name != "" {
		title = name
	}
	return title, version
}

// The words of a list for what an update is (classification.md).
const (
	kindSecurity    = "Security"
	kindRecommended = "Recommended"
)

var securityTitle = regexp.MustCompile(`(?i)\bsecurity\b`)

// kind is what the list calls an update.
func (o *offer) kind() string {
	switch {
	case securityTitle.MatchString(o.title):
		return kindSecurity
	case o.recommended:
		return kindRecommended
	}
	return ""
}
