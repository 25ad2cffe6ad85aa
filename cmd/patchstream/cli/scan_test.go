package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/apt"
)

// scanWith runs scan with a collector that finds what collected says.
func scanWith(t *testing.T, collected func() (*messages.Scan, error), args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := newApp(strings.NewReader(""), &stdout, &stderr)
	a.scanOf = func(context.Context, string) (*messages.Scan, error) { return collected() }
	code := a.run(t.Context(), append([]string{"scan"}, args...))
	return result{code, stdout.String(), stderr.String()}
}

// collected returns the example's scan as apt.Collect would: of now, and not saying whose it is.
func collected(t *testing.T) *messages.Scan {
	t.Helper()
	text := []byte(readFile(t, "testdata/scan.json"))
	e, err := messages.Decode(messages.KindScan, text, messages.Sniff(text))
	if err != nil {
		t.Fatal(err)
	}
	s := e.(*messages.Scan)
	s.ID, s.Host, s.Hash, s.Tags, s.TakenAt, s.BootedAt = "", "", "", nil, time.Now().UTC(), time.Time{}
	return s
}

func TestScanPrintsAnEventThatClassifyTakes(t *testing.T) {
	t.Parallel()
	full := func() (*messages.Scan, error) { return collected(t), nil }
	printed := must(t, scanWith(t, full, "--print", "--host", "web-1", "--tag", "Patch Group=web", "--tag", "k=a=b"))
	e, err := messages.Decode(messages.KindScan, []byte(printed), messages.Sniff([]byte(printed)))
	if err != nil {
		t.Fatal(err)
	}
	s := e.(*messages.Scan)
	if s.Host != "web-1" || len(s.ID) != 26 || s.Hash != messages.ContentHash(s) || s.Tags["Patch Group"] != "web" || s.Tags["k"] != "a=b" {
		t.Errorf("%+v", s)
	}
	if !strings.HasPrefix(printed, "{\n  \"v\": 1,\n") {
		t.Errorf("%s", printed)
	}
	if r := callWith(t, printed, classifyArgs("--scan", "-")...); !strings.Contains(must(t, r), "web-1  NON_COMPLIANT") {
		t.Errorf("%s", r.stdout)
	}
	if got := must(t, scanWith(t, full, "--print", "--host", "web-1", "-o", "json")); !strings.Contains(got, `"packages"`) {
		t.Errorf("%s", got)
	}
}

func TestScanSummary(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := newApp(nil, &out, nil)
	s := collected(t)
	s.ID, s.Host, s.TakenAt, s.RebootRequired, s.RebootPackages = "01KAJ5W0Q4N2", "web-1", at, new(true), []string{"linux-base"}
	s.Origins[0].Trusted = false
	a.Scan(s)
	golden.Assert(t, out.String(), "golden/scan-summary.txt")
}

func TestScanPublishes(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	seen := s.follow(t)
	state := t.TempDir()
	full := func() (*messages.Scan, error) { return collected(t), nil }
	args := []string{"--host", "web-1", "--state", state, "--server", s.nats}
	if got := must(t, scanWith(t, full, args...)); !strings.HasPrefix(got, "published scan ") || !strings.Contains(got, " of web-1: 2 installed, 2 with another candidate, 1 held") {
		t.Errorf("%s", got)
	}
	seen.lineWith(t, "web-1", "openssl.amd64", "MISSING")
	if _, err := os.Stat(filepath.Join(state, "web-1.json")); err != nil {
		t.Error(err)
	}
	if got := must(t, scanWith(t, full, append(args, "-o", "json")...)); !strings.Contains(got, `"host": "web-1"`) {
		t.Errorf("%s", got)
	}

	failed := func() (*messages.Scan, error) {
		f := collected(t)
		f.Complete, f.Error, f.Packages, f.Origins = false, "dpkg was interrupted", nil, nil
		return f, nil
	}
	r := scanWith(t, failed, args...)
	if r.code != exitFailed || !strings.Contains(r.stdout, "published scan") || !strings.Contains(r.stderr, "not complete (published as such): dpkg was interrupted") {
		t.Errorf("%+v", r)
	}
	eventually(t, func() bool {
		return containsAll(must(t, s.ask(t, "status", "web-1")), []string{"failed scan", "scan_failing since", `It says: "dpkg was interrupted"`})
	}, "the failed scan is shown")
}

func TestScanThatCannotBeMade(t *testing.T) {
	t.Parallel()
	none := func() (*messages.Scan, error) { return nil, fmt.Errorf("collect packages: %w", apt.ErrNoApt) }
	scanWith(t, none, "--print", "--host", "web-1").wants(t, exitFailed, "not a system with apt", "--root")
	broken := func() (*messages.Scan, error) { return nil, errors.New("the root is gone") }
	scanWith(t, broken, "--print", "--host", "web-1").wants(t, exitFailed, "the root is gone")
	empty := t.TempDir()
	call(t, "scan", "--print", "--root", empty).wants(t, exitUsage, empty+" has no etc/hostname", "--host")
	call(t, "scan", "--print", "--root", empty, "--host", "web-1").wants(t, exitFailed, "not a system with apt")
}

// What a root is, its os-release says: rpm on a Debian host does not make it one of rpm.
func TestScanFindsOutWhatARootIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"Rocky", map[string]string{"etc/os-release": "ID=rocky\nVERSION_ID=9.3\n"}, "has no database of rpm"},
		{"Debian with rpm", map[string]string{"etc/os-release": "ID=debian\n", "var/lib/rpm/rpmdb.sqlite": ""}, "var/lib/dpkg/status"},
		{"neither", map[string]string{"etc/os-release": "ID=arch\n"}, "only systems of dpkg and apt, and of rpm with dnf or zypper, can be scanned"},
	} {
		root := t.TempDir()
		for name, text := range c.files {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r := call(t, "scan", "--print", "--host", "x-1", "--root", root)
		if r.code != exitFailed || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

func TestHostNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		short, canonical string
		err              error
		want             string
	}{
		{"web-1", "web-1.example.org.", nil, "web-1.example.org"},
		{"web-1", "WEB-1.example.org.", nil, "WEB-1.example.org"},
		{"web-1", "", errors.New("no such host"), "web-1"},
		{"web-1", "web-1.", nil, "web-1"},
		{"web-1", "localhost.localdomain.", nil, "web-1"},
		{"web-1", "web-1.localdomain.", nil, "web-1"},
		{"web-1", "lb.example.org.", nil, "web-1"},
	} {
		if got := qualified(c.short, c.canonical, c.err); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc", "hostname"), []byte("image-7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := hostName(t.Context(), root); got != "image-7" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := hostName(t.Context(), "/"); err != nil || messages.ValidHost(got) != nil {
		t.Errorf("%s, %v", got, err)
	}
}
