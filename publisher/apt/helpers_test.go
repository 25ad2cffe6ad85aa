package apt

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

const testdata = "../../testdata/apt"

var update = flag.Bool("update", false, "write the golden files anew")

// collectRoot collects a scan that must be whole.
func collectRoot(t testing.TB, root string) *messages.Scan {
	t.Helper()
	scan, err := Collect(context.Background(), root)
	if err != nil {
		t.Fatal(err)
	}
	if !scan.Complete {
		t.Fatalf("the scan of %s is not complete: %s", root, scan.Error)
	}
	return scan
}

// collectPartial collects a scan that must not be whole, and returns why it is not.
func collectPartial(t testing.TB, c Collector) string {
	t.Helper()
	scan, err := c.Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if scan.Complete || len(scan.Packages) > 0 || len(scan.Origins) > 0 {
		t.Fatalf("complete %v with %d packages and %d origins, want an incomplete scan without any", scan.Complete, len(scan.Packages), len(scan.Origins))
	}
	if scan.OS.System == "" || scan.TakenAt.IsZero() || scan.Error == "" {
		t.Fatalf("system %q, taken at %v, error %q: an incomplete scan must have all three", scan.OS.System, scan.TakenAt, scan.Error)
	}
	return scan.Error
}

// ask runs one of the tools as a person would, on a root that has its own configuration ("": the machine).
func ask(t testing.TB, root, name string, args ...string) string {
	t.Helper()
	out, said, err := run(root, name, args...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
	return out
}

// askLoosely takes a tool that fails, as apt-get update does where it could not fetch a thing.
func askLoosely(t testing.TB, root, name string, args ...string) {
	t.Helper()
	var failed *exec.ExitError
	if _, said, err := run(root, name, args...); err != nil && !errors.As(err, &failed) {
		t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
}

func run(root, name string, args ...string) (out, said string, err error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if root != "" {
		cmd.Env = append(cmd.Env, "APT_CONFIG="+filepath.Join(root, "etc/apt/apt.conf"))
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	return string(text), stderr.String(), err
}

// pkg returns one package of a scan.
func pkg(t testing.TB, scan *messages.Scan, name, arch string) messages.Package {
	t.Helper()
	for _, p := range scan.Packages {
		if p.Name == name && p.Arch == arch {
			return p
		}
	}
	t.Fatalf("the scan has no %s.%s", name, arch)
	return messages.Package{}
}

// table renders the versions of a package: "version pin archives", newest first, with the percentage where it
// is phased.
func table(scan *messages.Scan, p messages.Package) []string {
	var lines []string
	for _, v := range p.Versions {
		line := fmt.Sprintf("%s %d", v.Version, v.Pin)
		if v.Phased != nil {
			line += fmt.Sprintf(" phased %d", *v.Phased)
		}
		for _, o := range v.Origins {
			line += " " + scan.Origins[o].Archive
		}
		lines = append(lines, line)
	}
	return lines
}

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// write makes a file. No process begins while it is open: one would have it open too for a moment, in which a
// command that is just written cannot be run.
func write(t testing.TB, path, text string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edit replaces text in a file that must have it.
func edit(t testing.TB, path, old, with string) {
	t.Helper()
	text := read(t, path)
	if !strings.Contains(text, old) {
		t.Fatalf("%s has no %q", path, old)
	}
	write(t, path, strings.ReplaceAll(text, old, with))
}

// golden runs a parser over the recorded texts, and compares what it makes of each with the file beside it.
func golden(t *testing.T, parse func(io.Reader) (string, error), patterns ...string) {
	t.Helper()
	n := 0
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(testdata, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, ".golden") {
				continue
			}
			n++
			t.Run(filepath.Base(path), func(t *testing.T) { goldenFile(t, parse, path) })
		}
	}
	if n < len(patterns) {
		t.Fatalf("%d recordings match %v", n, patterns)
	}
}

func goldenFile(t *testing.T, parse func(io.Reader) (string, error), path string) {
	got, err := parse(strings.NewReader(read(t, path)))
	if err != nil {
		got += "error: " + err.Error() + "\n"
	}
	beside := path + ".golden"
	if *update {
		write(t, beside, got)
	}
	diff(t, beside, read(t, beside), got)
}

// seeds adds the recorded texts to a fuzz test.
func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(testdata, pattern))
		if err != nil {
			f.Fatal(err)
		}
		if len(paths) == 0 {
			f.Fatalf("no recording matches %s", pattern)
		}
		for _, path := range paths {
			f.Add([]byte(read(f, path)))
		}
	}
}
