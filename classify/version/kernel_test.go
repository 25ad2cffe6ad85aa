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

func TestIsRPMKernel(t *testing.T) {
	for _, row := range []struct {
		kernel, name, arch, version string
		want                        bool
	}{
		{"5.14.0-362.8.1.el9_3.x86_64", "kernel-core", "x86_64", "5.14.0-362.8.1.el9_3", true},
		{"5.14.0-362.8.1.el9_3.x86_64", "kernel-core", "x86_64", "5.14.0-362.8.1.el9", false},
		{"5.14.0-362.8.1.el9_3.x86_64", "kernel-core", "aarch64", "5.14.0-362.8.1.el9_3", false},
		{"5.14.0-362.8.1.el9_3.x86_64+rt", "kernel-rt-core", "x86_64", "5.14.0-362.8.1.el9_3", true},
		{"5.4.17-2136.el8uek.x86_64", "kernel-uek", "x86_64", "5.4.17-2136.el8uek", true},
		{"4.14.336-253.amzn2.x86_64", "kernel", "x86_64", "1:4.14.336-253.amzn2", true},
		{"5.14.21-150500.55.39-default", "kernel-default", "x86_64", "5.14.21-150500.55.39.1", true},
		{"5.14.21-150500.55.39-default", "kernel-default", "x86_64", "5.14.21-150500.55.39.2", true},
		{"5.14.21-150500.55.39-default", "kernel-default", "x86_64", "5.14.21-150500.55.44.1", false},
		{"5.14.21-150500.55.39-default", "kernel-azure", "x86_64", "5.14.21-150500.55.39.1", false},
		{"4.12.14-122-default", "kernel-default", "x86_64", "4.12.14-122.1", true},
		{"4.12.14-122-default", "kernel-default", "x86_64", "4.12.14-122.7.1", false}, // an update of it
		{"6.7.4-1-default", "kernel-default", "x86_64", "6.7.4-1.1", true},
		{"6.7.4-1.g3ad5ee8-default", "kernel-default", "x86_64", "6.7.4-1.1.g3ad5ee8", true},
		{"6.7.4-1-default", "kernel-default", "x86_64", "6.7.4-1", true},
		{"6.7.4-default", "kernel-default", "x86_64", "6.7.4-1", false},
		{"", "kernel-default", "x86_64", "6.7.4-1", false},
		{"4.12.14-122.63-default", "kernel-default-base", "x86_64", "4.12.14-122.63.1", true},
		{"4.12.14-6.29-azure", "kernel-azure-base", "x86_64", "4.12.14-6.29.1", true},
		{"5.3.18-24.43-default", "kernel-default-base", "x86_64", "5.3.18-24.43.2.9.17.3", true},
		{"5.3.18-24.37-default", "kernel-default-base", "x86_64", "5.3.18-24.43.2.9.17.3", false},
		{"5.3.18-24-default", "kernel-default-base", "x86_64", "5.3.18-24.43.2.9.17.3", false},
		{"5.3.18-lp152.66-default", "kernel-default-base", "x86_64", "5.3.18-lp152.66.2.lp152.8.23.2", true},
		{"6.4.0-150600.23.81-default", "kernel-default-base", "x86_64", "6.4.0-150600.23.81.3.150600.12.36.3", true},
		{"6.4.0-150600.23-default", "kernel-default-base", "x86_64", "6.4.0-150600.23.81.3.150600.12.36.3", false},
		{"6.4.0-150600.23.8-default", "kernel-default-base", "x86_64", "6.4.0-150600.23.81.3.150600.12.36.3", false},
		{"6.4.0-150600.23.81-rt", "kernel-default-base", "x86_64", "6.4.0-150600.23.81.3.150600.12.36.3", false},
		{"6.4.0-150600.23.81-default", "kernel-default", "x86_64", "6.4.0-150600.23.81.3.150600.12.36.3", false}, // only a -base has two releases
		{"6.12.0-160000.6-default", "kernel-default-base", "aarch64", "6.12.0-160000.6.1.160000.2.4", true},
		{"6.7.4-1-default", "kernel-default-base", "x86_64", "6.7.4-1.1.1.4", true},
	} {
		if got := IsRPMKernel(row.kernel, row.name, row.arch, row.version); got != row.want {
			t.Errorf("%s of %s %s: %v", row.kernel, row.name, row.version, got)
		}
	}
}
