package classify

import (
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// Every form by which an entry may name a version of rpm, in both lists.
func TestNamesOfRPM(t *testing.T) {
	dbus := rpmPkg("dbus.x86_64", "1:1.12.27-1.amzn2023", "1:1.12.28-1.amzn2023.0.1 RHSA-2024:0811")
	sudo := rpmPkg("sudo.x86_64", "1.9.5p2-9.el9", "1.9.5p2-10.el9_3 SUSE-SLE-Product-SLES-15-SP5-2024-123")
	for _, row := range []struct {
		pkg     messages.Package
		entries string
		fits    bool
	}{
		{dbus, "dbus dbus.x86_64 dbus-1.12.28 dbus-1.12.28-1.amzn2023.0.1 dbus-1.12.28-1.amzn2023.0.1.x86_64 1.12.28 1.12.28-1.amzn2023.0.1 " +
			"1:1.12.28-1.amzn2023.0.1 dbus-1:1.12.28-1.amzn2023.0.1 dbus-1:1.12.28-1.amzn2023.0.1.x86_64 1:dbus-1.12.28-1.amzn2023.0.1.x86_64 " +
			"dbus.x86_64:1:1.12.28-1.amzn2023.0.1", true},
		{sudo, "sudo SUDO.X86_64 sudo-1.9.5p2-10.el9_3.x86_64 sudo-1.9.5p2-10.el9_3.x86_64.rpm 0:1.9.5p2-10.el9_3 sudo-0:1.9.5p2-10.el9_3.x86_64 " +
			"sudo.x86_64:0:1.9.5p2-10.el9_3 0:sudo-1.9.5p2-10.el9_3.x86_64", true},
		{dbus, "RHSA-2024:0811 rhsa-2024:0811 RHSA-2024:* CVE-2023-42465 cve-2023-42465 2255568 dbus-1.12.28-* *-1.amzn2023.0.1.x86_64", true},
		{sudo, "SUSE-SLE-Product-SLES-15-SP5-2024-123 SUSE-SLE-*-2024-* CVE-2024-1111", true},
		{dbus, "dbu 1.12.28-1 dbus-1.12.28-1.amzn2023.0.1.i686 0:1.12.28-1.amzn2023.0.1 CVE-2023-* CVE-2023-42464 225556 22555680 2255568* RHSA-2024:0812 dbus.rpm.x", false},
	} {
		for _, text := range strings.Fields(row.entries) {
			want := messages.InstalledOther
			if row.fits {
				want = messages.Missing
			}
			byName := judgedRPM(t, ruled(nil, approvedAll(text)), scanned, rhel(row.pkg))
			if got := stateOf(byName, row.pkg.Name); got != want {
				t.Errorf("ApprovedPatches %s: %s is %s", text, row.pkg.Name, got)
			}
			want = messages.Missing
			if row.fits {
				want = messages.InstalledOther
			}
			without := judgedRPM(t, ruled([]string{"nonsecurity"}, rejected("", text)), scanned, rhel(row.pkg))
			if got := stateOf(without, row.pkg.Name); got != want && !(row.fits && got == messages.Installed) {
				t.Errorf("RejectedPatches %s: %s is %s", text, row.pkg.Name, got)
			}
		}
	}
}

func stateOf(r *Report, name string) messages.State {
	for i := range r.Patches {
		if r.Patches[i].Name == name {
			return r.Patches[i].State
		}
	}
	return ""
}

// An entry of digits is an id of Bugzilla, and no version that reads the same.
func TestDigitsAreBugzilla(t *testing.T) {
	p := rpmPkg("tz.x86_64", "2023-1", "2024-1 RHBA-2024:0100")
	if got := stateOf(judgedRPM(t, ruled(nil, approvedAll("2024")), scanned, rhel(p)), "tz"); got != messages.InstalledOther {
		t.Errorf("2024 approved it: %s", got)
	}
}

func TestEntriesThatFitNothingOfRPMAreListed(t *testing.T) {
	p := rpmPkg("dbus.x86_64", "1-1", "2-1 RHSA-2024:0811")
	r := judgedRPM(t, ruled(nil, approved("dbus", "RHSA-2024:0811", "CVE-2023-42465", "2255568", "RHSA-0000:1", "CVE-1-1", "77", "nothing-*")), scanned, rhel(p))
	want := "77: NOT_APPLICABLE UNSPECIFIED; CVE-1-1: NOT_APPLICABLE UNSPECIFIED; RHSA-0000:1: NOT_APPLICABLE UNSPECIFIED; " +
		"dbus.x86_64: MISSING 2-1 UNSPECIFIED Security; nothing-*: NOT_APPLICABLE UNSPECIFIED"
	if got := rowOf(r); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}
