package apt

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages"
)

// Each parser takes any bytes without a panic, and keeps what it promises of what it returns.

func FuzzParseDpkg(f *testing.F) {
	seeds(f, "dpkg-query-1.21/*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		packages, _ := parseDpkg(bytes.NewReader(text), "amd64")
		seen := map[[2]string]bool{}
		for _, p := range packages {
			key := [2]string{p.name, p.arch}
			if seen[key] || !legalName(p.name) || p.arch == "all" || p.status == "not-installed" || !utf8.ValidString(p.section) {
				t.Errorf("%+v", p)
			}
			seen[key] = true
		}
	})
}

func FuzzParseShell(f *testing.F) {
	seeds(f, "apt-config-2.6/*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		values, _ := parseShell(bytes.NewReader(text))
		if len(values) > bytes.Count(text, []byte("\n"))+1 {
			t.Errorf("%d values", len(values))
		}
	})
}

func FuzzParseTargets(f *testing.F) {
	seeds(f, "indextargets-2.6/*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		targets, _ := parseTargets(bytes.NewReader(text))
		for _, target := range targets {
			if strings.ContainsAny(target.site, "@/") || !utf8.ValidString(target.label) {
				t.Errorf("%+v", target)
			}
			if base, ok := target.releaseBase(); ok && base+fileName(target.metaKey) != target.file {
				t.Errorf("the Release files of %s are at %q", target.file, base)
			}
		}
	})
}

func FuzzParseRelease(f *testing.F) {
	seeds(f, "release/*Release")
	f.Fuzz(func(t *testing.T, text []byte) {
		rel, _ := parseRelease(bytes.NewReader(text), func(string) bool { return true })
		for name, size := range rel.sizes {
			if size < 0 || name == "" {
				t.Errorf("%q has %d bytes", name, size)
			}
		}
		if !rel.date.IsZero() && rel.date.Before(messages.OldestTime()) {
			t.Errorf("date %v", rel.date)
		}
	})
}

// FuzzReadStanzas compares with a reader that takes the text apart as a whole.
func FuzzReadStanzas(f *testing.F) {
	seeds(f, "packages/*")
	f.Add([]byte("e: amd64\n\nPackage: wanted\xa9"))
	f.Fuzz(func(t *testing.T, text []byte) {
		wanted := func(name []byte) bool { return bytes.HasPrefix(name, []byte("w")) }
		var got []string
		n, err := readStanzas(bytes.NewReader(text), wanted, func(s *stanza) error {
			if p := s.percentage(); p < -1 || p > 100 {
				t.Errorf("percentage %d", p)
			}
			got = append(got, string(s.name)+"|"+string(s.version)+"|"+string(s.arch))
			return nil
		})
		if n != int64(len(text)) {
			t.Errorf("%d of %d bytes", n, len(text))
		}
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "stanzas", simply(string(text), wanted), got)
	})
}

func simply(text string, wanted func([]byte) bool) []string {
	var all []string
	name, fields := "", map[string]string{}
	flush := func() {
		if name != "" && wanted([]byte(name)) {
			all = append(all, name+"|"+fields["version"]+"|"+fields["architecture"])
		}
		name, fields = "", map[string]string{}
	}
	for line := range strings.Lines(text) {
		if line == "\n" || line == "\r\n" {
			flush()
			continue
		}
		key, value, found := strings.Cut(line, ":")
		if !found || name != "" && !wanted([]byte(name)) {
			continue
		}
		fields[strings.ToLower(key)] = strings.TrimSpace(value)
		if strings.EqualFold(key, "Package") {
			name = strings.TrimSpace(value)
			for c := 'A'; c <= 'Z'; c++ { // of bytes: a name need not be UTF-8
				name = strings.ReplaceAll(name, string(c), string(c+'a'-'A'))
			}
		}
	}
	flush()
	return all
}

func FuzzParsePolicy(f *testing.F) {
	seeds(f, "policy-2.6/*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = parsePolicy(bytes.NewReader(text), "/var/lib/dpkg/status", func(p *policy) error {
			if p.candidate == "(none)" || len(p.versions) > maxPolicyVersions {
				t.Errorf("%+v", p)
			}
			for _, v := range p.versions {
				if v.version == "" || v.phased < -1 || v.phased > 100 {
					t.Errorf("%+v", v)
				}
			}
			return nil
		})
	})
}

func FuzzParseUpgrade(f *testing.F) {
	seeds(f, "dist-upgrade-*/*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		names, _, _ := parseUpgrade(bytes.NewReader(text))
		for _, name := range names {
			if name == "" || strings.ContainsAny(name, " \n") {
				t.Errorf("%q", name)
			}
		}
	})
}

func FuzzParseRebootPackages(f *testing.F) {
	f.Add("linux-base\nlinux-base\nlibc6\n")
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[string]bool{}
		for _, name := range parseRebootPackages(text) {
			if seen[name] || !legalName(name) {
				t.Errorf("%q", name)
			}
			seen[name] = true
		}
	})
}
