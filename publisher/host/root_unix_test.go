//go:build unix

package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// rootWith makes a root with files and opens it.
func rootWith(t *testing.T, files map[string]string) *Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestNoLinkLeadsOutOfARoot(t *testing.T) {
	r := rootWith(t, map[string]string{"in/file": "inside\n"})
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"absolute": outside, "relative": "../" + filepath.Base(filepath.Dir(outside)) + "/secret", "within": "in/file", "by its place": r.Path("in"),
	} {
		if err := os.Symlink(target, r.Path(link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"absolute", "relative", "../secret"} {
		if text, err := r.Read(name, 100); err == nil {
			t.Errorf("%s was read: %q", name, text)
		}
	}
	diff(t, "a link within", "inside", r.Word("within"))
	diff(t, "a link within, by its place on the machine", "inside", r.Word("by its place/file"))
	diff(t, "exists", []bool{true, false}, []bool{r.Exists("by its place/file"), r.Exists("by its place/nowhere")})
	if _, err := r.Open("by its place/nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestReadsNoMoreThanItMay(t *testing.T) {
	r := rootWith(t, map[string]string{"f": "0123456789", "word": "\n  first \xff line \nsecond\n"})
	text, err := r.Read("f", 4)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "bounded", "0123", string(text))
	diff(t, "word", "first \uFFFD line", r.Word("word"))
	diff(t, "no file", "", r.Word("nowhere"))
	diff(t, "exists", []bool{true, false}, []bool{r.Exists("f"), r.Exists("nowhere")})
}

func TestIdentify(t *testing.T) {
	named, err := Identify(rootWith(t, map[string]string{
		"usr/lib/os-release": "ID=debian\nVERSION_ID=12\n", "proc/sys/kernel/osrelease": "6.1.0-56-amd64\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "system", "DEBIAN Debian12 6.1.0-56-amd64", strings.Join([]string{named.System, named.Product, named.Kernel}, " "))
	for name, files := range map[string]map[string]string{"no file": nil, "no ID": {"etc/os-release": "NAME=x\n"}} {
		_, err := Identify(rootWith(t, files))
		var unidentified *UnidentifiedError
		if !errors.As(err, &unidentified) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARootThatIsNotThere(t *testing.T) {
	if _, err := OpenRoot(filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}

func TestOnlyRegularFilesAreRead(t *testing.T) {
	r := rootWith(t, map[string]string{"etc/x": "1"})
	if err := syscall.Mkfifo(r.Path("etc/hostname"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("hostname", r.Path("etc/link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"etc/hostname", "etc/link", "etc"} {
		if _, err := r.Read(name, 10); !errors.Is(err, ErrNotRegular) { // a pipe would wait for a writer for ever
			t.Errorf("%s: %v", name, err)
		}
		if _, err := OpenRegular(r.Path(name)); !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s by its path: %v", name, err)
		}
	}
	diff(t, "word", "", r.Word("etc/hostname"))
	diff(t, "exists", true, r.Exists("etc/hostname"))
}

func TestWhatARootHolds(t *testing.T) {
	r := rootWith(t, map[string]string{"var/lib/x": "1"})
	outside := t.TempDir()
	for link, target := range map[string]string{"out": outside, "within": r.Path("var/lib"), "relative": "var"} {
		if err := os.Symlink(target, r.Path(link)); err != nil {
			t.Fatal(err)
		}
	}
	alias := filepath.Join(t.TempDir(), "alias")
	if err := os.Symlink(r.Dir(), alias); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		r.Path("var/lib/x"): true, r.Path("within/x"): true, r.Path("relative/lib/x"): true, r.Path("not/there/yet"): true,
		alias + "/var": true, alias + "/not-there": true,
		r.Path("out"): false, r.Path("out/not-there"): false, outside: false, "/": false, r.Path("../x"): false,
	} {
		if got := r.Holds(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestTheMinorVersionOfCentOS(t *testing.T) {
	named, err := Identify(rootWith(t, map[string]string{
		"etc/os-release": "ID=\"centos\"\nVERSION_ID=\"7\"\n", "etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "system", "CENTOS CentOS7.9 7.9", strings.Join([]string{named.System, named.Product, named.Version}, " "))
}
