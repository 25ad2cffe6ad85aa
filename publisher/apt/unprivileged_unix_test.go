//go:build linux

package apt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

const nobody = 65534

// collectAsNobody collects as an ordinary user, in a process of its own where the test runs as root.
func collectAsNobody(t *testing.T, root string) *messages.Scan {
	t.Helper()
	if os.Geteuid() != 0 {
		scan, err := Collect(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		return scan
	}
	dir, err := os.MkdirTemp("", "patchstream-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "program")
	if err := errors.Join(copyProgram(program), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = []string{"APT_TEST_COLLECT=" + root, "TMPDIR=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	e, err := messages.Decode(messages.KindScan, stdout.Bytes(), messages.Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	return e.(*messages.Scan)
}

// copyProgram copies this program to where everybody may run it.
func copyProgram(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	syscall.ForkLock.RLock() // no process begins while it is open for writing
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(to, text, 0o755); err != nil {
		return err
	}
	return os.Chmod(to, 0o755)
}

// collectAndPrint is the process that collectAsNobody starts.
func collectAndPrint(root string) int {
	scan, err := Collect(context.Background(), root)
	if err == nil {
		scan.ID, scan.Host = "1", "host-1"
		var text []byte
		if text, err = messages.Encode(scan, messages.MsgPack); err == nil {
			_, err = os.Stdout.Write(text)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// open lets everybody pass to a test's directory.
func open(t *testing.T, dir string) {
	t.Helper()
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatAnOrdinaryUserMayNotReadIsNotPassedOver(t *testing.T) {
	t.Parallel()
	private := func(name, text string) func(t *testing.T, r *smallRoot) {
		return func(t *testing.T, r *smallRoot) {
			r.write(name, text)
			if err := os.Chmod(r.path(name), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	shut := func(pattern string) func(t *testing.T, r *smallRoot) {
		return func(t *testing.T, r *smallRoot) {
			for _, path := range glob(t, r.path(pattern)) {
				if err := os.Chmod(path, 0); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = os.Chmod(path, 0o755) })
			}
		}
	}
	linked := func(t *testing.T, r *smallRoot) {
		r.write("secret/x.list", "deb [trusted=yes] copy:/nowhere stable main\n")
		if err := os.Symlink(r.path("secret/x.list"), r.path("etc/apt/sources.list.d/x.list")); err != nil {
			t.Fatal(err)
		}
		shut("secret")(t, r)
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, r *smallRoot)
		want  string // in the error; empty: complete
	}{
		"nothing":                            {func(*testing.T, *smallRoot) {}, ""},
		"a source":                           {private("etc/apt/sources.list.d/x.list", "deb [trusted=yes] copy:/nowhere stable main\n"), "x.list - open (13: Permission denied)"},
		"a source in the newer form":         {private("etc/apt/sources.list.d/x.sources", "Types: deb\nURIs: copy:/nowhere\nSuites: stable\nComponents: main\n"), "x.sources"},
		"the list of sources":                {private("etc/apt/sources.list", "# none\n"), "etc/apt/sources.list"},
		"a link to a source":                 {linked, "x.list"},
		"the directory of the sources":       {shut("etc/apt/sources.list.d"), "sources.list.d"},
		"a pin":                              {private("etc/apt/preferences.d/no", "Package: openssl\nPin: release *\nPin-Priority: -1\n"), "preferences.d/no"},
		"the directory of the pins":          {shut("etc/apt/preferences.d"), "preferences.d"},
		"a setting":                          {private("etc/apt/apt.conf.d/x", "APT::Default-Release \"x\";\n"), "apt.conf.d/x"},
		"an index":                           {shut("var/lib/apt/lists/*_Packages"), "ermission denied"},
		"a Release file":                     {shut("var/lib/apt/lists/*_Release"), "ermission denied"},
		"the directory of the lists":         {shut("var/lib/apt/lists"), "ermission denied"},
		"dpkg's database":                    {shut("var/lib/dpkg/status"), "ermission denied"},
		"which packages came by themselves":  {private("var/lib/apt/extended_states", "Package: openssl\nArchitecture: amd64\nAuto-Installed: 1\n\n"), "extended_states"},
		"a password, which fetching needs":   {private("etc/apt/auth.conf.d/x.conf", "machine x login y password z\n"), ""},
		"a file that apt does not obey":      {private("etc/apt/sources.list.d/x.list.save", "deb copy:/nowhere stable main\n"), ""},
		"where downloads are kept meanwhile": {shut("var/lib/apt/lists/partial"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSmallRoot(t)
			r.update()
			open(t, r.dir)
			c.spoil(t, r)
			scan := collectAsNobody(t, r.dir)
			switch {
			case c.want == "" && scan.Complete:
				r.missing(scan)
			case c.want == "" || scan.Complete || !strings.Contains(scan.Error, c.want) || len(scan.Packages) > 0:
				t.Errorf("complete %v, %d packages: %q, want %q in it", scan.Complete, len(scan.Packages), scan.Error, c.want)
			}
		})
	}
}

// A pipe has no end until somebody writes to it.
func TestPipesInPlaceOfFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"etc/hostname", "etc/machine-id", "run/reboot-required.pkgs", "proc/stat", "var/cache/apt/pkgcache.bin", "var/lib/apt/lists/odd_Packages", "etc/apt/sources.list.d/odd.list", "etc/apt/preferences.d/odd", "var/lib/dpkg/info/openssl.list"} {
		t.Run(name, func(t *testing.T) {
			r := newSmallRoot(t)
			r.update()
			path := r.path(name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.RemoveAll(path), syscall.Mkfifo(path, 0o644)); err != nil {
				t.Fatal(err)
			}
			r.missing(collectRoot(t, r.dir))
		})
	}
	t.Run("etc/os-release", func(t *testing.T) {
		r := newSmallRoot(t)
		path := r.path("etc/os-release")
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o644)); err != nil {
			t.Fatal(err)
		}
		if scan, err := Collect(t.Context(), r.dir); !errors.Is(err, ErrNoApt) {
			t.Errorf("%v, %v", scan, err)
		}
	})
}
