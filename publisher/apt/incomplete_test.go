package apt

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Whatever goes wrong with the packages makes an incomplete scan, and never a short list.

const updatesIndex = "jammy-updates_main_binary-amd64_Packages"

// spoiled makes an ubuntu root and hands the content of one index to change, which puts what it returns (nil:
// nothing) in its place, under the name it returns.
func spoiled(t *testing.T, change func(text, path string) (string, string)) string {
	t.Helper()
	root := buildRoot(t, "ubuntu")
	path := glob(t, filepath.Join(root, "var/lib/apt/lists/*"+updatesIndex))[0]
	text, as := change(read(t, path), path)
	if err := os.Remove(path); err != nil { // a link into the repository, which stays as it is
		t.Fatal(err)
	}
	if as != "" {
		write(t, as, text)
	}
	return root
}

func TestASpoiledIndexIsNeverAShortList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		change     func(text, path string) (string, string)
	}{
		{"deleted", "is not there", func(string, string) (string, string) { return "", "" }},
		{"empty", "bytes, its Release file says", func(_, path string) (string, string) { return "", path }},
		{"cut behind a stanza", "bytes, its Release file says", func(text, path string) (string, string) {
			return text[:strings.Index(text, "Package: curl")], path
		}},
		{"cut within a stanza", "", func(text, path string) (string, string) { return text[:len(text)/2], path }},
		{"longer than promised", "bytes, its Release file says", func(text, path string) (string, string) {
			return text + "Package: x\nVersion: 1\nArchitecture: amd64\nDescription: x\nSize: 1\nFilename: x\nMaintainer: x\n\n", path
		}},
		{"compressed and cut off", "", func(text, path string) (string, string) {
			packed := gzipped(t, text)
			return packed[:len(packed)/2], path + ".gz"
		}},
		{"no compressed file at all", "", func(_, path string) (string, string) { return "nonsense", path + ".lz4" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			why := collectPartial(t, Collector{Root: spoiled(t, c.change)})
			if !strings.Contains(why, c.want) {
				t.Errorf("the reason is %q, want %q in it", why, c.want)
			}
		})
	}
}

// Of a file: repository apt keeps links. Where they lead nowhere apt passes over them without a word, Release file and
// all: then the archive is configured, and could not be read.
func TestAListThatLeadsNowhereIsAnArchiveThatWasNotRead(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{"all of them": "*jammy-security*", "the index": "*jammy-security*_Packages"} {
		t.Run(name, func(t *testing.T) {
			root := buildRoot(t, "ubuntu")
			for _, list := range glob(t, filepath.Join(root, "var/lib/apt/lists", pattern)) {
				if err := os.Remove(list); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink("/nowhere/"+filepath.Base(list), list); err != nil {
					t.Fatal(err)
				}
			}
			scan := collectRoot(t, root)
			diff(t, "not read", []string{"jammy-security main"}, unreadIn(scan))
			diff(t, "openssl", []string{"3.0.2-0ubuntu1.18 500 jammy-updates", "3.0.2-0ubuntu1.15 100"}, table(scan, pkg(t, scan, "openssl", "amd64")))
		})
	}
}

// unreadIn returns the archives that are configured and were not read.
func unreadIn(scan *messages.Scan) []string {
	var names []string
	for _, o := range scan.Origins {
		if o.Unread {
			names = append(names, o.Archive+" "+o.Component)
		}
	}
	return names
}

func TestACompressedIndexIsReadAsItIs(t *testing.T) {
	t.Parallel()
	root := spoiled(t, func(text, path string) (string, string) { return gzipped(t, text), path + ".gz" })
	diff(t, "packages", collectRoot(t, buildRoot(t, "ubuntu")).Packages, collectRoot(t, root).Packages)
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnIndexThatIsNoLongerPromisedIsNotMissed(t *testing.T) {
	t.Parallel()
	root := spoiled(t, func(string, string) (string, string) { return "", "" })
	release := glob(t, filepath.Join(root, "var/lib/apt/lists/*jammy-updates_Release"))[0]
	if err := os.Remove(release); err != nil {
		t.Fatal(err)
	}
	scan := collectRoot(t, root)
	diff(t, "not read", []string{"jammy-updates main"}, unreadIn(scan))
	for _, o := range scan.Origins {
		if o.Unread && (o.Trusted || !o.Date.IsZero() || o.Codename != "") {
			t.Errorf("an archive that nothing is known of: %+v", o)
		}
	}
}

func TestARepositoryWithoutReleaseFileIsRead(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	write(t, filepath.Join(root, "repo/flat/Packages"), "Package: openssl\nArchitecture: amd64\nVersion: 3.0.2-0ubuntu1.99\nMaintainer: x\n"+
		"Filename: x\nSize: 1\nSHA256: 0000000000000000000000000000000000000000000000000000000000000001\nDescription: x\n\n")
	sources := filepath.Join(root, "etc/apt/sources.list")
	write(t, sources, read(t, sources)+"deb [trusted=yes] file:"+root+"/repo/flat ./\n")
	ask(t, root, "apt-get", "update", "-qq")
	scan := collectRoot(t, root)
	p := pkg(t, scan, "openssl", "amd64")
	diff(t, "newest", "3.0.2-0ubuntu1.99", p.Versions[0].Version)
	o := scan.Origins[p.Versions[0].Origins[0]]
	if o.Archive != "" || o.Label != "" || !o.Trusted || !o.Date.IsZero() {
		t.Errorf("the origin is %+v, want one that is trusted and has no names", o)
	}
}

func TestAToolThatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, text, want string }{
		{"apt-get", "etc/apt/sources.list", "deb [", "apt-get indextargets: exit code 100: E: "},
		{"apt-config", "etc/apt/apt.conf.d/broken", "} nonsense", "apt-config shell: exit code 100: E: "},
		{"apt-cache", "etc/apt/preferences.d/broken", "Pin: version 1\nPin-Priority: 1\n", "apt-cache policy: exit code 100: E: "},
		{"dpkg-query", "var/lib/dpkg/status", "Package: x\nnonsense\n", "dpkg-query: exit code 2: "},
		{"no package at all", "var/lib/dpkg/status", "", "dpkg lists no installed package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := buildRoot(t, "ubuntu")
			write(t, filepath.Join(root, c.file), c.text)
			if why := collectPartial(t, Collector{Root: root}); !strings.Contains(why, c.want) {
				t.Errorf("the reason is %q, want %q in it", why, c.want)
			}
		})
	}
}

func TestOnlyConfigurationLeftIsNoCompleteScan(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	status := read(t, filepath.Join(root, "var/lib/dpkg/status"))
	at := strings.Index(status, "Package: removed")
	write(t, filepath.Join(root, "var/lib/dpkg/status"), status[at:at+strings.Index(status[at:], "\n\n")+2])
	diff(t, "reason", "dpkg lists no installed package", collectPartial(t, Collector{Root: root}))
}

func TestAHostWithBrokenDependenciesIsScanned(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	edit(t, filepath.Join(root, "var/lib/dpkg/status"), "Package: openssl\n", "Package: openssl\nDepends: no-such-package\n")
	scan := collectRoot(t, root)
	diff(t, "openssl", []string{"3.0.2-0ubuntu1.18 500 jammy-updates jammy-security", "3.0.2-0ubuntu1.15 100"}, table(scan, pkg(t, scan, "openssl", "amd64")))
	for _, p := range scan.Packages {
		if p.KeptBack {
			t.Errorf("%s is kept back, but apt could not tell", p.Name)
		}
	}
}

func TestAnInvalidVersionCostsOnlyItself(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	index := filepath.Join(root, "repo/archive/dists/jammy-updates/main/binary-amd64/Packages")
	edit(t, index, "Version: 1.11-1\n", "Version: 1.11-\n")
	release := glob(t, filepath.Join(root, "var/lib/apt/lists/*jammy-updates_Release"))[0]
	edit(t, release, " 5497 ", " 5496 ")
	scan := collectRoot(t, root)
	diff(t, "bigjump", []string{"1.10-1 500 jammy-security", "1.9-1 500 jammy"}, table(scan, pkg(t, scan, "bigjump", "amd64")))
	diff(t, "openssl", "3.0.2-0ubuntu1.18", pkg(t, scan, "openssl", "amd64").Versions[0].Version)
}

func TestATimeOutIsAnIncompleteScan(t *testing.T) {
	t.Parallel()
	why := collectPartial(t, Collector{Root: buildRoot(t, "ubuntu"), Timeout: time.Nanosecond})
	if !strings.Contains(why, "gave no answer in time") {
		t.Errorf("the reason is %q", why)
	}
}

func TestEndOfContext(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	ctx, cancel := context.WithCancel(context.Background())
	c := Collector{Root: root, signal: func(m moment) {
		if m == reading {
			cancel()
		}
	}}
	if scan, err := c.Collect(ctx); !errors.Is(err, context.Canceled) || scan != nil {
		t.Errorf("cancelled while reading: scan %v, error %v", scan != nil, err)
	}
	if scan, err := Collect(ctx, root); !errors.Is(err, context.Canceled) || scan != nil {
		t.Errorf("cancelled before: scan %v, error %v", scan != nil, err)
	}
	late, end := context.WithTimeout(context.Background(), time.Millisecond)
	defer end()
	write(t, filepath.Join(root, "var/lib/dpkg/updates/0001"), "x")
	if scan, err := Collect(late, root); !errors.Is(err, context.DeadlineExceeded) || scan != nil {
		t.Errorf("past the deadline while waiting for dpkg: scan %v, error %v", scan != nil, err)
	}
}

func TestNoSystemWithApt(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(root string) error{
		"no os-release":       func(root string) error { return os.RemoveAll(filepath.Join(root, "etc")) },
		"no dpkg":             func(root string) error { return os.RemoveAll(filepath.Join(root, "var/lib/dpkg")) },
		"os-release is empty": func(root string) error { return os.WriteFile(filepath.Join(root, "etc/os-release"), nil, 0o644) },
	} {
		root := buildRoot(t, "ubuntu")
		if err := spoil(root); err != nil {
			t.Fatal(err)
		}
		if scan, err := Collect(context.Background(), root); !errors.Is(err, ErrNoApt) || scan != nil {
			t.Errorf("%s: scan %v, error %v", name, scan != nil, err)
		}
	}
	if _, err := Collect(context.Background(), filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a root that does not exist: %v", err)
	}
}
