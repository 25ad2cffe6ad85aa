package version

import "testing"

func TestSplitKernel(t *testing.T) {
	for release, want := range map[string][2]string{
		"6.1.0-53-amd64":            {"6.1.0-53", "amd64"},
		"6.1.0-53-cloud-amd64":      {"6.1.0-53", "cloud-amd64"},
		"6.12.41+deb13-amd64":       {"6.12.41+deb13", "amd64"},
		"6.12.41+deb13-cloud-amd64": {"6.12.41+deb13", "cloud-amd64"},
		"5.10.0-0.deb10.16-amd64":   {"5.10.0-0.deb10.16", "amd64"},
		"5.15.0-107-generic":        {"5.15.0-107", "generic"},
		"5.15.0-107-generic-64k":    {"5.15.0-107", "generic-64k"},
		"6.8.0-1010-azure-fde":      {"6.8.0-1010", "azure-fde"},
		"6.1.0-rpi7-rpi-v8":         {"6.1.0-rpi7", "rpi-v8"},
		"6.6.51+rpt-rpi-v8":         {"6.6.51+rpt", "rpi-v8"},
		"6.1.0-53-amd64-dbg":        {"6.1.0-53", "amd64-dbg"},
		"6.6.1":                     {},
		"amd64":                     {},
		"":                          {},
		"6.1.0-53-":                 {},
	} {
		number, flavour := SplitKernel(release)
		if got := [2]string{number, flavour}; got != want {
			t.Errorf("%q: got %q, want %q", release, got, want)
		}
	}
}

func TestDebKernel(t *testing.T) {
	for name, want := range map[string]string{
		"linux-image-6.1.0-53-amd64":              "6.1.0-53-amd64",
		"linux-image-unsigned-5.15.0-107-generic": "5.15.0-107-generic",
		"linux-image-6.6.51+rpt-rpi-v8":           "6.6.51+rpt-rpi-v8",
		"linux-image-amd64":                       "",
		"linux-headers-6.1.0-53-amd64":            "",
		"linux-image-":                            "",
	} {
		release, ok := DebKernel(name)
		if ok != (want != "") || ok && release != want {
			t.Errorf("%s: got %q, %v", name, release, ok)
		}
	}
}

func FuzzSplitKernel(f *testing.F) {
	f.Add("6.1.0-53-cloud-amd64")
	f.Fuzz(func(t *testing.T, release string) {
		if number, flavour := SplitKernel(release); flavour != "" && (number+"-"+flavour != release || ValidDeb(number) != nil) {
			t.Errorf("%q is split into %q and %q", release, number, flavour)
		}
	})
}
