package explain

import (
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Of a KB and of macOS's updates too.
func TestNext_of_Windows_and_macOS(t *testing.T) {
	kb := func(name, blocked string, state messages.State) classify.Item {
		return classify.Item{Patch: name, Name: name, Arch: "x64", State: state, Version: "200", Blocked: blocked}
	}
	for _, row := range []struct {
		system string
		item   classify.Item
		next   string
	}{
		{"WINDOWS", kb("KB5068787", "", messages.Missing), "Install-WindowsUpdate -KBArticleID KB5068787"},
		{"WINDOWS", kb("kb5068787", "", messages.Failed), "Install-WindowsUpdate -KBArticleID KB5068787"},
		{"WINDOWS", kb("KB5068787", classify.BlockedByHiding, messages.Missing), "hidden: Show-WindowsUpdate -KBArticleID KB5068787, then install it"},
		{"WINDOWS", kb("d2b9f0c4-7a51-4d8e", "", messages.Missing), "install it by Windows Update: it has no KB number"},
		{"WINDOWS", kb("KB5068787", "", messages.InstalledRejected), "wusa /uninstall /kb:5068787"},
		{"WINDOWS", kb("d2b9f0c4-7a51-4d8e", "", messages.InstalledRejected), "remove it by hand: it has no KB number"},
		{"WINDOWS", kb("KB1;calc", "", messages.Missing), "look into it by hand: its name is none that Windows Update takes"},
		{"WINDOWS", kb("KB5068787", "", messages.InstalledPendingReboot), "reboot the host"},
		{"WINDOWS", kb("KB5068787", "", messages.AvailableSecurityUpdate), ""},
		{"WINDOWS", kb("KB5068787", "", messages.NotApplicable), ""},
		{"MACOS", kb("macOS Tahoe", "", messages.Missing), "softwareupdate --list shows its label, softwareupdate --install LABEL installs it"},
		{"MACOS", kb("Acme Agent", "", messages.InstalledRejected), "remove it by hand"},
	} {
		if got := Next(&messages.OS{System: row.system}, &row.item); got != row.next {
			t.Errorf("%s %s %s: %q, want %q", row.system, row.item.Name, row.item.State, got, row.next)
		}
	}
}

// The next step is a command of the host's own package manager, safe to paste.
func TestNext_speaks_the_hosts_package_manager(t *testing.T) {
	sudo := classify.Item{Name: "sudo", Arch: "x86_64", State: messages.Missing, Installed: "1.9.5p2-9.el9", Version: "1.9.5p2-10.el9_3"}
	with := func(change func(*classify.Item)) classify.Item {
		i := sudo
		change(&i)
		return i
	}
	held := with(func(i *classify.Item) { i.Blocked = classify.BlockedByHold })
	absent := with(func(i *classify.Item) { i.State, i.Installed = messages.Failed, "" })
	duplicate := with(func(i *classify.Item) { i.State, i.Reason.Broken = messages.Failed, classify.Duplicate })
	for _, row := range []struct {
		system, release string
		item            classify.Item
		next            string
	}{
		{"REDHAT_ENTERPRISE_LINUX", "9.3", sudo, "dnf upgrade sudo-1.9.5p2-10.el9_3"},
		{"REDHAT_ENTERPRISE_LINUX", "7.9", sudo, "yum upgrade sudo-1.9.5p2-10.el9_3"},
		{"AMAZON_LINUX_2", "2", sudo, "yum upgrade sudo-1.9.5p2-10.el9_3"},
		{"AMAZON_LINUX_2023", "2023", sudo, "dnf upgrade sudo-1.9.5p2-10.el9_3"},
		{"SUSE", "15.5", sudo, `auto=$(cat /var/lib/zypp/AutoInstalled); zypper install sudo=1.9.5p2-10.el9_3; echo "$auto" >> /var/lib/zypp/AutoInstalled`},
		{"SUSE", "15.5", absent, "zypper install sudo=1.9.5p2-10.el9_3"},
		{"ALMA_LINUX", "8.10", absent, "dnf install sudo-1.9.5p2-10.el9_3"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Arch = "i686" }), "dnf upgrade sudo-1.9.5p2-10.el9_3.i686"},
		{"SUSE", "15.5", held, "locked: zypper removelock sudo"},
		{"CENTOS", "7.9", held, "locked: yum versionlock delete sudo"},
		{"ROCKY_LINUX", "9.3", with(func(i *classify.Item) { i.Blocked = classify.BlockedByPin }), "not its choice: dnf upgrade sudo-1.9.5p2-10.el9_3"},
		{"ROCKY_LINUX", "9.3", with(func(i *classify.Item) { i.Blocked = classify.BlockedKeptBack }), "kept back; its error tells why: dnf upgrade sudo-1.9.5p2-10.el9_3"},
		{"ORACLE_LINUX", "8.9", duplicate, "dnf remove --duplicates"},
		{"ORACLE_LINUX", "7.9", duplicate, "rpm -q sudo, and rpm -e the older one"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.State = messages.Failed }), "dnf upgrade sudo-1.9.5p2-10.el9_3"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.State = messages.InstalledRejected }), "dnf remove sudo.x86_64"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Version = "1;reboot-1" }), "look into it by hand: its version is none that rpm allows"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Name = "a b" }), "look into it by hand: its name is none that dnf takes"},
		{"ALMA_LINUX", "8.10", with(func(i *classify.Item) { i.Name = "python3_x" }), "dnf upgrade python3_x-1.9.5p2-10.el9_3"},
	} {
		os := messages.OS{System: row.system, Version: row.release}
		if got := Next(&os, &row.item); got != row.next {
			t.Errorf("%s %s: %q, want %q", row.system, row.release, got, row.next)
		}
	}
}
