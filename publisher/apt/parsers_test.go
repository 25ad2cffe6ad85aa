package apt

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func lines[T any](items []T) string {
	var b strings.Builder
	for _, item := range items {
		fmt.Fprintf(&b, "%+v\n", item)
	}
	return b.String()
}

func TestParseDpkg(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		packages, err := parseDpkg(r, "amd64")
		return lines(packages), err
	}, "dpkg-query-1.21/*")
}

func TestParseDpkgKeepsWhatTheContractAsksFor(t *testing.T) {
	t.Parallel()
	line := func(f ...string) string { return strings.Join(f, separator) + "\n" }
	row := func(name, arch, version, status string) string {
		return line(name, arch, version, "install", status, "ok", name, version, "s", "p")
	}
	for _, c := range []struct{ name, text, want string }{
		{"not-installed is left out", row("a", "amd64", "", "not-installed"), ""},
		{"config-files without a version is left out", row("a", "amd64", "", "config-files"), ""},
		{"half-installed without a version stays", row("a", "amd64", "", "half-installed"), "a amd64  half-installed"},
		{"all is native", row("a", "all", "1", "installed"), "a amd64 1 installed"},
		{"what is only config-files, and odd, costs nothing", row("odd", "", "1", "config-files") + row("a", "all", "1", "installed"), "a amd64 1 installed"},
		{"installed as all, files left of amd64", row("a", "amd64", "1", "config-files") + row("a", "all", "2", "installed"), "a amd64 2 installed"},
		{"installed as amd64, files left of all", row("a", "amd64", "2", "installed") + row("a", "all", "1", "config-files"), "a amd64 2 installed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			packages, err := parseDpkg(strings.NewReader(c.text), "amd64")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, p := range packages {
				got += strings.Join([]string{p.name, p.arch, p.version, p.status}, " ")
			}
			diff(t, "packages", c.want, got)
		})
	}
	text := row("a", "all", "1", "installed") + row("shim", "", "1.0", "installed") + row("b", "all", "2", "installed")
	packages, err := parseDpkg(strings.NewReader(text), "amd64")
	var odd oddEntries
	if !errors.As(err, &odd) || len(odd) != 1 || !strings.Contains(odd[0], `"shim" "1.0"`) || len(packages) != 2 {
		t.Errorf("one without an architecture gave %v, %v", packages, err)
	}
	for _, text := range []string{"one field\n", line("-o", "amd64", "1", "i", "installed", "ok", "", "", "", ""), line("a", "", "1", "i", "installed", "ok", "", "", "", "")} {
		if packages, err := parseDpkg(strings.NewReader(text), "amd64"); err == nil {
			t.Errorf("%q gave %v, want an error", text, packages)
		}
	}
}

func TestParseShell(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		values, err := parseShell(r)
		text := ""
		for _, key := range slices.Sorted(maps.Keys(values)) {
			text += key + " " + values[key] + "\n"
		}
		return text, err
	}, "apt-config-2.6/*")
}

func TestParseTargets(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		targets, err := parseTargets(r)
		return lines(targets), err
	}, "indextargets-2.6/*")
}

func TestNoLabelPassesForTrust(t *testing.T) {
	t.Parallel()
	fields := strings.Split(targetFields, separator)
	fields[0], fields[1] = "Packages", "no"
	fields[14] = "Evil" + separator + "yes"
	if targets, err := parseTargets(strings.NewReader(strings.Join(fields, separator) + "\n")); err == nil {
		t.Errorf("a label with a separator in it gave %+v, want an error", targets)
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for site, want := range map[string]string{
		"http://m1.example.org/debian":               "m1.example.org",
		"https://user:p@ss@mirror.example.org:8080/": "mirror.example.org",
		"http://[2001:db8::1]:80/debian":             "2001:db8::1",
		"tor+http://abc.onion/debian":                "abc.onion",
		"file:/srv/repo":                             "",
		"cdrom:[Debian 12]/":                         "",
		"mirror+file:/etc/apt/mirrors":               "",
		"file:///srv/repo":                           "",
	} {
		diff(t, site, want, hostOf(site))
	}
}

func TestParseRelease(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		rel, err := parseRelease(r, func(name string) bool { return strings.Contains(name, "/Packages") })
		text := fmt.Sprintf("date %v\nvalid until %v\narchitectures %v, all not in its own index %v\n", rel.date, rel.validUntil, rel.archs, rel.noAll)
		for _, name := range slices.Sorted(maps.Keys(rel.sizes)) {
			text += fmt.Sprintf("%s %d\n", name, rel.sizes[name])
		}
		return text, err
	}, "release/*")
}

func TestParseReleaseDate(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 5, 2, 6, 46, 13, 0, time.UTC)
	for _, text := range []string{
		"Sat, 02 May 2026 06:46:13 UTC", "Sat, 2 May 2026 06:46:13 GMT", "Sat,  2 May 2026 06:46:13 Z",
		"Sat, 02 May 2026 06:46:13 +0000", "Sat, 02 May 2026 08:46:13 +0200", "Sat, 02 May 2026 06:46:13",
	} {
		diff(t, text, want, parseReleaseDate(text))
	}
	for _, text := range []string{"", "yesterday", "Thu, 01 Jan 1970 00:00:00 UTC", "2026-05-02"} {
		diff(t, text, time.Time{}, parseReleaseDate(text))
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	text := "Architectures: amd64 all\nNo-Support-for-Architecture-all: Packages\nMD5Sum:\n x 10 weak/binary-amd64/Packages\nSHA256:\n" +
		" x 10 main/binary-amd64/Packages\n x 10 main/binary-all/Packages\n x 10 main/binary-i386/Packages\n x 0 empty/binary-amd64/Packages\n" +
		" x 20 empty/binary-amd64/Packages.gz\n x 20 packed/binary-amd64/Packages.gz\nSHA1:\n x 10 main/binary-amd64/Packages\n"
	rel, err := parseRelease(strings.NewReader(text), func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule, key, arch string
		want            promise
	}{
		{"listed", "main/binary-amd64/Packages", "amd64", promised},
		{"listed compressed only, so apt does not fetch it", "packed/binary-amd64/Packages", "amd64", promisedInVain},
		{"listed with weak checksums only", "weak/binary-amd64/Packages", "amd64", promisedInVain},
		{"empty, so apt does not fetch it", "empty/binary-amd64/Packages", "amd64", promisedNothing},
		{"not listed", "contrib/binary-amd64/Packages", "amd64", promisedNothing},
		{"listed, but an architecture that is not named", "main/binary-i386/Packages", "i386", promisedNothing},
		{"listed, but all is in the others", "main/binary-all/Packages", "all", promisedNothing},
	} {
		diff(t, c.rule, c.want, rel.promises(&target{metaKey: c.key, arch: c.arch}))
	}
}

func TestReadStanzas(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		text := ""
		n, err := readStanzas(r, func(name []byte) bool { return string(name) == "wanted" }, func(s *stanza) error {
			text += fmt.Sprintf("%s|%s|%s|%s|%s|%d\n", s.name, s.version, s.arch, s.section, s.priority, s.percentage())
			return nil
		})
		return fmt.Sprintf("%s%d bytes\n", text, n), err
	}, "packages/*")
}

func TestReadStanzasPassesOverALineLongerThanItsBuffer(t *testing.T) {
	t.Parallel()
	text := "Package: wanted\nDescription: " + strings.Repeat("x", 1<<20) + "\nVersion: 1\n\nPackage: wanted\nVersion: 2\n\n"
	var got []string
	n, err := readStanzas(strings.NewReader(text), func([]byte) bool { return true }, func(s *stanza) error {
		got = append(got, string(s.version))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "versions", []string{"1", "2"}, got)
	diff(t, "bytes", int64(len(text)), n)
}

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		text := ""
		err := parsePolicy(r, "/srv/jammy/var/lib/dpkg/status", func(p *policy) error {
			text += fmt.Sprintf("%s:%s candidate %q\n", p.name, p.arch, p.candidate)
			for _, v := range p.versions {
				text += fmt.Sprintf("  %+v\n", v)
			}
			return nil
		})
		return text, err
	}, "policy-2.6/*")
}

func TestPolicyTakesAVersionAsAptDoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]policyVersion{
		"1.5 500":                          {version: "1.5", pin: 500, phased: -1},
		"1.5 500 (phased 10%)":             {version: "1.5", pin: 500, phased: 10},
		"1.5 x -1":                         {version: "1.5 x", pin: -1, phased: -1},
		"1.6  (phased 3%) 500":             {version: "1.6  (phased 3%)", pin: 500, phased: -1},
		"1.6 (phased 3%) 500 (phased 10%)": {version: "1.6 (phased 3%)", pin: 500, phased: 10},
	} {
		var p policy
		if err := p.add("     "+text, ""); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		diff(t, text, fmt.Sprintf("%+v", []policyVersion{want}), fmt.Sprintf("%+v", p.versions))
	}
	for _, text := range []string{"1.5", "1.5 x", "1.5 (phased 10%)"} {
		if err := new(policy).add("     "+text, ""); err == nil {
			t.Errorf("%q is taken for a version with its pin", text)
		}
	}
}

func TestParseUpgrade(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		names, whole, err := parseUpgrade(r)
		return fmt.Sprintf("kept back %v, whole %v\n", names, whole), err
	}, "dist-upgrade-2.6/*", "dist-upgrade-2.7/*")
}

func TestParseRebootPackages(t *testing.T) {
	t.Parallel()
	got := parseRebootPackages("linux-base\n\n linux-image-6.1.0-56-amd64 \nlinux-base\n-x\nlibc6")
	diff(t, "names", []string{"linux-base", "linux-image-6.1.0-56-amd64", "libc6"}, got)
}
