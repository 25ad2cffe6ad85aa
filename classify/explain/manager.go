package explain

import (
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// manager is the package manager of a host: its commands, and the words for what it calls by other names than others.
type manager struct {
	name    string
	valid   func(version string) error
	safe    *regexp.Regexp // a name or architecture that says nothing else to a shell or to the command
	grammar string         // what a version that is none is none of
	rule    string         // who forbids such a version

	next     func(*classify.Item) string     // of what is missing or failed
	decided  func(*explainer) bool           // says which branch decided, where it is one that others do not have or say otherwise; nil: none is
	changes  func(*explainer) []string       // what would put the item into another state, likewise
	upgrade  func(packages ...string) string // the command that upgrades packages, each as exactly names it, and leaves the marks of them; nil: there is none
	exactly  func(*classify.Item) string     // how a package is named with the version that it shall have
	remove   string                          // the command that removes a package
	target   func(*classify.Item) string     // how a package is named to it
	refresh  string                          // the command that asks for lists
	asks     string                          // what a host that says nothing new has not done
	source   string                          // what makes a version a security update
	sourceOf string                          // what the list of its fixes is called
	notices  bool                            // they are what EnableNonSecurity asks for
	approved bool                            // only what is approved can be FAILED
	// Versions are revisions, which say nothing to anybody: a patch is there or not.
	revisions bool
}

// managerOf returns the package manager of a system: apt where it is not known.
func managerOf(os *messages.OS) *manager {
	switch baseline.FamilyOf(os.System) {
	case baseline.RPM:
		return managerOfRPM(os)
	case baseline.Windows:
		return &windowsUpdate
	case baseline.MacOS:
		return &softwareUpdate
	}
	return &aptGet
}

func managerOfRPM(os *messages.OS) *manager {
	switch {
	case os.System == "SUSE":
		return &zypper
	case os.System == "AMAZON_LINUX" || os.System == "AMAZON_LINUX_2" || upTo7(os.Version):
		return &yum
	}
	return &dnf
}

// upTo7 reports whether a release, such as 7.9, is of before dnf.
func upTo7(release string) bool {
	major, _, _ := strings.Cut(release, ".")
	return len(major) == 1 && major >= "1" && major <= "7"
}

var aptGet = manager{
	name: "apt", valid: version.ValidDeb, safe: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+.-]*$`),
	grammar: "no Debian version", rule: "policy",
	next: nextOfApt, upgrade: upgradeOfApt, exactly: aptVersion, remove: "apt-get remove ", target: aptName, refresh: "apt-get update", asks: askedForLists,
	source: "a trusted security archive carries", sourceOf: "the security archive of the host's own release was not read",
}

const askedForLists = "asked for package lists"

var safeRPM = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)

var dnf = ofRPM("dnf", "dnf remove ", "dnf makecache --refresh")

var yum = ofRPM("yum", "yum remove ", "yum makecache")

var zypper = ofRPM("zypper", "zypper remove ", "zypper refresh")

func ofRPM(name, remove, refresh string) manager {
	m := manager{
		name: name, valid: version.ValidRPM, safe: safeRPM, grammar: "no version of rpm", rule: "rpm",
		upgrade: func(packages ...string) string { return name + " upgrade " + strings.Join(packages, " ") }, exactly: rpmVersion,
		remove: remove, target: rpmName, refresh: refresh, asks: askedForLists, notices: true, approved: true,
		source: "a security notice lists", sourceOf: "no repository with update notices was read, or not every repository",
	}
	if name == "zypper" {
		m.upgrade, m.exactly = upgradeOfZypper, zypperVersion
	}
	m.next = func(i *classify.Item) string {
		if i.Installed == "" {
			return nextOfRPM(name, name+" install "+m.exactly(i), i)
		}
		return nextOfRPM(name, m.upgrade(m.exactly(i)), i)
	}
	return m
}

func rpmName(i *classify.Item) string { return i.Name + "." + i.Arch }

// rpmVersion leaves out the architecture, which an upgrade may change (from noarch, and to it), save of those that stand beside a native one.
func rpmVersion(i *classify.Item) string {
	exact := i.Name + "-" + i.Version
	switch i.Arch {
	case "i386", "i486", "i586", "i686", "armv7hl":
		return exact + "." + i.Arch
	}
	return exact
}

func zypperVersion(i *classify.Item) string { return i.Name + "=" + i.Version }

// upgradeOfZypper writes back which packages came as dependencies: zypper takes what it is told to install or update for asked for from
// then on, whatever its options (seen on zypper 1.14: TestTheNextStepKeepsTheMarksOfZypper).
func upgradeOfZypper(packages ...string) string {
	const marks = "/var/lib/zypp/AutoInstalled"
	return "auto=$(cat " + marks + "); zypper install " + strings.Join(packages, " ") + `; echo "$auto" >> ` + marks
}

// nextOfRPM is the next step where upgrade is the command that brings what is to be there.
func nextOfRPM(tool, upgrade string, i *classify.Item) string {
	switch {
	case i.Reason.Broken == classify.Duplicate && tool == "dnf":
		return "dnf remove --duplicates"
	case i.Reason.Broken == classify.Duplicate:
		return "rpm -q " + i.Name + ", and rpm -e the older one"
	case i.State == messages.Failed:
		return upgrade
	}
	switch i.Blocked {
	case classify.BlockedByHold:
		if tool == "zypper" {
			return "locked: zypper removelock " + i.Name
		}
		return "locked: " + tool + " versionlock delete " + i.Name
	case classify.BlockedByExclusion:
		return "excluded: take it out of " + exclusions(tool) + ", then " + upgrade
	case classify.BlockedByPin:
		return "not its choice: " + upgrade
	case classify.BlockedKeptBack:
		return "kept back; its error tells why: " + upgrade
	}
	return upgrade
}

// exclusions is where the host keeps packages out.
func exclusions(tool string) string {
	switch tool {
	case "yum":
		return "exclude= in /etc/yum.conf or of a repository"
	case "zypper":
		return "the locks (zypper locks)"
	}
	return "excludepkgs in /etc/dnf/dnf.conf or of a repository"
}
