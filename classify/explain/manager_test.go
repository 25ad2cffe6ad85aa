package explain

import (
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// The next step is a command of the host's own package manager, safe to paste.
func TestNext_speaks_the_hosts_package_manager(t *testing.T) {
	sudo := classify.Item{Name: "sudo", Arch: "x86_64", State: messages.Missing, Version: "1.9.5p2-10.el9_3"}
	with := func(change func(*classify.Item)) classify.Item {
		i := sudo
		change(&i)
		return i
	}
	held := with(func(i *classify.Item) { i.Blocked = classify.BlockedByHold })
	duplicate := with(func(i *classify.Item) { i.State, i.Reason.Broken = messages.Failed, classify.Duplicate })
	for _, row := range []struct {
		system, release string
		item            classify.Item
		next            string
	}{
		{"REDHAT_ENTERPRISE_LINUX", "9.3", sudo, "dnf upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"REDHAT_ENTERPRISE_LINUX", "7.9", sudo, "yum upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"AMAZON_LINUX_2", "2", sudo, "yum upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"AMAZON_LINUX_2023", "2023", sudo, "dnf upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"SUSE", "15.5", sudo, "zypper install sudo=1.9.5p2-10.el9_3"},
		{"SUSE", "15.5", held, "locked: zypper removelock sudo"},
		{"CENTOS", "7.9", held, "locked: yum versionlock delete sudo"},
		{"ROCKY_LINUX", "9.3", with(func(i *classify.Item) { i.Blocked = classify.BlockedByPin }), "not its choice: dnf upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"ROCKY_LINUX", "9.3", with(func(i *classify.Item) { i.Blocked = classify.BlockedKeptBack }), "kept back; its error tells why: dnf upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"ORACLE_LINUX", "8.9", duplicate, "dnf remove --duplicates"},
		{"ORACLE_LINUX", "7.9", duplicate, "rpm -q sudo, and rpm -e the older one"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.State = messages.Failed }), "dnf upgrade sudo-1.9.5p2-10.el9_3.x86_64"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.State = messages.InstalledRejected }), "dnf remove sudo.x86_64"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Version = "1;reboot-1" }), "look into it by hand: its version is none that rpm allows"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Name = "a b" }), "look into it by hand: its name is none that dnf takes"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Name = "python3_x" }), "dnf upgrade python3_x-1.9.5p2-10.el9_3.x86_64"},
	} {
		os := messages.OS{System: row.system, Version: row.release}
		if got := Next(&os, &row.item); got != row.next {
			t.Errorf("%s %s: %q, want %q", row.system, row.release, got, row.next)
		}
	}
}
