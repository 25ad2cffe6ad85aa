package messages

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goldenWindows is a host with a KB in each state.
func goldenWindows() *Scan {
	kb := func(name, state string, installed *string) Package {
		return Package{Name: name, Arch: "x64", Installed: installed, State: state, Versions: []Version{{Version: "200", Advisories: []string{name}}}}
	}
	server := []string{"Windows Server 2022"}
	s := &Scan{
		ID: "01KB4C7Q9W2E", Host: "web-w1.example.org", TakenAt: at("2026-11-20T10:00:00Z"), Complete: true, Hash: "5f3a9c0e17d2b846",
		OS:   OS{System: "WINDOWS", Product: "WindowsServer2022", Version: "10.0.20348", Arch: "x64"},
		Tags: map[string]string{"Patch Group": "web"}, BootedAt: at("2026-11-15T02:10:00Z"), RebootRequired: new(true), RebootPackages: []string{"KB5068787"},
		IndexAt: at("2026-11-20T06:11:40Z"),
		Packages: []Package{
			kb("KB5065432", "", new("200")), kb("KB5066000", KBSuperseded, nil), kb("KB5068787", KBReboot, new("200")),
			kb("KB5070311", KBApplicable, nil), kb("KB5070900", KBHidden, nil),
			{Name: "d2b9f0c4-7a51-4d8e-9a2b-6f1e0c3d5a77", Arch: "x64", State: KBApplicable, Versions: []Version{{Version: "1"}}},
		},
		Advisories: []Advisory{
			{ID: "KB5065432", Type: "Security Updates", Severity: "Important", UpdatedAt: at("2026-09-08T00:00:00Z"), Products: server, Families: []string{"Windows"}, Set: SetOS},
			{ID: "KB5066000", Type: "Security Updates", Severity: "Critical", UpdatedAt: at("2026-10-13T00:00:00Z"), Products: server, Families: []string{"Windows"}, Set: SetOS},
			{ID: "KB5068787", Type: "Security Updates", Severity: "Critical", UpdatedAt: at("2026-11-10T00:00:00Z"), CVEs: []string{"CVE-2026-21001", "CVE-2026-21002"},
				Products: server, Families: []string{"Windows"}, Set: SetOS, Reboot: true, Supersedes: []string{"KB5066000"}},
			{ID: "KB5070311", Type: "Update Rollups", UpdatedAt: at("2026-11-17T00:00:00Z"), Products: []string{"Windows Server 2019", "Windows Server 2022"}, Families: []string{"Windows"}, Set: SetOS},
			{ID: "KB5070900", Type: "Security Updates", Severity: "Moderate", UpdatedAt: at("2026-11-10T00:00:00Z"), Aliases: []string{"MS26-048"},
				Products: []string{"Office 2019"}, Families: []string{"Office"}, Set: SetApplication},
		},
	}
	s.Packages[2].InstalledAt = at("2026-11-19T22:04:11Z")
	return s
}

func goldenMacOS() *Scan {
	return &Scan{
		ID: "01KB4C9T3M5X", Host: "studio-4.example.org", TakenAt: at("2026-11-20T10:00:00Z"), Complete: true, Hash: "0c44e1d97ab3526f",
		OS:       OS{System: "MACOS", Product: "macOS26.3.1", Version: "26.3.1", Arch: "arm64"},
		BootedAt: at("2026-11-02T08:00:00Z"), IndexAt: at("2026-11-20T04:40:12Z"),
		Packages: []Package{
			{Name: "Acme Agent", Arch: "arm64", Installed: new("1.2"), Source: SourceInstaller, InstalledAt: at("2026-06-01T12:00:00Z")},
			{Name: "Safari", Arch: "arm64", Installed: new("26.0"), Versions: []Version{{Version: "26.1", Section: "Recommended"}}, Candidate: "26.1"},
			{Name: "XProtectPlistConfigData", Arch: "arm64", Installed: new("5290")},
			{Name: "macOS 27", Arch: "arm64", Versions: []Version{{Version: "27.0", Section: "Recommended"}}},
			{Name: "macOS Tahoe", Arch: "arm64", Installed: new("26.3.1"), Versions: []Version{{Version: "26.3.1 (a)", Section: "Security"}}, Candidate: "26.3.1 (a)"},
		},
	}
}

func TestTheExamplesOfWindowsAndMacOSDecode(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]*Scan{"scan-windows.json": goldenWindows(), "scan-macos.json": goldenMacOS()} {
		payload, err := os.ReadFile("../docs/examples/" + file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(KindScan, payload, Sniff(payload))
		if diff := cmp.Diff(Event(want), got); err != nil || diff != "" {
			t.Error(file, err, diff)
		}
	}
}

func TestAPatchIsCalledByItsNameOnWindowsAndMacOS(t *testing.T) {
	t.Parallel()
	for system, want := range map[string]string{"WINDOWS": "KB1", "MACOS": "KB1", "UBUNTU": "KB1.x64", "SUSE": "KB1.x64", "": "KB1.x64"} {
		if got := (&OS{System: system}).PatchName("KB1", "x64"); got != want {
			t.Errorf("%s: %s, want %s", system, got, want)
		}
	}
}

func TestWhatAScanOfWindowsOrMacOSKeeps(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		scan        *Scan
		edit        func(*Scan)
		field, says string // empty: it is taken
	}{
		{"Windows as it is", goldenWindows(), func(*Scan) {}, "", ""},
		{"macOS as it is", goldenMacOS(), func(*Scan) {}, "", ""},
		{"no update is installed", goldenWindows(), func(s *Scan) { s.Packages = s.Packages[1:2] }, "", ""},
		{"an empty list", goldenWindows(), func(s *Scan) { s.Packages, s.Advisories = nil, nil }, "", ""},
		{"an empty list of macOS", goldenMacOS(), func(s *Scan) { s.Packages = nil }, "", ""},
		{"a word of dpkg's", goldenWindows(), func(s *Scan) { s.Packages[0].State = "unpacked" }, "packages[0].state", `"unpacked" is none of installed applicable superseded hidden reboot`},
		{"a word of Windows", goldenMacOS(), func(s *Scan) { s.Packages[0].State = KBApplicable }, "packages[0].state", `"applicable" is none of installed config-files`},
		{"applicable and installed", goldenWindows(), func(s *Scan) { s.Packages[3].Installed = new("1") }, "packages[3].installed", "applicable, and so is not installed"},
		{"hidden, without a version", goldenWindows(), func(s *Scan) { s.Packages[4].Versions = nil }, "packages[4].versions", "a KB that is hidden has one"},
		{"installed, without a version", goldenWindows(), func(s *Scan) { s.Packages[0].Installed = nil }, "packages[0].installed", "is required"},
		{"waits for a boot, without a version", goldenWindows(), func(s *Scan) { s.Packages[2].Installed = nil }, "packages[2].installed", "is required"},
		{"a KB of two architectures", goldenWindows(), func(s *Scan) { s.Packages[3].Name, s.Packages[3].Arch = "KB5065432", "x86" }, "packages[3].name", `"KB5065432" is listed twice: on WINDOWS`},
		{"a name of two architectures", goldenMacOS(), func(s *Scan) { s.Packages[2].Name, s.Packages[2].Arch = "Safari", "x86" }, "packages[2].name", `"Safari" is listed twice: on MACOS`},
		{"another set", goldenWindows(), func(s *Scan) { s.Advisories[0].Set = "os" }, "advisories[0].set", `"os" is none of OS APPLICATION`},
		{"a notice that is not there", goldenWindows(), func(s *Scan) { s.Packages[0].Versions[0].Advisories[0] = "KB0" }, "packages[0].versions[0].advisories[0]", "is none of the scan's"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.edit(row.scan)
			err := row.scan.Validate()
			if row.field == "" && err != nil {
				t.Error(err)
			}
			if row.field != "" {
				refused(t, err, row.field, row.says)
			}
		})
	}
}
