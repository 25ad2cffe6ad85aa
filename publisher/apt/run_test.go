//go:build linux

package apt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

var (
	failing     = func(code string) string { return "echo no licence >&2; exit " + code }
	sixPackages = []deb{
		{name: "good", version: "1.0"}, {name: "post", version: "1.0"}, {name: "pre", version: "1:1.0"},
		{name: "held", version: "1.0"}, {name: "multi", version: "1.0", arch: "amd64"}, {name: "multi", version: "1.0", arch: "i386"},
	}
)

// scriptFailed is how the machine's dpkg says that a script has failed.
func scriptFailed(t *testing.T, script, name string, code int) string {
	t.Helper()
	out, err := exec.Command("dpkg-query", "--admindir=/var/lib/dpkg", "-W", "-f", "${Version}", "dpkg").Output()
	if err != nil {
		t.Fatal(err)
	}
	if version.CompareDeb(string(out), "1.23~") < 0 {
		words := map[string]string{
			"preinst": "new %s package pre-installation", "postinst": "installed %s package post-installation",
			"prerm": "installed %s package pre-removal", "postrm": "installed %s package post-removal",
		}
		return fmt.Sprintf(words[script]+" script subprocess returned error exit status %d", name, code)
	}
	whose := "old"
	if script == "preinst" {
		whose = "new"
	}
	return fmt.Sprintf("%s %s package %s maintainer script subprocess failed with exit status %d", whose, name, script, code)
}

func TestOneBadPackageAmongOthers(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(
		deb{name: "good", version: "1.1"}, deb{name: "held", version: "1.1"},
		deb{name: "pre", version: "1:1.1", scripts: map[string]string{"preinst": failing("4")}},
	)
	h.hold("held")
	run := h.run(100, "apt-get", "-y", "upgrade")
	diff(t, "outcomes", []string{
		"good.amd64 1.0 > 1.1 failed configure: aborted by pre: " + scriptFailed(t, "preinst", "pre", 4),
		"held.amd64 1.0 > 1.1 skipped: held",
		"pre.amd64 1:1.0 > 1:1.1 failed unpack: " + scriptFailed(t, "preinst", "pre", 4),
	}, outcomesOf(run))
	diff(t, "dpkg", []string{"good all 1.1 iU", "held all 1.0 hi", "multi amd64 1.0 ii", "multi i386 1.0 ii", "post all 1.0 ii", "pre all 1:1.0 ii"}, trimmed(h.states()))
	if run.Error != "" {
		t.Errorf("a run that got to packages has the error %q", run.Error)
	}

	repaired := h.run(0, h.dpkg("--configure", "-a")...)
	diff(t, "outcomes of the repair", []string{"good.amd64 1.1 > 1.1 installed"}, outcomesOf(repaired))
}

func trimmed(lines []string) []string {
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

func TestConfiguringFailsAndIsMendedByTheNextRun(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	mended := h.path("mended")
	h.offer(
		deb{name: "post", version: "1.1", scripts: map[string]string{"postinst": "[ -e " + mended + " ] || exit 3"}},
		deb{name: "good", version: "1.1"},
		deb{name: "needs", version: "1.0", depends: "post (>= 1.1)"},
	)
	why := scriptFailed(t, "postinst", "post", 3)
	diff(t, "outcomes", []string{
		"good.amd64 1.0 > 1.1 installed",
		"needs.amd64  > 1.0 failed configure: dependency problems - leaving unconfigured",
		"post.amd64 1.0 > 1.1 failed configure: " + why,
	}, outcomesOf(h.run(100, "apt-get", "-y", "install", "good", "post", "needs")))
	diff(t, "tried again", []string{
		"needs.amd64 1.0 > 1.0 failed configure: dependency problems - leaving unconfigured",
		"post.amd64 1.1 > 1.1 failed configure: " + why,
	}, outcomesOf(h.run(100, "apt-get", "-y", "-f", "install")))
	write(t, mended, "")
	diff(t, "mended", []string{"needs.amd64 1.0 > 1.0 installed", "post.amd64 1.1 > 1.1 installed"}, outcomesOf(h.run(0, "apt-get", "-y", "-f", "install")))
	diff(t, "nothing to do", []string(nil), outcomesOf(h.run(0, "apt-get", "-y", "upgrade")))
}

func TestForeignArchitecture(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(
		deb{name: "multi", version: "1.1", arch: "amd64"},
		deb{name: "multi", version: "1.1", arch: "i386", scripts: map[string]string{"preinst": failing("5")}},
	)
	why := scriptFailed(t, "preinst", "multi:i386", 5)
	diff(t, "outcomes", []string{
		"multi.amd64 1.0 > 1.1 failed configure: aborted by multi:i386: " + why,
		"multi.i386 1.0 > 1.1 failed unpack: " + why,
	}, outcomesOf(h.run(100, "apt-get", "-y", "upgrade")))
	diff(t, "dpkg", []string{"multi amd64 1.1 iU", "multi i386 1.0 iF"}, trimmed(h.states())[2:4])
}

func TestForeignArchitectureWhoseScriptFailsWhenItIsConfigured(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(
		deb{name: "multi", version: "1.1", arch: "amd64"},
		deb{name: "multi", version: "1.1", arch: "i386", scripts: map[string]string{"postinst": failing("6")}},
	)
	diff(t, "outcomes", []string{
		"multi.amd64 1.0 > 1.1 installed",
		"multi.i386 1.0 > 1.1 failed configure: " + scriptFailed(t, "postinst", "multi:i386", 6),
	}, outcomesOf(h.run(100, "apt-get", "-y", "upgrade")))
}

// Without plan and descriptor, dpkg's log tells which version was tried.
func TestAnotherCommand(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	good := h.build("base", deb{name: "good", version: "1.1"})
	pre := h.build("base", deb{name: "pre", version: "1:1.1", scripts: map[string]string{"preinst": failing("4")}})
	fresh := h.build("base", deb{name: "fresh", version: "1.0", scripts: map[string]string{"preinst": failing("4")}})
	line := strings.Join(h.dpkg("-i", good, pre, fresh), " ")
	want := []string{
		"fresh.amd64  > 1.0 failed unpack: " + scriptFailed(t, "preinst", "fresh", 4),
		"good.amd64 1.0 > 1.1 installed",
		"pre.amd64 1:1.0 > 1:1.1 failed unpack: " + scriptFailed(t, "preinst", "pre", 4),
	}
	diff(t, "outcomes", want, outcomesOf(h.run(1, "sh", "-c", line)))
	if err := os.Truncate(h.path("var/log/dpkg.log"), 0); err != nil {
		t.Fatal(err)
	}
	silent := h.run(1, "sh", "-c", strings.Join(h.dpkg("-i", pre, fresh), " ")+" >/dev/null 2>&1")
	diff(t, "without a word", []string{
		"fresh.amd64  > 1.0 failed unpack: the command ended with exit code 1",
		"pre.amd64 1:1.0 > 1:1.1 failed unpack: the command ended with exit code 1",
	}, outcomesOf(silent))
	gone := h.run(0, h.dpkg("-r", "good")...)
	diff(t, "one that is removed", []string(nil), outcomesOf(gone))
	diff(t, "removals", []messages.Removal{{Name: "good", Arch: "amd64", From: "1.1", Purged: true}}, gone.Removed) // it has no configuration
	both := h.run(0, "sh", "-c", strings.Join(h.dpkg("-i", good), " ")+" && "+strings.Join(h.dpkg("-r", "good"), " "))
	diff(t, "one that was there only in between", []string(nil), append(outcomesOf(both), removedOf(both.Removed)...))
}

func TestRemovingFails(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, deb{name: "stays", version: "1.0", scripts: map[string]string{"prerm": failing("7")}},
		deb{name: "half", version: "1.0", scripts: map[string]string{"postrm": "[ $1 != remove ] || exit 8"}})
	why := scriptFailed(t, "prerm", "stays", 7)
	diff(t, "put back", []string{"stays.amd64 1.0 > 1.0 failed remove: " + why}, outcomesOf(h.run(100, "apt-get", "-y", "remove", "stays")))
	diff(t, "without a plan", []string{"stays.amd64 1.0 > 1.0 failed remove: " + why}, outcomesOf(h.run(1, h.dpkg("-r", "stays")...)))
	diff(t, "half removed", []string{
		"half.amd64 1.0 > 1.0 failed remove: " + scriptFailed(t, "postrm", "half", 8),
	}, outcomesOf(h.run(100, "apt-get", "-y", "remove", "half")))
}

func TestRemoving(t *testing.T) {
	t.Parallel()
	needed := deb{name: "needed", version: "1:2-1", scripts: map[string]string{"postrm": "true"}} // so something is left
	h := newPatchHost(t, needed, deb{name: "needs", version: "1.0", depends: "needed"}, deb{name: "stays", version: "1.0"})
	h.offer(needed)
	removed := func(run *messages.Run) []string { return append(outcomesOf(run), removedOf(run.Removed)...) }
	diff(t, "not asked", []string{
		"needed.amd64 1:2-1 > ? not_attempted plan: the command ended with exit code 1",
		"needs.amd64 1.0 > ? not_attempted plan: the command ended with exit code 1",
	}, removed(h.run(1, "apt-get", "--assume-no", "remove", "needed")))
	run := h.run(0, "apt-get", "-y", "remove", "needed")
	diff(t, "with what needs it", []string{"needed.amd64 1:2-1 removed", "needs.amd64 1.0 purged"}, removed(run))
	if !*run.Succeeded || run.Error != "" {
		t.Errorf("%+v", run)
	}
	diff(t, "what was left of it", []string{"needed.amd64 1:2-1 purged"}, removed(h.run(0, "apt-get", "-y", "purge", "needed")))
	diff(t, "nothing to do", []string(nil), removed(h.run(0, "apt-get", "-y", "purge", "needed")))
	diff(t, "by dpkg", []string{"stays.amd64 1.0 purged"}, removed(h.run(0, h.dpkg("--purge", "stays")...)))
}

func TestReinstalling(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.0"})
	diff(t, "outcomes", []string{"good.amd64 1.0 > 1.0 installed"}, outcomesOf(h.run(0, "apt-get", "-y", "--reinstall", "install", "good")))
}

func TestUpdateThatFailsWithCodeZero(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	write(t, h.path("etc/apt/sources.list"), "deb [trusted=yes] http://127.0.0.1:9/debian ./\n")
	run := h.run(0, "apt-get", "-o", "Acquire::Retries=0", "update")
	if !strings.HasPrefix(run.Error, "fetch: Failed to fetch http://127.0.0.1:9/debian/./InRelease") || run.Outcomes != nil {
		t.Errorf("error %q, outcomes %v", run.Error, run.Outcomes)
	}
	diff(t, "succeeded", new(false), run.Succeeded)
}

// The verdict is by what happened, where a shell has swallowed the exit code.
func TestWhetherARunHasSucceeded(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	bad := h.build("base", deb{name: "post", version: "1.1", scripts: map[string]string{"postinst": "exit 3"}})
	diff(t, "nothing was wrong", new(true), h.run(0, "true").Succeeded)
	diff(t, "the code says not", new(false), h.run(4, "sh", "-c", "exit 4").Succeeded)
	run := h.run(0, "sh", "-c", strings.Join(h.dpkg("-i", bad), " ")+" || true")
	diff(t, "a package has failed", new(false), run.Succeeded)
	diff(t, "the version before", "1.0", run.Outcomes[0].From)
	hook := "DPkg::Post-Invoke::=false"
	h = newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1"})
	run = h.run(100, "apt-get", "-y", "-o", hook, "install", "good")
	diff(t, "a hook has failed, and no package", []string{"good.amd64 1.0 > 1.1 installed"}, outcomesOf(run))
	diff(t, "a hook has failed", new(false), run.Succeeded)
	if !strings.HasPrefix(run.Error, "Problem executing scripts DPkg::Post-Invoke 'false'") {
		t.Errorf("the run's error is %q", run.Error)
	}
}

func TestRebootFactsAreThoseAfterTheRun(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	at := time.Date(2026, 5, 2, 6, 0, 0, 0, time.UTC)
	write(t, h.path("proc/stat"), "btime 1777600000\n")
	write(t, h.path("etc/machine-id"), "8e9c1a37f3b64e3c9ad8b1f0c2d4e6a1\n")
	write(t, h.path("proc/sys/kernel/random/boot_id"), "c0ffee00-0000-4000-8000-000000000000\n")
	h.offer(deb{name: "good", version: "1.1", scripts: map[string]string{
		"postinst": "echo x > $DPKG_ROOT/run/reboot-required; echo good > $DPKG_ROOT/run/reboot-required.pkgs",
	}})
	r, _, _ := h.runner()
	r.Now = func() time.Time { at = at.Add(time.Second); return at }
	run, code, err := r.Run(t.Context(), []string{"apt", "-y", "full-upgrade"})
	if err != nil || code != 0 {
		t.Fatal(code, err)
	}
	yes, zero, to := true, 0, "1.1"
	diff(t, "run", &messages.Run{
		Operation: messages.OperationInstall, ExitCode: &zero,
		StartedAt: time.Date(2026, 5, 2, 6, 0, 1, 0, time.UTC), FinishedAt: time.Date(2026, 5, 2, 6, 0, 2, 0, time.UTC),
		RebootRequired: &yes, RebootPackages: []string{"good"},
		BootedAt: time.Unix(1777600000, 0).UTC(), BootID: "c0ffee00-0000-4000-8000-000000000000",
		Outcomes:  []messages.Outcome{{Name: "good", Arch: "amd64", From: "1.0", To: &to, Result: messages.ResultInstalled}},
		Machine:   "2ae59555038fa9352e81c1a826015f31",
		Succeeded: &yes,
	}, run)
}

// A new kernel is installed beside the old one: on Debian nothing but the packages tells that a boot is due.
func TestANewKernelNeedsABoot(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, deb{name: "linux-image-6.1.0-50-amd64", version: "6.1.176-1"}, deb{name: "linux-image-amd64", version: "6.1.176-1"})
	write(t, h.path("proc/sys/kernel/osrelease"), "6.1.0-50-amd64\n")
	write(t, h.path("proc/sys/kernel/random/boot_id"), "c0ffee00-0000-4000-8000-000000000000\n")
	h.offer(deb{name: "linux-image-6.1.0-56-amd64", version: "6.1.192-2"}, deb{name: "linux-image-amd64", version: "6.1.192-2", depends: "linux-image-6.1.0-56-amd64"})
	run := h.run(0, "apt-get", "-y", "dist-upgrade")
	diff(t, "outcomes", []string{
		"linux-image-6.1.0-56-amd64.amd64  > 6.1.192-2 installed",
		"linux-image-amd64.amd64 6.1.176-1 > 6.1.192-2 installed",
	}, outcomesOf(run))
	diff(t, "boot", []string{"linux-image-6.1.0-56-amd64"}, run.RebootPackages)
	if run.RebootRequired == nil || !*run.RebootRequired {
		t.Errorf("boot required: %v", run.RebootRequired)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1"}, deb{name: "held", version: "1.1"}, deb{name: "multi", version: "1.1", arch: "i386"},
		deb{name: "multi", version: "1.1", arch: "amd64"}, deb{name: "pre", version: "1:1.1", depends: "fresh"}, deb{name: "fresh", version: "2"})
	h.hold("held")
	before := snapshot(t, h.root)
	r, _, _ := h.runner()
	p, err := r.Plan(t.Context(), []string{"apt-get", "-qq", "-V", "upgrade"})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(p.Steps, func(a, b host.Step) int { return strings.Compare(a.Name+a.Arch, b.Name+b.Arch) }) // apt's order is none
	diff(t, "steps", []host.Step{
		{Action: host.ActionInstall, Name: "good", Arch: "amd64", From: "1.0", To: "1.1"},
		{Action: host.ActionKeep, Name: "held", Arch: "amd64", From: "1.0", To: "1.1", Reason: "held"},
		{Action: host.ActionInstall, Name: "multi", Arch: "amd64", From: "1.0", To: "1.1"},
		{Action: host.ActionInstall, Name: "multi", Arch: "i386", From: "1.0", To: "1.1"},
		{Action: host.ActionKeep, Name: "pre", Arch: "amd64", From: "1:1.0", To: "1:1.1", Reason: "kept back"},
	}, p.Steps)
	diff(t, "the root", before, snapshot(t, h.root))
	for _, argv := range [][]string{nil, {"apt-get", "update"}, {"sh", "-c", "apt-get update; apt-get upgrade"}, {"unattended-upgrade"}, {h.fakeApt("exit 0"), "upgrade"}} {
		if p, err := r.Plan(t.Context(), argv); !errors.Is(err, host.ErrNoPlan) {
			t.Errorf("the plan of %v is %v, %v, want ErrNoPlan", argv, p, err)
		}
	}
}

func TestACommandThatCannotBeStarted(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	write(t, h.path("text"), "no program")
	broken := h.path("broken")
	write(t, broken, "#!/no/such/interpreter\n")
	if err := os.Chmod(broken, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		argv []string
		code int
		is   error
	}{
		{[]string{"no-such-command", "-y"}, 127, exec.ErrNotFound},
		{[]string{h.path("none")}, 127, fs.ErrNotExist},
		{[]string{broken}, 127, fs.ErrNotExist},
		{[]string{h.path("text")}, 126, fs.ErrPermission},
	} {
		r, _, _ := h.runner()
		run, code, err := r.Run(t.Context(), c.argv)
		if code != c.code || !errors.Is(err, c.is) || run == nil {
			t.Fatalf("%v: %v, code %d, error %v, want code %d, error %v", c.argv, run, code, err, c.code, c.is)
		}
		if !strings.HasPrefix(run.Error, "the command could not be started: ") || *run.ExitCode != c.code || run.Outcomes != nil {
			t.Errorf("%v: the event is %+v", c.argv, run)
		}
	}
	r, _, _ := h.runner()
	if run, code, err := r.Run(t.Context(), nil); run != nil || code != 1 || err == nil {
		t.Errorf("no command gave %v, %d, %v", run, code, err)
	}
}

// What cannot be found out beforehand is said, and is not in the way.
func TestTheCommandIsAlwaysStarted(t *testing.T) {
	t.Parallel()
	none := t.TempDir()
	for _, c := range []struct {
		name     string
		spoil    func(h *patchHost)
		root     string // empty: the host's
		said     string // on stderr, before the command
		line     string // what the command does; empty: it installs good
		error    string // the beginning of the run's
		outcomes []string
	}{
		{name: "nothing is wrong", spoil: func(*patchHost) {}, outcomes: []string{"good.amd64 1.0 > 1.1 installed"}},
		{name: "no apt and no dpkg", root: none, line: "true", spoil: func(*patchHost) {},
			said: "the packages cannot be looked at, and sh is started all the same: not a system with apt", error: "what became of the packages is not known, they could not be looked at before the run: not a system with apt"},
		{name: "no root", root: filepath.Join(none, "none"), line: "true", spoil: func(*patchHost) {},
			said: "the packages cannot be looked at, and sh is started all the same: open ", error: "what became of the packages is not known"},
		{name: "an entry without an architecture",
			spoil: func(h *patchHost) {
				edit(h.t, h.path("var/lib/dpkg/status"), "Package: held\nStatus: install ok installed\nMaintainer: X <x@example.com>\nArchitecture: all\n", "Package: held\nStatus: install ok installed\nMaintainer: X <x@example.com>\n")
			},
			said: `dpkg's entry "held" "1.0" names no package: its architecture is "": what becomes of it is not reported`, outcomes: []string{"good.amd64 1.0 > 1.1 installed"}},
		{name: "apt's configuration cannot be read", spoil: func(h *patchHost) { write(h.t, h.path("etc/apt/apt.conf"), "Dir {{{\n") },
			said: "apt cannot be asked, so what the command leaves as it is will not be reported: ", outcomes: []string{"good.amd64 1.0 > 1.1 installed"}},
		{name: "nobody may look at the lock", spoil: func(h *patchHost) { h.link("var/lib/dpkg/lock-frontend", "lock-frontend") },
			said: "whether dpkg is at work cannot be told: ", line: "true"},
		{name: "an interrupted dpkg", spoil: func(h *patchHost) { write(h.t, h.path("var/lib/dpkg/updates/0001"), "") },
			said: "dpkg was interrupted before this run", outcomes: []string{"good.amd64 1.0 > 1.1 installed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newPatchHost(t, sixPackages...)
			good := h.build("base", deb{name: "good", version: "1.1"})
			line := cmp.Or(c.line, strings.Join(h.dpkg("-i", good), " ")+" >&2")
			c.spoil(h)
			r, _, stderr := h.runner()
			r.Root = cmp.Or(c.root, r.Root)
			run, code, err := r.Run(t.Context(), []string{"sh", "-c", "echo begun >&2; " + line})
			if err != nil || code != 0 {
				t.Fatalf("code %d, %v: %s", code, err, stderr)
			}
			before, _, began := strings.Cut(stderr.String(), "begun\n")
			if !began || !strings.HasPrefix(strings.TrimPrefix(before, "patchstream: "), c.said) || (c.said == "") != (before == "") {
				t.Errorf("it says %q first, want %q", before, c.said)
			}
			diff(t, "outcomes", c.outcomes, outcomesOf(run))
			if !strings.HasPrefix(run.Error, c.error) || (run.Error == "") != (c.error == "") {
				t.Errorf("the run's error is %q, want %q", run.Error, c.error)
			}
			if known := run.Succeeded != nil && *run.Succeeded; known != (c.error == "") {
				t.Errorf("succeeded: %v", run.Succeeded)
			}
		})
	}
}

func TestADatabaseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	status := h.path("var/lib/dpkg/status")
	whole := read(t, status)
	write(t, status, "Package good\n")
	unknown := "what became of the packages is not known, they could not be looked at before the run: dpkg-query"
	run := h.run(0, "true")
	if !strings.HasPrefix(run.Error, unknown) || run.Outcomes != nil || run.Succeeded != nil {
		t.Errorf("before: %+v", run)
	}
	run = h.run(3, "sh", "-c", "exit 3")
	if !strings.HasPrefix(run.Error, "the command ended with exit code 3; "+unknown) || run.Succeeded == nil || *run.Succeeded {
		t.Errorf("before a run that fails: %+v", run)
	}
	write(t, status, whole)
	run = h.run(5, "sh", "-c", "echo Package good > "+status+"; exit 5")
	if !strings.HasPrefix(run.Error, "the command ended with exit code 5; the packages could not be looked at after the run: dpkg-query") {
		t.Errorf("afterwards: %+v", run)
	}
	write(t, status, whole)
	odd := "sed -i '/^Package: held/,/^$/ s/^Architecture: .*/Architecture:/' " + status
	if run = h.run(0, "sh", "-c", odd); !strings.HasPrefix(run.Error, `what became of it is not known: dpkg's entry "held"`) {
		t.Errorf("an odd entry afterwards: %+v", run)
	}
}

func TestAToolThatHangsKeepsNoCommandFromItsStart(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	status := h.path("var/lib/dpkg/status")
	if err := errors.Join(os.Remove(status), syscall.Mkfifo(status, 0o600)); err != nil {
		t.Fatal(err)
	}
	r, _, stderr := h.runner()
	r.Timeout = time.Second
	run, code, err := r.Run(t.Context(), []string{"sh", "-c", "exit 6"})
	if err != nil || code != 6 || !strings.Contains(stderr.String(), "sh is started all the same: ") || !strings.Contains(run.Error, "is not known") {
		t.Errorf("%+v, %d, %v: %s", run, code, err, stderr)
	}
}

func TestOnlyTheContextsEndKeepsACommandFromItsStart(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	proof := h.path("proof")
	ended, end := context.WithCancel(t.Context())
	end()
	r, _, stderr := h.runner()
	if run, code, err := r.Run(ended, []string{"touch", proof}); run != nil || code != 1 || !errors.Is(err, context.Canceled) || stderr.Len() > 0 {
		t.Errorf("%v, %d, %v: %s", run, code, err, stderr)
	}
	if _, err := os.Stat(proof); err == nil {
		t.Error("the command was started")
	}
}

func TestTheEventIsOneThatCanBeSent(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1"})
	run := h.run(0, "apt-get", "-y", "upgrade")
	run.ID, run.Host, run.RunID = "run-1", "web-1", "run-1"
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
}

func TestTheMachinesAptMayBeConfiguredToAnotherPlace(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1"})
	r, _, stderr := h.runner()
	r.Root = ""
	run, code, err := r.Run(t.Context(), []string{"apt-get", "-y", "upgrade"})
	if err != nil || code != 0 {
		t.Fatal(code, err, stderr)
	}
	diff(t, "outcomes", []string{"good.amd64 1.0 > 1.1 installed"}, outcomesOf(run))
	if run.BootID == "" {
		t.Error("the boot is the machine's own, and has no id")
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1"})
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	h.run(0, "apt-get", "-y", "upgrade")
	left, err := filepath.Glob(filepath.Join(tmp, "patchstream*"))
	if err != nil || left != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestPlanSaysWhyAPackageIsKeptBack(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	r := &Runner{Runner: host.Runner{Root: root, Env: append(os.Environ(), "APT_CONFIG="+filepath.Join(root, "etc/apt/apt.conf"))}}
	p, err := r.Plan(t.Context(), []string{"apt-get", "dist-upgrade"})
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, s := range p.Steps {
		if s.Action == host.ActionKeep {
			kept = append(kept, strings.Join([]string{s.Name, s.Arch, s.From, s.To, s.Reason}, " "))
		}
	}
	slices.Sort(kept) // each apt has its own order
	diff(t, "kept", []string{
		"curl amd64 7.81.0-1ubuntu1.10 7.81.0-1ubuntu1.16 held",
		"systemd amd64 249.11-0ubuntu3.10 249.11-0ubuntu3.12 phased: 0%",
		"upd-phased amd64 1.0-1 1.1-1 phased: 0%",
	}, kept)
}
