//go:build unix

package rpm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/publisher/host"
)

// On a root of which nothing can be found out, a command is run all the same, and the report says so. What becomes of packages is
// proven where rpm is real, in cmd/patchstream/rpmproof.

func runner(root string) (r *Runner, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return &Runner{host.Runner{Root: root, Stdout: stdout, Stderr: stderr}}, stdout, stderr
}

func TestACommandIsRunThoughThePackagesCannotBeLookedAt(t *testing.T) {
	t.Parallel()
	empty, damaged := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(damaged, "var/lib/rpm"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, "var/lib/rpm/rpmdb.sqlite"), []byte("no database"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		root, line string
		code       int
		known      bool // whether it succeeded
	}{
		{empty, "echo out; echo err >&2", 0, false},
		{empty, "exit 3", 3, true},
		{damaged, "true", 0, false},
		{filepath.Join(empty, "nowhere"), "true", 0, false},
	} {
		r, stdout, stderr := runner(c.root)
		run, code, err := r.Run(t.Context(), []string{"sh", "-c", c.line})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "code", c.code, code)
		if !strings.Contains(run.Error, "what became of the packages is not known, they could not be looked at before the run") {
			t.Errorf("the run's error is %q", run.Error)
		}
		if !strings.Contains(stderr.String(), "the packages cannot be looked at, and sh is started all the same") {
			t.Errorf("on stderr stands %q", stderr)
		}
		if len(run.Outcomes) != 0 || (run.Succeeded != nil) != c.known {
			t.Errorf("outcomes %v, succeeded %v", run.Outcomes, run.Succeeded)
		}
		if strings.Contains(c.line, "echo") && (stdout.String() != "out\n" || !strings.Contains(stderr.String(), "err\n")) {
			t.Errorf("%q %q", stdout, stderr)
		}
	}
}

func TestACommandThatIsNotThere(t *testing.T) {
	t.Parallel()
	r, _, _ := runner(t.TempDir())
	run, code, err := r.Run(t.Context(), []string{"/nowhere/dnf", "upgrade"})
	if !errors.Is(err, os.ErrNotExist) || run == nil || run.Succeeded == nil || *run.Succeeded {
		t.Errorf("%+v, %v", run, err)
	}
	diff(t, "code", 127, code)
	if run, code, err := r.Run(t.Context(), nil); run != nil || code != 1 || err == nil {
		t.Errorf("no command: %v, %d, %v", run, code, err)
	}
}

func TestACommandIsNotStartedWhenTheContextHasEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _, _ := runner(t.TempDir())
	mark := filepath.Join(t.TempDir(), "mark")
	run, code, err := r.Run(ctx, []string{"sh", "-c", "touch " + mark})
	if _, statErr := os.Stat(mark); run != nil || code != 1 || !errors.Is(err, context.Canceled) || statErr == nil {
		t.Errorf("%v, %d, %v, mark %v", run, code, err, statErr)
	}
}

func TestNoPlan(t *testing.T) {
	t.Parallel()
	r, _, _ := runner(t.TempDir())
	for line, want := range map[string]error{
		"true": host.ErrNoPlan, "dnf clean all": host.ErrNoPlan, "/nowhere/dnf upgrade": os.ErrNotExist, "": host.ErrNoPlan,
	} {
		if p, err := r.Plan(t.Context(), strings.Fields(line)); !errors.Is(err, want) {
			t.Errorf("%q: %v, %v, want %v", line, p, err, want)
		}
	}
}
