package host

import (
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func TestCheckBounds(t *testing.T) {
	one, long := "1", strings.Repeat("x", messages.MaxStringBytes+1)
	whole := func() *messages.Scan {
		return &messages.Scan{Packages: []messages.Package{{Name: "a", Arch: "amd64", Installed: &one, State: "installed"}}}
	}
	for _, c := range []struct {
		name, want string
		spoil      func(*messages.Scan)
	}{
		{"whole", "", func(*messages.Scan) {}},
		{"packages", "50001 packages, the bound is 50000", func(s *messages.Scan) { s.Packages = make([]messages.Package, messages.MaxPackages+1) }},
		{"origins", "1001 origins, the bound is 1000", func(s *messages.Scan) { s.Origins = make([]messages.Origin, messages.MaxOrigins+1) }},
		{"versions", "200001 versions, the bound is 200000", func(s *messages.Scan) { s.Packages[0].Versions = make([]messages.Version, messages.MaxVersions+1) }},
		{"installed version", "package a: a version of 256 bytes, the bound is 255", func(s *messages.Scan) { v := strings.Repeat("1", 256); s.Packages[0].Installed = &v }},
		{"label", "an origin: a text of 4097 bytes, the bound is 4096", func(s *messages.Scan) { s.Origins = []messages.Origin{{Label: long}} }},
		{"section", "package a: a text of 4097 bytes, the bound is 4096", func(s *messages.Scan) { s.Packages[0].Versions = []messages.Version{{Section: long}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			scan, got := whole(), ""
			c.spoil(scan)
			if err := CheckBounds(scan); err != nil {
				got = err.Error()
			}
			diff(t, "error", c.want, got)
		})
	}
}

func TestShorten(t *testing.T) {
	long := Shorten(strings.Repeat("é", 5000) + "\n")
	if len(long) > 1100 || !strings.HasSuffix(long, "…") {
		t.Errorf("an error of %d bytes: …%s", len(long), long[len(long)-10:])
	}
}
