package explain

import (
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Next returns the next step for whoever looks after the host, such as "held: apt-mark unhold nginx". It is
// empty where nothing is to do. What it names as a command is safe to paste into a shell.
func Next(os *messages.OS, i *classify.Item) string {
	m := managerOf(os)
	if by := i.Reason.Override; by != nil {
		return nextByHand(i, by)
	}
	switch i.State {
	case messages.InstalledPendingReboot:
		return "reboot the host"
	case messages.Missing, messages.Failed, messages.InstalledRejected:
	default:
		return ""
	}
	if !m.safe.MatchString(i.Name) || !m.safe.MatchString(i.Arch) {
		return "look into it by hand: its name is none that " + m.name + " takes"
	}
	if i.State == messages.InstalledRejected {
		return m.remove + m.target(i)
	}
	if m.valid(i.Version) != nil {
		return "look into it by hand: its version is none that " + m.rule + " allows"
	}
	return m.next(i)
}

// NextOfAll returns one command for all items of a host that nothing but an upgrade is missing to, and how many those are; none
// where there are fewer than two, or where no command is known. It is as safe to paste as [Next].
func NextOfAll(os *messages.OS, items []classify.Item) (command string, n int) {
	m := managerOf(os)
	if m.upgrade == nil {
		return "", 0
	}
	var all []string
	for i := range items {
		item := &items[i]
		if next := Next(os, item); item.State == messages.Missing && next == m.upgrade(m.exactly(item)) {
			all = append(all, m.exactly(item))
		}
	}
	if len(all) < 2 {
		return "", 0
	}
	return m.upgrade(all...), len(all)
}

// commands are what a command of a next step begins with.
var commands = regexp.MustCompile(`(?:^|[ ,;:] ?)((?:apt-get|apt-mark|dpkg|dnf|yum|zypper|rpm|wusa|softwareupdate|Install-WindowsUpdate|Show-WindowsUpdate|patchstream) |auto=\$)`)

// Command cuts a next step where its command begins, which goes on to its end, if there is one: "held: " and "apt-mark unhold nginx".
func Command(next string) (words, command string) {
	m := commands.FindStringSubmatchIndex(next)
	if m == nil {
		return next, ""
	}
	return next[:m[2]], next[m[2]:]
}

func nextOfApt(i *classify.Item) string {
	if i.State == messages.Failed {
		return nextOfFailed(i)
	}
	return nextOfMissing(i)
}

// nextByHand: the computed state's step is not the next one, else nobody would have set another state.
func nextByHand(i *classify.Item, by *messages.OverrideReason) string {
	if !i.State.NonCompliant() && i.State != messages.AvailableSecurityUpdate {
		return ""
	}
	return "as " + oneLine(by.By, 40) + " says: " + oneLine(by.Reason, 120)
}

func nextOfMissing(i *classify.Item) string {
	switch i.Blocked {
	case classify.BlockedByHold:
		return "held: apt-mark unhold " + aptName(i)
	case classify.BlockedByPhasing:
		return "phased: wait for its turn, or " + install(i)
	case classify.BlockedByPin:
		return "pinned: " + install(i)
	case classify.BlockedKeptBack:
		return "kept back: " + install(i)
	}
	return install(i)
}

// nextOfFailed: dpkg finishes what is unpacked; what is half installed it wants to unpack again. A run that
// failed as it configured leaves packages unpacked, of which a scan before it says nothing.
func nextOfFailed(i *classify.Item) string {
	switch i.Reason.Broken {
	case "unpacked", "half-configured":
		return "dpkg --configure -a"
	case "half-installed", "reinstreq":
		return "apt-get install --reinstall --mark-auto " + aptName(i) + "=" + i.Version
	}
	stage := ""
	if i.Reason.Outcome != nil {
		stage = i.Reason.Outcome.Stage
	}
	switch stage {
	case "configure":
		return "dpkg --configure -a && " + install(i)
	case "fetch":
		return "apt-get update && " + install(i)
	}
	return install(i)
}

// upgradeOfApt brings what is installed to a version and touches no mark: with --mark-auto apt leaves an installed package the mark that
// it has, manual or automatic. Without, it makes it manual, also with --only-upgrade, which is for what is gone by then (seen on
// apt 2.2, 2.6 and 3.0: TestTheNextStepKeepsTheMarksOfApt).
func upgradeOfApt(packages ...string) string {
	return "apt-get install --only-upgrade --mark-auto " + strings.Join(packages, " ")
}

func install(i *classify.Item) string {
	if i.Installed == "" {
		return "apt-get install " + aptVersion(i)
	}
	return upgradeOfApt(aptVersion(i))
}

func aptVersion(i *classify.Item) string { return aptName(i) + "=" + i.Version }

// aptName is how apt is told of the package. It takes a name alone for the native architecture; the
// architectures that stand beside a native one are named always, which is right where they are native too.
func aptName(i *classify.Item) string {
	switch i.Arch {
	case "i386", "armhf", "armel":
		return i.Name + ":" + i.Arch
	}
	return i.Name
}
