package classify

import (
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The rows of macOS (docs/classification.md, section 10).

// mac reads "Safari 26.0", "26.1 Recommended", …: a name and what is installed ("-" for nothing), and what is offered with its type.
// A name that ends in .pkg an installer put in place. In names _ is a blank, in versions too.
func mac(text string, offered ...string) messages.Package {
	name, installed, _ := strings.Cut(text, " ")
	p := messages.Package{Name: strings.ReplaceAll(name, "_", " "), Arch: "arm64"}
	if installed != "-" {
		p.Installed = new(strings.ReplaceAll(installed, "_", " "))
	}
	if strings.HasSuffix(name, ".pkg") {
		p.Source = messages.SourceInstaller
	}
	for _, o := range offered {
		v, kind, _ := strings.Cut(o, " ")
		p.Versions = append(p.Versions, messages.Version{Version: strings.ReplaceAll(v, "_", " "), Section: kind})
	}
	return p
}

func macScan(packages ...messages.Package) *messages.Scan {
	return &messages.Scan{
		ID: "scan-1", Host: "db-1", TakenAt: scanned, Complete: true, IndexAt: scanned.Add(-time.Hour), BootedAt: march(1),
		OS: messages.OS{System: "MACOS", Product: "macOS26.3.1", Version: "26.3.1", Arch: "arm64"}, Packages: packages,
	}
}

func macRun(name, to string) *messages.Run {
	r := rpmRun(march(11), rpmOutcome(name, to, messages.ResultFailed, "install", "not enough space"))
	r.Outcomes[0].Arch = "arm64"
	return r
}

func TestRowsOfMacOS(t *testing.T) {
	macDefault := baseline.Default("MACOS")
	security, everything := ruled([]string{"CLASSIFICATION=Security"}), ruled([]string{"nonsecurity level=HIGH"})
	block := func(entries ...string) *baseline.Baseline {
		return ruled([]string{"nonsecurity"}, rejected("BLOCK", entries...))
	}
	for _, row := range []struct {
		name     string
		scan     *messages.Scan
		baseline *baseline.Baseline
		run      *messages.Run
		want     string
	}{
		{"M1", macScan(mac("Safari 26.0", "26.1 Recommended")), macDefault, nil, "Safari: MISSING 26.1 UNSPECIFIED"},
		{"M2", macScan(mac("macOS 26.3.1", "26.3.1_(a) Security")), security, nil, "macOS: MISSING 26.3.1 (a) UNSPECIFIED Security"},
		{"M3", macScan(mac("macOS_Tahoe 26.6", "26.7"), mac("macOS_27 -", "27.0 Recommended")), everything, nil, "macOS Tahoe: MISSING 26.7 HIGH"},
		{"M4", macScan(mac("XProtectPlistConfigData 5290")), block("XProtectPlistConfigData"), nil, "XProtectPlistConfigData: INSTALLED_REJECTED 5290 UNSPECIFIED"},
		{"M4, no wildcard", macScan(mac("XProtectPlistConfigData 5290")), block("XProtect*"), nil, "XProtectPlistConfigData: INSTALLED 5290 UNSPECIFIED"},
		{"M5", macScan(mac("Acme.pkg 1.2", "1.3 Security")), everything, nil, "Acme.pkg: INSTALLED_OTHER 1.2 UNSPECIFIED"},
		{"M5, by its name", macScan(mac("Acme.pkg 1.2")), ruled(nil, approvedAll("acme.PKG")), nil, "Acme.pkg: INSTALLED 1.2 UNSPECIFIED"},
		{"M6", macScan(), ruled(nil, approved("MRTConfigData")), nil, "MRTConfigData: NOT_APPLICABLE UNSPECIFIED"},
		{"M7", macScan(mac("Safari 9.9", "9.10 Security")), security, nil, "Safari: MISSING 9.10 UNSPECIFIED Security"},
		{"M8", macScan(mac("Safari 26.0", "26.1 Security")), security, macRun("Safari", "26.1"), "Safari: FAILED 26.1 UNSPECIFIED Security"},
		{"M8, nothing approved", macScan(mac("Safari 26.0", "26.1 Recommended")), security, macRun("Safari", "26.1"), "Safari: INSTALLED_OTHER 26.0 UNSPECIFIED"},
		{"M8, of a letter", macScan(mac("macOS 26.3.1", "26.3.1_(a) Security")), security, macRun("macOS", "26.3.1 (a)"), "macOS: FAILED 26.3.1 (a) UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			events := []messages.Event{row.scan}
			if row.run != nil {
				events = append(events, row.run)
			}
			if got := rowOf(judgedRPM(t, row.baseline, march(11), events...)); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// What the rows do not show.
func TestRulesOfMacOS(t *testing.T) {
	security, everything := ruled([]string{"CLASSIFICATION=Security"}), ruled([]string{"nonsecurity"})
	otherArch := macRun("Safari", "26.1")
	otherArch.Outcomes[0].Arch = "x86_64"
	kernel := macScan(mac("linux-image-6.1.0-10-amd64 1"))
	kernel.OS.Kernel = "6.1.0-9-amd64"
	for _, row := range []struct {
		name     string
		scan     *messages.Scan
		baseline *baseline.Baseline
		run      *messages.Run
		want     string
	}{
		{"26 is 26.0", macScan(mac("Safari 26", "26.0 Security")), security, nil, "Safari: INSTALLED 26 UNSPECIFIED Security"},
		{"a release's first security update", macScan(mac("Security_Update 10.14.6", "2021.005 Security")), security, nil, "Security Update: MISSING 2021.005 UNSPECIFIED Security"},
		{"of two letters the later", macScan(mac("macOS 26.3.1_(a)", "26.3.1_(b)", "26.3.1")), everything, nil, "macOS: MISSING 26.3.1 (b) UNSPECIFIED"},
		{"what is no version is ordered all the same", macScan(mac("Tool 1.0-beta", "1.0-rc", "1.0")), everything, nil, "Tool: MISSING 1.0-rc UNSPECIFIED"},
		{"a security update below", macScan(mac("Safari 26.0", "26.1 Security", "26.2 Recommended")), everything, nil, "Safari: MISSING 26.2 UNSPECIFIED Security"},
		{"the strongest level", macScan(mac("Safari 26.0", "26.1 Security", "26.2 Recommended")), ruled([]string{"CLASSIFICATION=Security level=HIGH", "nonsecurity level=LOW"}), nil, "Safari: MISSING 26.2 HIGH Security"},
		{"without a type, through a filter", macScan(mac("Safari 26.0", "26.1")), ruled([]string{"CLASSIFICATION=Security,Recommended nonsecurity"}), nil, "Safari: INSTALLED_OTHER 26.0 UNSPECIFIED"},
		{"without a type, through *", macScan(mac("Safari 26.0", "26.1")), ruled([]string{"CLASSIFICATION=* nonsecurity"}), nil, "Safari: MISSING 26.1 UNSPECIFIED"},
		{"a rule for security alone", macScan(mac("Safari 26.0", "26.1 Recommended")), ruled([]string{"CLASSIFICATION=Recommended"}), nil, "Safari: INSTALLED_OTHER 26.0 UNSPECIFIED"},
		{"the host's product", macScan(mac("Safari 26.0", "26.1")), ruled([]string{"PRODUCT=MACOS26.3.1 nonsecurity"}), nil, "Safari: MISSING 26.1 UNSPECIFIED"},
		{"days have no effect", macScan(mac("Safari 26.0", "26.1")), ruled([]string{"days=300 nonsecurity"}), nil, "Safari: MISSING 26.1 UNSPECIFIED"},
		{"named, past the global filters", macScan(mac("Safari 26.0", "26.1")), ruled(nil, approvedAll("safari"), globally("CLASSIFICATION", "Security")), nil, "Safari: MISSING 26.1 UNSPECIFIED"},
		{"named, for security alone", macScan(mac("Safari 26.0", "26.1 Recommended")), ruled(nil, approved("Safari")), nil, "Safari: INSTALLED_OTHER 26.0 UNSPECIFIED"},
		{"a global filter refuses", macScan(mac("Safari 26.0", "26.1 Recommended")), ruled([]string{"nonsecurity"}, globally("CLASSIFICATION", "Security")), nil, "Safari: INSTALLED_OTHER 26.0 UNSPECIFIED"},
		{"an entry names no version", macScan(mac("Safari 26.0")), ruled(nil, approvedAll("Safari-26.0", "26.0", "Safari.arm64")), nil,
			"26.0: NOT_APPLICABLE UNSPECIFIED; Safari: INSTALLED_OTHER 26.0 UNSPECIFIED; Safari-26.0: NOT_APPLICABLE UNSPECIFIED; Safari.arm64: NOT_APPLICABLE UNSPECIFIED"},
		{"above what an installer put in place", macScan(mac("Acme.pkg 1.2", "1.3")), ruled(nil, approvedAll("Acme.pkg")), nil, "Acme.pkg: INSTALLED 1.2 UNSPECIFIED"},
		{"a run of another architecture", macScan(mac("Safari 26.0", "26.1 Security")), security, otherArch, "Safari: FAILED 26.1 UNSPECIFIED Security"},
		{"no kernel waits", kernel, everything, nil, "linux-image-6.1.0-10-amd64: INSTALLED 1 UNSPECIFIED"},
	} {
		t.Run(row.name, func(t *testing.T) {
			events := []messages.Event{row.scan}
			if row.run != nil {
				events = append(events, row.run)
			}
			if got := rowOf(judgedRPM(t, row.baseline, march(11), events...)); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
	r := judgedRPM(t, everything, march(11), macScan(mac("Tool 1.0-beta", "odd", "1.0")))
	if i := r.Patches[0].Reason.Invalid; len(i) != 2 || i[0].Version != "odd" && i[1].Version != "odd" {
		t.Errorf("noted %v", i)
	}
}
