package mac

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListsOfBothGenerations(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]offer{
		"tahoe": {
			{"Safari26.7TahoeAuto-26.7", "Safari", "26.7", true},
			{"macOS Tahoe 26.7-25G229", "macOS Tahoe 26.7", "26.7", true},
			{"macOS 27-26A428", "macOS 27", "27", true},
			{"Command Line Tools for Xcode-26.4", "Command Line Tools for Xcode", "26.4", true},
			{"ProVideoFormats-2.3.7", "Pro Video Formats, Codecs, and more", "2.3.7", false},
		},
		"mojave": {
			{"Security Update 2021-005-10.14.6", "Security Update 2021-005", "10.14.6", true},
			{"Command Line Tools (macOS Mojave version 10.14) for Xcode-10.3", "Command Line Tools (macOS Mojave version 10.14) for Xcode", "10.3", true},
			{"BridgeOSUpdateCustomer", "BridgeOSUpdateCustomer", "10.14.4.1.1.1555388607", true},
			{"iCal-1.0.2", "iCal", "1.0.2", false},
		},
	} {
		l := parseList(filesOf(t, name)[fileList])
		if diff := cmp.Diff(want, l.offers, cmp.AllowUnexported(offer{})); diff != "" || l.why != "" {
			t.Errorf("%s: %s %s", name, l.why, diff)
		}
	}
}

func TestWhatIsNoListIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	entry := "* Label: Safari-1\n\tTitle: Safari, Version: 1,\n"
	for name, row := range map[string]struct{ text, why string }{
		"nothing new":                    {"Software Update Tool\n\nNo new software available.\n", ""},
		"nothing new, as it was said":    {"  No updates are available.\r\n", ""},
		"a list":                         {listBegins + ":\n" + entry, ""},
		"a list on stderr, after stdout": {"Finding available software\n\n" + listBegins + ":\n" + entry, ""},
		"nothing":                        {"", "said nothing"},
		"an error":                       {"Finding available software\nThe operation couldn’t be completed.\n", "neither a list nor said that there is nothing new: The operation couldn’t be completed."},
		"a head":                         {listBegins + ":\n", "began a list and has nothing in it"},
		"an entry of one line":           {listBegins + ":\n* Label: Safari-1\n", `lists "Safari-1" without a version`},
		"two of one line":                {listBegins + ":\n* Label: Safari-1\n" + entry, `lists "Safari-1" without a version`},
		"no version":                     {listBegins + ":\n* Label: Safari-1\n\tTitle: Safari, Size: 1KiB,\n", `lists "Safari-1" without a version`},
		"entries without a head":         {entry, "neither a list"},
		"too long a line":                {listBegins + "\n" + strings.Repeat("x", maxLine+1) + "\n", "longer than"},
		"too many":                       {listBegins + "\n" + strings.Repeat(entry, maxOffers+1), "more than 1000 updates"},
	} {
		if l := parseList([]byte(row.text)); row.why == "" && l.why != "" || !strings.Contains(l.why, row.why) {
			t.Errorf("%s: %q, want %q", name, l.why, row.why)
		}
	}
}

func TestNamesOfPatches(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ title, version, name, ordered string }{
		{"macOS Tahoe 26.7", "26.7", "macOS Tahoe", "26.7"},
		{"macOS 26.6", "26.6", "macOS Tahoe", "26.6"},
		{"macOS 27", "27", "macOS 27", "27"},
		{"macOS Anything 27.1", "27.1", "macOS 27", "27.1"},
		{"macOS Security Response 13.4.1 (a)", "13.4.1 (a)", "macOS Ventura", "13.4.1 (a)"},
		{"macOS Tahoe Background Security Improvement 26.3.1 (a)", "26.3.1 (a)", "macOS Tahoe", "26.3.1 (a)"},
		{"macOS Sonoma", "14.4", "macOS Sonoma", "14.4"},
		{"macOS 10.14.1 Update", "10.14.1", "macOS Mojave", "10.14.1"},
		{"macOS Catalina Public Beta", "5", "macOS Catalina Public Beta", "5"},
		{"Safari", "26.7", "Safari", "26.7"},
		{"Xcode 26.3", "26.3", "Xcode", "26.3"},
		{"26.3", "26.3", "26.3", "26.3"},
		{"Security Update 2021-005", "10.14.6", "Security Update", "2021.005"},
		{"XProtectPlistConfigData", "5290", "XProtectPlistConfigData", "5290"},
		{"Gatekeeper Compatibility Data", "", "Gatekeeper Compatibility Data", ""},
	} {
		if name, ordered := named(row.title, row.version); name != row.name || ordered != row.ordered {
			t.Errorf("%s, %s is %s, %s", row.title, row.version, name, ordered)
		}
	}
}

func TestKindsAreTheListsOwn(t *testing.T) {
	t.Parallel()
	for kind, o := range map[string]offer{
		"Security":    {title: "macOS Security Response 26.3.1 (a)", recommended: true},
		"Recommended": {title: "Safari", recommended: true},
		"":            {title: "Pro Video Formats"},
	} {
		if got := o.kind(); got != kind {
			t.Errorf("%+v is %q", o, got)
		}
	}
}
