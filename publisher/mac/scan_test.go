package mac

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

// said writes packages as: name installed > version section … [source]
func said(s *messages.Scan) []string {
	var all []string
	for _, p := range s.Packages {
		text := p.Name
		if p.Installed != nil {
			text += " " + *p.Installed
		}
		for _, v := range p.Versions {
			text += " > " + v.Version + " " + v.Section
		}
		if p.Source != "" {
			text += " [" + p.Source + "]"
		}
		all = append(all, text)
	}
	return all
}

func TestWhatIsInstalledAndWhatIsOffered(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"tahoe": {
			"Acme Agent 1.1 [installer]", // the newest row, and the older version
			"Command Line Tools for Xcode 26.3 > 26.4 Recommended",
			"Gatekeeper Compatibility Data ",
			"Numbers 14.2 [installer]",
			"Pro Video Formats, Codecs, and more > 2.3.7 ",
			"Safari 26.6 > 26.7 Recommended",
			"XProtectPlistConfigData 5290",
			"macOS 27 > 27 Recommended", // another patch, and not installed
			"macOS Tahoe 26.6 > 26.7 Recommended",
		},
		"response":        {"macOS Tahoe 26.3.1 > 26.3.1 (a) Security"},
		"nothing-new":     {"macOS Tahoe 26.3.1 (a)"},
		"system-profiler": {"Acme Agent 8.2.1 [installer]", "MRTConfigData 1.93", "macOS Sequoia 15.7.1"},
		"mojave": {
			"BridgeOSUpdateCustomer > 10.14.4.1.1.1555388607 Recommended",
			"Command Line Tools (macOS Mojave version 10.14) for Xcode 10.2 > 10.3 Recommended",
			"Security Update 2021.004 > 2021.005 Security",
			"iCal > 1.0.2 ",
			"macOS Mojave 10.14.6",
		},
	} {
		s := read(t, name).Scan()
		if !s.Complete {
			t.Errorf("%s is not complete: %s", name, s.Error)
		}
		if diff := cmp.Diff(want, said(s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The first security update of a release is missing on it, though nothing was ever installed under that name.
func TestTheFirstSecurityUpdateOfARelease(t *testing.T) {
	t.Parallel()
	history := []byte(`<plist version="1.0"><array/></plist>`)
	for title, want := range map[string]string{
		"Security Update 2021-005 (10.14.6)": "Security Update 10.14.6 > 2021.005 Security",
		"Security Update 2021-005 (10.15.7)": "Security Update > 2021.005 Security", // of another release
	} {
		offered := []byte(listBegins + "\n   * Security Update 2021-005\n\t" + title + ", 1841066K [recommended] [restart]\n")
		d, err := edited(t, "mojave", map[string][]byte{fileHistory: history, fileList: offered})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want, "macOS Mojave 10.14.6"}, said(d.Scan())); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheSystemItself(t *testing.T) {
	t.Parallel()
	s := read(t, "nothing-new").Scan()
	want := messages.OS{System: "MACOS", Product: "macOS26.3.1", Version: "26.3.1 (a)", Arch: "arm64"}
	if diff := cmp.Diff(want, s.OS); diff != "" {
		t.Error(diff)
	}
	if p := s.Packages[0]; p.InstalledAt.IsZero() || p.InstalledAt.Month() != 3 {
		t.Errorf("%+v", p)
	}
}
