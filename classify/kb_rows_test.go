package classify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The rows of Windows (docs/classification.md, section 9). A KB is written in a few words.

// kb reads "KB3 applicable SecurityUpdates Important 8d APPLICATION hidden MS10-048 product=…": a KB, its state, and what its notice
// says; 8d is how long before the scan it was released.
func kb(text string) (messages.Package, messages.Advisory) {
	words := strings.Fields(text)
	p := messages.Package{Name: words[0], Arch: "x64", Versions: []messages.Version{{Version: "200", Advisories: []string{words[0]}}}}
	a := messages.Advisory{ID: words[0], Set: messages.SetOS}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		days, dated := strings.CutSuffix(word, "d")
		switch {
		case word == "installed" || slices.Contains([]string{messages.KBApplicable, messages.KBHidden, messages.KBSuperseded, messages.KBReboot}, word):
			p.State = word
		case strings.HasPrefix(word, "MS"):
			a.Aliases = append(a.Aliases, word)
		case slices.Contains([]string{"Critical", "Important", "Moderate", "Low"}, word):
			a.Severity = word
		case word == messages.SetApplication:
			a.Set = word
		case key == "product":
			a.Products = append(a.Products, strings.ReplaceAll(value, "_", " "))
		case key == "family":
			a.Families = append(a.Families, value)
		case key == "type":
			a.Type = strings.ReplaceAll(value, "_", " ")
		case key == "released":
			a.UpdatedAt = stamp(value)
		case dated:
			age, err := time.ParseDuration(days + "h")
			if err != nil {
				panic(err)
			}
			a.UpdatedAt = scanned.Add(-24 * age)
		default:
			a.Type = word
		}
	}
	if p.State == "" || p.State == "installed" || p.State == messages.KBReboot {
		p.Installed = new("200")
	}
	return p, a
}

// kbScan is a host with those KBs.
func kbScan(kbs ...string) *messages.Scan {
	s := &messages.Scan{
		ID: "scan-1", Host: "db-1", TakenAt: scanned, Complete: true, IndexAt: scanned.Add(-time.Hour), BootedAt: march(1),
		OS: messages.OS{System: "WINDOWS", Product: "WindowsServer2022", Version: "10.0.20348", Arch: "x64"},
	}
	for _, text := range kbs {
		p, a := kb(text)
		s.Packages, s.Advisories = append(s.Packages, p), append(s.Advisories, a)
	}
	return s
}

func kbRun(kb, why string, result messages.Result) *messages.Run {
	r := rpmRun(march(11), rpmOutcome(kb, "200", result, "install", why))
	r.Outcomes[0].Arch = "x64"
	return r
}

var (
	windowsDefault = baseline.Builtin("AWS-DefaultPatchBaseline")
	windowsAll     = baseline.Builtin("AWS-WindowsPredefinedPatchBaseline-OS-Applications")
)

func counted(status string) *baseline.Baseline {
	b := *windowsDefault
	b.AvailableSecurityUpdatesComplianceStatus = status
	return &b
}

func windowsBut(change func(*baseline.Baseline)) *baseline.Baseline {
	b := *windowsDefault
	change(&b)
	return &b
}

func TestRowsOfWindows(t *testing.T) {
	second := scanned.Add(time.Second)
	for _, row := range []struct {
		name     string
		scan     *messages.Scan
		baseline *baseline.Baseline
		now      time.Time // zero: the scan's
		run      *messages.Run
		want     string
	}{
		{"W1", kbScan("KB1 installed SecurityUpdates Critical 30d"), windowsDefault, scanned, nil, "KB1: INSTALLED 200 UNSPECIFIED Security"},
		{"W2", kbScan("KB2 installed Updates"), windowsDefault, scanned, nil, "KB2: INSTALLED_OTHER 200 UNSPECIFIED Updates"},
		{"W3", kbScan("KB3 applicable SecurityUpdates Important 8d"), windowsDefault, scanned, nil, "KB3: MISSING 200 UNSPECIFIED Security"},
		{"W3, as Microsoft writes it", kbScan("KB3 applicable type=Security_Updates Important 8d"), windowsDefault, scanned, nil, "KB3: MISSING 200 UNSPECIFIED Security"},
		{"W4, seven days", kbScan("KB3 applicable SecurityUpdates Important 7d"), windowsDefault, scanned, nil, "KB3: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security"},
		{"W4, a second more", kbScan("KB3 applicable SecurityUpdates Important 7d"), windowsDefault, second, nil, "KB3: MISSING 200 UNSPECIFIED Security"},
		{"W5", kbScan("KB4 applicable SecurityUpdates Moderate 30d"), windowsDefault, scanned, nil, "KB4: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security"},
		{"W6", kbScan("KB5 applicable Updates 30d"), windowsDefault, scanned, nil, ""},
		{"W7", kbScan("KB6 applicable SecurityUpdates Critical 30d APPLICATION"), windowsDefault, scanned, nil, "KB6: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security"},
		{"W7, applications too", kbScan("KB6 applicable SecurityUpdates Critical 30d APPLICATION"), windowsAll, scanned, nil, "KB6: MISSING 200 UNSPECIFIED Security"},
		{"W7, and the set of a rule is OS else", kbScan("KB6 applicable Updates 30d"), windowsAll, scanned, nil, ""},
		{"W8", kbScan("KB7 superseded SecurityUpdates Critical 60d", "KB8 installed SecurityUpdates Critical 30d"), windowsBut(approved("KB7")), scanned, nil,
			"KB7: NOT_APPLICABLE UNSPECIFIED; KB8: INSTALLED 200 UNSPECIFIED Security"},
		{"W9", kbScan("KB7 superseded SecurityUpdates Critical 60d", "KB8 applicable SecurityUpdates Critical 30d"), windowsDefault, scanned, nil, "KB8: MISSING 200 UNSPECIFIED Security"},
		{"W10", kbScan(), windowsBut(approved("KB9")), scanned, nil, "KB9: NOT_APPLICABLE UNSPECIFIED"},
		{"W11, BLOCK", kbScan("KB10 installed SecurityUpdates Critical 30d"), windowsBut(rejected("BLOCK", "KB10")), scanned, nil, "KB10: INSTALLED_REJECTED 200 UNSPECIFIED Security"},
		{"W11, ALLOW_AS_DEPENDENCY", kbScan("KB10 installed SecurityUpdates Critical 30d"), windowsBut(rejected("ALLOW_AS_DEPENDENCY", "10")), scanned, nil, "KB10: INSTALLED_OTHER 200 UNSPECIFIED Security"},
		{"W12", kbScan("KB10 applicable SecurityUpdates Critical 30d"), windowsBut(rejected("BLOCK", "KB10")), scanned, nil, ""},
		{"W13", kbScan("KB11 hidden SecurityUpdates Critical 30d"), windowsDefault, scanned, nil, "KB11: MISSING 200 UNSPECIFIED Security hidden"},
		{"W13, not approved", kbScan("KB11 hidden SecurityUpdates Low 30d"), windowsDefault, scanned, nil, "KB11: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security"},
		{"W14", kbScan("KB12 reboot SecurityUpdates Critical 30d"), windowsDefault, scanned, nil, "KB12: INSTALLED_PENDING_REBOOT 200 UNSPECIFIED Security"},
		{"W15, approved", kbScan("KB13 applicable SecurityUpdates Critical 30d"), windowsDefault, march(11), kbRun("KB13", "0x80242007", messages.ResultFailed), "KB13: FAILED 200 UNSPECIFIED Security"},
		{"W15, not approved", kbScan("KB13 applicable SecurityUpdates Low 30d"), windowsDefault, march(11), kbRun("KB13", "0x80242007", messages.ResultFailed),
			"KB13: AVAILABLE_SECURITY_UPDATE 200 UNSPECIFIED Security"},
		{"W16, the number", kbScan("KB14 applicable Updates MS10-048"), windowsBut(approved("14")), scanned, nil, "KB14: MISSING 200 UNSPECIFIED Updates"},
		{"W16, in another case", kbScan("KB14 applicable Updates MS10-048"), windowsBut(approved("kb14")), scanned, nil, "KB14: MISSING 200 UNSPECIFIED Updates"},
		{"W16, the bulletin", kbScan("KB14 applicable Updates MS10-048"), windowsBut(approved("MS10-048")), scanned, nil, "KB14: MISSING 200 UNSPECIFIED Updates"},
		{"W16, no wildcard", kbScan("KB14 applicable Updates MS10-048"), windowsBut(approved("KB1*")), scanned, nil, "KB1*: NOT_APPLICABLE UNSPECIFIED"},
		{"W17", kbScan("KB890830 applicable type=Update_Rollups 20d"), ruled([]string{"CLASSIFICATION=UpdateRollups"}), scanned, nil, "KB890830: MISSING 200 UNSPECIFIED UpdateRollups"},
		{"W19", kbScan("KB15 applicable SecurityUpdates Critical released=1970-01-01"), windowsDefault, scanned, nil, "KB15: MISSING 200 UNSPECIFIED Security"},
	} {
		t.Run(row.name, func(t *testing.T) {
			events := []messages.Event{row.scan}
			if row.run != nil {
				events = append(events, row.run)
			}
			if got := rowOf(judgedRPM(t, row.baseline, row.now, events...)); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// W5: what an available security update counts as the baseline says.
func TestAvailableSecurityUpdatesCountAsTheBaselineSays(t *testing.T) {
	for status, want := range map[string]messages.HostStatus{"COMPLIANT": messages.Compliant, "NON_COMPLIANT": messages.NonCompliant, "": messages.NonCompliant} {
		r := judgedRPM(t, counted(status), scanned, kbScan("KB4 applicable SecurityUpdates Critical 5d"))
		bad := 0
		if want == messages.NonCompliant {
			bad = 1
		}
		c := r.Counts
		if r.Status != want || c[messages.SecurityNonCompliant] != bad || c[messages.CriticalNonCompliant] != 0 || c[messages.OtherNonCompliant] != 0 || c["AVAILABLE_SECURITY_UPDATE"] != 1 {
			t.Errorf("%q: %s %v", status, r, c)
		}
	}
}

// W18: a host whose search failed sends no complete scan.
func TestAHostOfWindowsThatNeverSearchedIsUnknown(t *testing.T) {
	s := kbScan()
	s.Complete, s.Error = false, "no search for updates ever succeeded"
	wantStatus(t, judgedRPM(t, windowsDefault, scanned, s), messages.Unknown, NoCompleteScan)
}
