package rpm

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sorted renders a table by its keys.
func sorted[K comparable, V any](table map[K]V) string {
	keys := slices.SortedFunc(maps.Keys(table), func(a, b K) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "%v %v\n", key, table[key])
	}
	return b.String()
}

func offersOf(r io.Reader) (string, error) {
	var found []string
	err := parseOffers(r, func(o offer) {
		found = append(found, fmt.Sprintf("%s %s of %s built %s", o.nameArch, o.evr, o.repo, o.builtAt.Format(time.RFC3339)))
	})
	return lines(found), err
}

func TestParseRecordedAnswers(t *testing.T) {
	t.Parallel()
	table := func(parse func(io.Reader) (map[nameArch]string, error)) func(io.Reader) (string, error) {
		return func(r io.Reader) (string, error) {
			found, err := parse(r)
			return sorted(found), err
		}
	}
	for pattern, render := range map[string]func(io.Reader) (string, error){
		"dnf*/available*.txt":     offersOf,
		"dnf*/check-update.txt":   table(parseUpdates),
		"dnf5*/check-upgrade.txt": table(parseUpdates),
		"dnf*/plan.txt":           table(parseSkipped),
		"dnf-4*/repoinfo.txt": func(r io.Reader) (string, error) {
			found, err := parseRepoInfo(r)
			return lines(found), err
		},
		"dnf-4*/repolist.txt": func(r io.Reader) (string, error) {
			found, err := parseRepoList(r)
			return lines(found), err
		},
		"dnf5*/repo-info.json": func(r io.Reader) (string, error) {
			found, err := parseRepoJSON(r)
			return lines(found), err
		},
		"dnf-4*/versionlock.txt": func(r io.Reader) (string, error) {
			found, err := parseLocks(r)
			return lines(found), err
		},
		"dnf-4*/installonly.txt": func(r io.Reader) (string, error) {
			found, err := parseNames(r)
			return sorted(found), err
		},
		"zypper*/packages.xml": func(r io.Reader) (string, error) {
			var found []string
			err := parseZypperPackages(r, func(o offer) { found = append(found, fmt.Sprintf("%s %s of %s", o.nameArch, o.evr, o.repo)) })
			return lines(found), err
		},
		"zypper*/repositories.xml": func(r io.Reader) (string, error) {
			found, err := parseZypperRepositories(r)
			return lines(found), err
		},
		"zypper*/patches.xml": func(r io.Reader) (string, error) {
			found, err := parseZypperPatches(r)
			return sorted(found), err
		},
		"zypper*/updates.xml": table(parseZypperUpdates),
		"zypper*/locks.xml": func(r io.Reader) (string, error) {
			found, err := parseZypperLocks(r)
			return lines(found), err
		},
		"repomd/*.xml": func(r io.Reader) (string, error) {
			text, err := io.ReadAll(r)
			if err != nil {
				return "", err
			}
			m, err := parseRepomd(text)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("date %s\n%s", m.date, lines(m.files)), nil
		},
	} {
		t.Run(strings.ReplaceAll(pattern, "/", " "), func(t *testing.T) { golden(t, render, pattern) })
	}
}

func TestParseUpdatesThatStandInSeveralLines(t *testing.T) {
	t.Parallel()
	found, err := parseUpdates(strings.NewReader(`
a-very-long-name-of-a-package-that-leaves-no-place-for-its-version.x86_64
                       1:1.0-1.el9                  appstream
k.x86_64               1.9-1                        baseos
k.x86_64               1.10-1                       baseos
Security: kernel-core-2-1.x86_64 is an installed security update
Security: kernel-core-1-1.x86_64 is the currently running version
Obsoleting Packages
new.noarch             2-1                          baseos
    old.noarch         1-1                          @System
`))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "candidates", "a-very-long-name-of-a-package-that-leaves-no-place-for-its-version.x86_64 1:1.0-1.el9\nk.x86_64 1.10-1\n", sorted(found))
	for _, text := range []string{"a.x86_64 1-1\n", "a.x86_64 1-1\nObsoleting Packages\n", "Error: it went wrong\n"} {
		if found, err := parseUpdates(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestParseSkipped(t *testing.T) {
	t.Parallel()
	found, err := parseSkipped(strings.NewReader(`Upgrading:
 bash          x86_64 5.1.8-9.el9                              baseos     5.6 k
Skipping packages with conflicts:
(add '--best --allowerasing' to command line to force their upgrade):
 never         noarch 1-1                                      baseos     5.6 k
Skipping packages with broken dependencies or part of a group:
 a-very-long-name-of-a-package-that-leaves-no-place
               x86_64 2:2.0-1.el9                              baseos     5.7 k
 b             i686   0:2.0-1                                  baseos     0.0   B

Transaction Summary
 c             x86_64 1-1                                      baseos     1 k
`))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "kept back", "a-very-long-name-of-a-package-that-leaves-no-place.x86_64 2:2.0-1.el9\nb.i686 2.0-1\n", sorted(found))
}

func TestParseRepoInfoOfMirrors(t *testing.T) {
	t.Parallel()
	found, err := parseRepoInfo(strings.NewReader(`Repo-id            : one
Repo-name          : One: with a colon
Repo-pkgs          : 36,912
Repo-metalink      : https://mirrors.example.org/metalink?repo=one&arch=x86_64
  Updated          : Sat Nov 28 09:37:34 2026
Repo-baseurl       : https://eu.example.org/one/ (9 more)
Repo-expire        : Never (last: Sat Nov 28 09:37:34 2026)

Repo-id            : two
Repo-baseurl       : https://a.example.org/two/, https://b.example.org/two/
Repo-pkgs          : many

Repo-id            : three
Repo-mirrors       : https://mirrors.example.org/three
Repo-baseurl       : https://eu.example.org/three/ (1 more)
Total packages: 36,912
`))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "repositories", `{repository:{id:one name:One: with a colon url:https://mirrors.example.org/metalink?repo=one&arch=x86_64 dir: gpgcheck:false pkgs:36912 never:true} file:}
{repository:{id:two name: url:https://a.example.org/two/ dir: gpgcheck:false pkgs:-1 never:false} file:}
{repository:{id:three name: url:https://mirrors.example.org/three dir: gpgcheck:false pkgs:-1 never:false} file:}
`, lines(found))
}

func TestParseLocks(t *testing.T) {
	t.Parallel()
	found, err := parseLocks(strings.NewReader("locked-0:1.0-1.el9.*\n!bad-0:2.0-1.el9.*\n# a comment\nkernel*\npython3-dep-3.9.18-*\n" +
		"Package name: five\nevr = 1.0-1.el9\nLast metadata expiration check: 0:00:08 ago\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := opinions{locked: found}
	for name, want := range map[string]bool{"locked": true, "kernel-core": true, "python3-dep": true, "five": true, "bad": false, "Last": false, "lock": false} {
		if o.holds(name) != want {
			t.Errorf("%s is held: %v, want %v; locks %q", name, !want, want, found)
		}
	}
}

// What zypper answers is whole or refused.
func TestParseZypperAnswersThatAreCut(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join(testdata, "zypper-1.14", "packages.xml"))
	for _, cut := range []string{"", text[:len(text)/2], text[:len(text)-12], "Loading repository data...\n"} {
		if err := parseZypperPackages(strings.NewReader(cut), func(offer) {}); err == nil {
			t.Errorf("no error of %d bytes of %d", len(cut), len(text))
		}
	}
	odd := `<stream><solvable kind="package" name="a" edition="" arch="noarch" repository="r"/></stream>`
	if err := parseZypperPackages(strings.NewReader(odd), func(offer) {}); err == nil {
		t.Error("no error of a package without a version")
	}
}

func TestParseIni(t *testing.T) {
	t.Parallel()
	conf := parseIni([]byte("key = before\n[main]\ngpgcheck=1\n# gpgcheck=0\n; gpgcheck=0\nbaseurl = https://one/\n\thttps://two/\nempty=\n[b a]\r\nk=v\r\nno value\n"))
	diff(t, "configuration", ini{
		"": {"key": "before"}, "main": {"gpgcheck": "1", "baseurl": "https://one/ https://two/", "empty": ""}, "b a": {"k": "v"},
	}, conf)
	for value, want := range map[string]bool{"1": true, "True": true, "yes": true, "on": true, "0": false, "": false, "no": false} {
		if is(value) != want {
			t.Errorf("%q says %v", value, !want)
		}
	}
}

func TestParseRepomdThatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "<html/>", "<repomd></repomd>", "<repomd><data type='a'><location href='..'/></data></repomd>",
		"<repomd><data><location href='x'/></data></repomd>", "<repomd><data type='a'><location href='/'/></data></repomd>",
		"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><repomd>&a;</repomd>", "<repomd><data type='primary'>"} {
		if m, err := parseRepomd([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, m)
		}
	}
}

// What a tool prints is read or refused, and never makes a scan fall over.
func FuzzAnswers(f *testing.F) {
	for _, text := range []string{
		"sudo|0:1-1|x86_64|baseos|2024-02-01 00:00\n", "bash.x86_64 5-1 baseos\nObsoleting Packages\n", "Skipping packages x:\n a x86_64 1-1 r 5 k\n",
		"Repo-id : a\nRepo-baseurl : https://x/ (2 more)\n", "repo id  repo name\na  A\n", `[{"id":"a","is_enabled":true,"base_url":["x"]}]`,
		"locked-0:1.0-1.el9.*\n", "[main]\na=b\n c\n", `<repomd><data type="primary"><location href="a/b"/><size>3</size></data></repomd>`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := parseOffers(strings.NewReader(text), func(o offer) {
			if o.name == "" || !legalArch(o.arch) {
				t.Errorf("%+v", o)
			}
		})
		_ = err
		if found, err := parseUpdates(strings.NewReader(text)); err == nil {
			for key, evr := range found {
				if key.name == "" || evr == "" {
					t.Errorf("%v %q", key, evr)
				}
			}
		}
		_, _ = parseSkipped(strings.NewReader(text))
		_, _ = parseRepoInfo(strings.NewReader(text))
		_, _ = parseRepoList(strings.NewReader(text))
		_, _ = parseRepoJSON(strings.NewReader(text))
		locked, _ := parseLocks(strings.NewReader(text))
		(&opinions{locked: locked}).holds("bash")
		parseIni([]byte(text))
		_ = parseZypperPackages(strings.NewReader(text), func(o offer) {
			if o.name == "" || !legalArch(o.arch) {
				t.Errorf("%+v", o)
			}
		})
		_, _ = parseZypperRepositories(strings.NewReader(text))
		_, _ = parseZypperUpdates(strings.NewReader(text))
		_, _ = parseZypperPatches(strings.NewReader(text))
		_, _ = parseZypperLocks(strings.NewReader(text))
		if m, err := parseRepomd([]byte(text)); err == nil {
			for _, file := range m.files {
				if strings.Contains(file.name, "/") || file.name == ".." {
					t.Errorf("%+v", file)
				}
			}
		}
	})
}
