package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
)

// nowhere is a server that is not there: nobody listens on port 1.
const nowhere = "nats://127.0.0.1:1"

// patchRoot is a small Debian of its own, changed by the machine's dpkg.
type patchRoot struct {
	t    *testing.T
	root string
}

func newPatchRoot(t *testing.T) *patchRoot {
	t.Helper()
	r := &patchRoot{t, t.TempDir()}
	for _, dir := range []string{"etc/apt", "var/lib/apt/lists/partial", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "tmp"} {
		if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.write("var/lib/dpkg/status", "", 0o644)
	r.write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n", 0o644)
	return r
}

func (r *patchRoot) path(name string) string { return filepath.Join(r.root, name) }

func (r *patchRoot) write(name, text string, mode os.FileMode) string {
	r.t.Helper()
	path := r.path(name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = writeProgram(path, text)
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return path
}

// dpkg is a shell command of dpkg for the root.
func (r *patchRoot) dpkg(args ...string) string {
	return strings.Join(slices.Concat([]string{
		"dpkg", "--admindir=" + r.path("var/lib/dpkg"), "--instdir=" + r.root, "--log=" + r.path("var/log/dpkg.log"),
		"--force-script-chrootless", "--force-not-root", "--force-bad-path",
	}, args), " ")
}

// deb builds a package; script is its postinst.
func (r *patchRoot) deb(name, version, script string) string {
	r.t.Helper()
	tree := filepath.Join("build", name+version)
	r.write(tree+"/DEBIAN/control", fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: X <x@example.com>\nDescription: x\n", name, version), 0o644)
	r.write(tree+"/DEBIAN/postinst", "#!/bin/sh\n"+script+"\n", 0o755)
	path := r.path(name + "_" + version + ".deb")
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", r.path(tree), path).CombinedOutput(); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	return path
}

func (r *patchRoot) sh(line string) {
	r.t.Helper()
	if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v: %s", line, err, out)
	}
}

// args are those of a run of a shell command that changes the root.
func (r *patchRoot) args(line string, flags ...string) []string {
	return slices.Concat([]string{"run", "--root", r.root, "--host", "web-1"}, flags, []string{"--", "sh", "-c", line})
}

// inbox is a server that keeps what it is sent.
type inbox struct {
	*server
	js jetstream.JetStream
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	s := serve(t, t.TempDir(), "--no-worker")
	js := s.jetstream(t)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: messages.StreamEvents, Subjects: []string{"patch.scan.>", "patch.run.>"}}); err != nil {
		t.Fatal(err)
	}
	return &inbox{s, js}
}

// events are all that came, in order.
func (in *inbox) events(t *testing.T) (all []messages.Event) {
	t.Helper()
	stream, err := in.js.Stream(t.Context(), messages.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		kind := messages.Kind(strings.Split(m.Subject, ".")[1])
		e, err := messages.Decode(kind, m.Data, messages.EncodingOf(m.Header))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// only returns the one run that came.
func (in *inbox) only(t *testing.T) *messages.Run {
	t.Helper()
	all := in.events(t)
	if len(all) != 1 {
		t.Fatalf("%d events, want one run", len(all))
	}
	return all[0].(*messages.Run)
}

func outcomes(r *messages.Run) string {
	var all []string
	for _, o := range r.Outcomes {
		all = append(all, fmt.Sprintf("%s %s>%s %s", o.Name, o.From, *o.To, o.Result))
	}
	return strings.Join(all, ", ")
}

// spooledIn returns what waits in a directory.
func spooledIn(t *testing.T, dir string) (list print.Spooled) {
	t.Helper()
	decode(t, must(t, live(t, "spool", "list", "--spool", dir, "-o", "json")), &list)
	return list
}

func TestRunPublishesTheRunThenTheScanAndPassesTheCode(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	good, bad := r.deb("good", "1.1", "true"), r.deb("bad", "1.1", "exit 3")
	line := "echo said; " + r.dpkg("-i", good, bad) + "; exit 42"
	p := start(t, r.args(line, "--server", in.nats, "--spool", t.TempDir(), "--run-id", "nightly-7", "--tag", "Patch Group=web")...)
	p.lineWith(t, "said")
	if code := p.wait(t).ExitCode(); code != 42 {
		t.Errorf("exit code %d, want the command's: %s", code, p.stderr)
	}
	all := in.events(t)
	if len(all) != 2 {
		t.Fatalf("%d events; stderr: %s", len(all), p.stderr)
	}
	run, scan := all[0].(*messages.Run), all[1].(*messages.Scan)
	if run.RunID != "nightly-7" || run.Host != "web-1" || *run.ExitCode != 42 || outcomes(run) != "bad >1.1 failed, good >1.1 installed" {
		t.Errorf("%+v", run)
	}
	if scan.Host != "web-1" || scan.Tags["Patch Group"] != "web" || !scan.TakenAt.After(run.FinishedAt) {
		t.Errorf("%+v", scan)
	}
	for _, words := range []string{"published run " + run.ID + " of web-1: FAILED with exit code 42: 1 installed, 1 failed\n", "post-installation script subprocess returned error"} {
		if !strings.Contains(p.stderr.String(), words) {
			t.Errorf("stderr lacks %q: %s", words, p.stderr)
		}
	}
}

func TestRunWithoutAServerIsSpooledAndArrivesOnce(t *testing.T) {
	t.Parallel()
	r, dir := newPatchRoot(t), filepath.Join(t.TempDir(), "spool")
	away := live(t, r.args(r.dpkg("-i", r.deb("good", "1.1", "true"))+"; exit 9", "--server", nowhere, "--spool", dir, "--timeout", "100ms")...)
	if away.code != 9 {
		t.Errorf("exit code %d", away.code)
	}
	for _, kind := range []string{"run", "scan"} {
		if !containsAll(away.stderr, []string{"patchstream: " + kind + " ", "of web-1 waits in " + dir, "patchstream spool flush", "no NATS server at " + nowhere}) {
			t.Errorf("of the %s is said: %s", kind, away.stderr)
		}
	}
	list := spooledIn(t, dir)
	if len(list.Events) != 2 || list.Events[0].Kind != messages.KindRun || list.Events[1].Kind != messages.KindScan {
		t.Fatalf("%+v", list)
	}
	if table := must(t, live(t, "spool", "list", "--spool", dir)); !containsAll(table, []string{"KIND", "web-1", list.Events[0].ID}) {
		t.Errorf("%s", table)
	}
	live(t, "spool", "flush", "--spool", dir, "--server", nowhere).wants(t, exitFailed, "no NATS server at "+nowhere)

	in := newInbox(t)
	if got := must(t, in.ask(t, "spool", "flush", "--spool", dir)); got != "sent 2 events from "+dir+"\n" {
		t.Errorf("%q", got)
	}
	if got := must(t, in.ask(t, "spool", "flush", "--spool", dir, "-o", "json")); !strings.Contains(got, `"sent": 0`) || !strings.Contains(got, `"set_aside": []`) {
		t.Errorf("%s", got)
	}
	all := in.events(t)
	if len(all) != 2 || all[0].EventID() != list.Events[0].ID || all[1].EventID() != list.Events[1].ID {
		t.Errorf("%v", all)
	}
	if got := must(t, live(t, "spool", "list", "--spool", dir)); got != "Nothing waits in "+dir+".\n" {
		t.Errorf("%q", got)
	}
}

// A boot at the end of a run, while the server is away: the event is on the disk before the server is waited for.
func TestARunThatIsKilledWhilePublishingIsReportedLater(t *testing.T) {
	t.Parallel()
	r, dir := newPatchRoot(t), t.TempDir()
	p := start(t, r.args(r.dpkg("-i", r.deb("good", "1.1", "true")), "--server", nowhere, "--spool", dir, "--timeout", "10m")...)
	eventually(t, func() bool { return len(spooledIn(t, dir).Events) == 1 }, "the run is in the spool")
	p.signal(t, syscall.SIGKILL)
	p.wait(t)
	in := newInbox(t)
	must(t, in.ask(t, "spool", "flush", "--spool", dir))
	if run := in.only(t); outcomes(run) != "good >1.1 installed" {
		t.Errorf("%+v", run)
	}
}

func TestWhatWaitsGoesOutWithTheNextScan(t *testing.T) {
	t.Parallel()
	r, dir := newPatchRoot(t), filepath.Join(t.TempDir(), "spool")
	r.sh(r.dpkg("-i", r.deb("good", "1.1", "true")))
	live(t, r.args("true", "--server", nowhere, "--spool", dir, "--timeout", "100ms", "--no-scan")...)
	in := newInbox(t)
	scan := in.ask(t, "scan", "--root", r.root, "--host", "web-1", "--spool", dir)
	if !strings.HasPrefix(scan.stdout, "published scan ") || len(spooledIn(t, dir).Events) != 0 {
		t.Errorf("%+v", scan)
	}
	if all := in.events(t); len(all) != 2 || all[0].Kind() != messages.KindRun || all[1].Kind() != messages.KindScan {
		t.Errorf("%v", all)
	}
}

func TestDryRunRunsAndSendsNothing(t *testing.T) {
	t.Parallel()
	r, in, dir := newPatchRoot(t), newInbox(t), filepath.Join(t.TempDir(), "spool")
	r.sh(r.dpkg("-i", r.deb("good", "1.0", "true")))
	ran, good := r.path("ran"), r.deb("good", "1.1", "touch "+r.path("ran"))
	args := func(flags ...string) []string {
		return slices.Concat([]string{"run", "--dry-run", "--root", r.root, "--host", "web-1", "--server", in.nats, "--spool", dir}, flags)
	}
	table := must(t, live(t, args("--", "nice", "apt-get", "-y", "install", good)...))
	if !containsAll(table, []string{"install", "good.", "1.0 → 1.1", "Nothing was run", "patch.run.web-1", "patch.scan.web-1", dir, in.nats}) {
		t.Errorf("%s", table)
	}
	var shown print.Intention
	decode(t, must(t, live(t, args("-o", "json", "--no-scan", "--run-id", "x", "sh", "-c", "apt-get -y install "+good)...)), &shown)
	if len(shown.Plan.Steps) != 1 || len(shown.Send) != 1 || shown.RunID != "x" {
		t.Errorf("%+v", shown)
	}
	if got := must(t, live(t, args("--", "touch", ran)...)); !strings.Contains(got, "touch cannot say what it would do") {
		t.Errorf("%s", got)
	}
	for _, path := range []string{ran, dir} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there", path)
		}
	}
	if all := in.events(t); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

func TestWhatARunLeftOutAndRemovedIsShown(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	r.sh(r.dpkg("-i", r.deb("good", "1.0", "true"), r.deb("old", "1.0", "true")))
	line := r.dpkg("-i", r.deb("good", "1.1", "true")) + "; " + r.dpkg("-i", r.deb("bad", "1.0", "exit 3")) + "; " + r.dpkg("--purge", "old")
	got := live(t, r.args(line, "--server", in.nats, "--spool", t.TempDir(), "--no-scan")...)
	run := in.only(t)
	shown, _, published := strings.Cut(got.stderr, "patchstream: published run "+run.ID+" of web-1: 1 installed, 1 failed, 1 removed\n")
	if !published || !containsAll(shown, []string{"PACKAGE", "bad.", "→ 1.0", "failed (configure)", "exit status 3", "old.", "purged"}) || strings.Contains(shown, "1.1") {
		t.Errorf("%s", got.stderr)
	}
	if len(run.Removed) != 1 || run.Removed[0].Name != "old" || run.Removed[0].From != "1.0" || run.Succeeded == nil || *run.Succeeded {
		t.Errorf("%+v", run)
	}
}

// apt and dpkg are asked where packages put them: a program of that name in the caller's PATH is the command's own
// business.
func TestWhatIsAskedIsNotLookedForInTheCallersPath(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	asked := r.path("asked")
	for _, name := range []string{"dpkg-query", "dpkg", "apt-get", "apt-config", "apt-cache"} {
		r.write("theirs/"+name, "#!/bin/sh\necho $0 $* >>"+asked+"\n", 0o755)
	}
	cmd := exec.Command(binary, "run", "--root", r.root, "--host", "web-1", "--server", in.nats, "--spool", t.TempDir(), "--", "apt-get", "-y", "upgrade")
	cmd.Env = append(os.Environ(), "PATH="+r.path("theirs")+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%v: %s", err, out)
	}
	if got := readFile(t, asked); strings.Count(got, "\n") != 1 || !strings.Contains(got, "/apt-get -o APT::Status-Fd=") {
		t.Errorf("asked: %s", got)
	}
}

func TestAHalfSpoolFileIsNamedAndTheRestSent(t *testing.T) {
	t.Parallel()
	r, in, dir := newPatchRoot(t), newInbox(t), filepath.Join(t.TempDir(), "spool")
	for range 2 {
		live(t, r.args("true", "--server", nowhere, "--spool", dir, "--timeout", "1ms", "--no-scan")...)
	}
	list := spooledIn(t, dir)
	if len(list.Events) != 2 {
		t.Fatalf("%+v", list)
	}
	if err := os.Truncate(filepath.Join(dir, list.Events[0].File), 40); err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(dir, strings.TrimSuffix(list.Events[0].File, ".event")+".damaged")
	flush := in.ask(t, "spool", "flush", "--spool", dir)
	if flush.code != exitDone || !strings.Contains(flush.stdout, "sent 1 event ") || !strings.Contains(flush.stderr, aside) {
		t.Errorf("%+v", flush)
	}
	if run := in.only(t); run.ID != list.Events[1].ID {
		t.Errorf("%+v", run)
	}
	after := live(t, "spool", "list", "--spool", dir)
	if !strings.Contains(after.stdout, "Nothing waits") || !strings.Contains(after.stderr, aside) {
		t.Errorf("%+v", after)
	}
}

func TestASpoolThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	dir := filepath.Join(r.write("blocked", "", 0o600), "spool")
	warning := "patchstream: warning: the spool " + dir + " cannot be used: "
	away := live(t, r.args("echo begun >&2; exit 5", "--server", nowhere, "--spool", dir, "--timeout", "1ms", "--no-scan")...)
	before, lost, ran := strings.Cut(away.stderr, "begun\n")
	if away.code != 5 || !ran || !strings.HasPrefix(before, warning) || strings.Count(before, "\n") != 1 {
		t.Errorf("%+v", away)
	}
	if !containsAll(lost, []string{"patchstream: keep run ", "of web-1", dir, "not a directory", "no NATS server at " + nowhere, "the event is lost"}) || strings.Count(lost, "\n") != 1 {
		t.Errorf("%+v", away)
	}
	there := live(t, r.args("exit 5", "--server", in.nats, "--spool", dir, "--no-scan")...)
	if all := in.events(t); there.code != 5 || len(all) != 1 || !strings.HasPrefix(there.stderr, warning) || !strings.Contains(there.stderr, "published run ") {
		t.Errorf("%d events: %+v", len(all), there)
	}
}

func TestAScanTellsOfASpoolThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	dir := filepath.Join(r.write("blocked", "", 0o600), "spool")
	warning := "patchstream: warning: the spool " + dir + " cannot be used: "
	args := []string{"scan", "--root", r.root, "--host", "web-1", "--spool", dir}
	away := live(t, append(args, "--server", nowhere, "--timeout", "1ms")...)
	if away.code != exitFailed || !strings.HasPrefix(away.stderr, warning) {
		t.Errorf("%+v", away)
	}
	_, lost, _ := strings.Cut(away.stderr, "\n")
	if !containsAll(lost, []string{"of web-1 is lost", dir, "not a directory", "no NATS server at " + nowhere}) || strings.Count(lost, "\n") != 1 {
		t.Errorf("%+v", away)
	}
	there := live(t, append(args, "--server", in.nats)...)
	if all := in.events(t); !strings.HasPrefix(there.stdout, "published scan ") || len(all) != 1 || !strings.HasPrefix(there.stderr, warning) {
		t.Errorf("%d events: %+v", len(all), there)
	}
}

// Nothing waits in a spool that was never made; in one that was named by a slip, who knows.
func TestASpoolThatIsNotThere(t *testing.T) {
	none, file := filepath.Join(t.TempDir(), "none"), write(t, "file", "")
	for dir, says := range map[string]string{none: "no such directory", file: "this is a file"} {
		call(t, "spool", "list", "--spool", dir).wants(t, exitFailed, "--spool "+dir, says)
		call(t, "spool", "flush", "--spool", dir, "--server", nowhere).wants(t, exitFailed, "--spool "+dir, says)
	}
	t.Setenv("PATCHSTREAM_SPOOL", none)
	if got := must(t, call(t, "spool", "list")); got != "Nothing waits in "+none+".\n" {
		t.Error(got)
	}
}

// What is only looked at makes no directory.
func TestADryRunMakesNoSpool(t *testing.T) {
	t.Parallel()
	r, dir := newPatchRoot(t), filepath.Join(t.TempDir(), "spool")
	live(t, "run", "--dry-run", "--root", r.root, "--host", "web-1", "--server", nowhere, "--spool", dir, "--", "true")
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}

func TestACommandThatDoesNotExist(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	got := live(t, "run", "--root", r.root, "--host", "web-1", "--server", in.nats, "--spool", t.TempDir(), "--no-scan", "--", "no-such-command")
	if got.code != 127 || !strings.Contains(got.stderr, "no-such-command") {
		t.Errorf("%+v", got)
	}
	if run := in.only(t); !strings.Contains(run.Error, "no-such-command") || len(run.Outcomes) != 0 {
		t.Errorf("%+v", run)
	}
}

// The command does not notice that patchstream is gone, and what it did is seen by the next run and scan.
func TestAKilledRunLeavesTheCommandToItsEnd(t *testing.T) {
	t.Parallel()
	r, in, dir := newPatchRoot(t), newInbox(t), t.TempDir()
	gate, done, mended := r.path("gate"), r.path("done"), r.path("mended")
	if err := mkfifo(gate); err != nil {
		t.Fatal(err)
	}
	good, bad := r.deb("good", "1.1", "true"), r.deb("bad", "1.1", "test -e "+mended)
	line := "echo begun; cat " + gate + "; " + r.dpkg("-i", good, bad) + "; echo $? >" + done + ".new; mv " + done + ".new " + done
	p := start(t, r.args(line, "--server", in.nats, "--spool", dir)...)
	p.lineWith(t, "begun")
	p.signal(t, syscall.SIGKILL)
	opened, err := os.OpenFile(gate, os.O_WRONLY, 0) // the command goes on
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { _, err := os.Stat(done); return err == nil }, "the command's end")
	if code := readFile(t, done); code != "1\n" {
		t.Errorf("dpkg ended with %s", code)
	}
	if all := in.events(t); len(all) != 0 {
		t.Errorf("a killed run has said something: %v", all)
	}

	var scan struct {
		Packages []struct{ Name, Installed, State string }
	}
	printed := live(t, "scan", "--print", "--root", r.root, "--host", "web-1")
	if err := json.Unmarshal([]byte(printed.stdout), &scan); err != nil || len(scan.Packages) != 2 {
		t.Fatalf("%v: %+v", err, printed)
	}
	for _, pkg := range scan.Packages {
		if pkg.Installed != "1.1" || (pkg.Name == "bad") != (pkg.State == "half-configured") {
			t.Errorf("%+v", pkg)
		}
	}
	r.write("mended", "", 0o600)
	must(t, live(t, r.args(r.dpkg("--configure", "-a"), "--server", in.nats, "--spool", dir, "--no-scan")...))
	if run := in.only(t); outcomes(run) != "bad 1.1>1.1 installed" {
		t.Errorf("%s", outcomes(run))
	}
}

// An interrupt is the command's to obey; its report is published all the same.
func TestAnInterruptedRunIsReported(t *testing.T) {
	t.Parallel()
	r, in := newPatchRoot(t), newInbox(t)
	if err := mkfifo(r.path("never")); err != nil {
		t.Fatal(err)
	}
	line := "trap 'kill $!; exit 33' TERM; cat " + r.path("never") + " >/dev/null 2>&1 & echo begun; wait"
	p := start(t, r.args(line, "--server", in.nats, "--spool", t.TempDir(), "--no-scan")...)
	p.lineWith(t, "begun")
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t).ExitCode(); code != 33 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if run := in.only(t); *run.ExitCode != 33 {
		t.Errorf("%+v", run)
	}
}

func TestWhatARunRefusesBeforeTheCommandStarts(t *testing.T) {
	t.Parallel()
	ran := filepath.Join(t.TempDir(), "ran")
	for flags, words := range map[string][]string{
		"--host a..b":                            {"--host"},
		"--tag group":                            {"--tag", "KEY=VALUE"},
		"--timeout 0s":                           {"--timeout"},
		"--tls-cert x":                           {"--tls-cert and --tls-key go together"},
		"--run-id " + strings.Repeat("x", 5_000): {"--run-id"},
	} {
		live(t, append(append([]string{"run"}, strings.Fields(flags)...), "--", "touch", ran)...).wants(t, exitUsage, words...)
	}
	live(t, "run", "--creds", filepath.Join(t.TempDir(), "none"), "--", "touch", ran).wants(t, exitFailed, "no such file")
	live(t, "run").wants(t, exitUsage, "too few arguments")
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command ran")
	}
}

func TestWhereTheSpoolIs(t *testing.T) {
	home := func() (string, error) { return "/home/u", nil }
	for _, c := range []struct {
		uid         int
		state, want string
	}{
		{0, "/ignored", "/var/spool/patchstream"},
		{1000, "", "/home/u/.local/state/patchstream/spool"},
		{1000, "/state", "/state/patchstream/spool"},
		{1000, "relative", "/home/u/.local/state/patchstream/spool"},
	} {
		if got, err := ownSpool(c.uid, c.state, home); got != c.want || err != nil {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
	if _, err := ownSpool(1000, "", func() (string, error) { return "", os.ErrNotExist }); err == nil || !strings.Contains(err.Error(), "--spool") {
		t.Errorf("%v", err)
	}
	if got, err := spoolOnWindows(func() (string, error) { return "local", nil }); got != filepath.Join("local", "patchstream", "spool") || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := spoolOnWindows(func() (string, error) { return "", os.ErrNotExist }); err == nil || !strings.Contains(err.Error(), "--spool") {
		t.Errorf("%v", err)
	}
	t.Setenv("PATCHSTREAM_SPOOL", "/elsewhere")
	if got := must(t, live(t, "spool", "list")); got != "Nothing waits in /elsewhere.\n" {
		t.Errorf("%q", got)
	}
}

// A scan without a server is no failure where it is kept.
func TestAScanIsKeptWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	full := func() (*messages.Scan, error) {
		s := collected(t)
		s.TakenAt = time.Now().UTC()
		return s, nil
	}
	r := scanWith(t, full, "--host", "web-1", "--server", nowhere, "--spool", dir, "--timeout", "100ms")
	if r.code != exitDone || r.stdout != "" || !strings.Contains(r.stderr, "warning: scan ") || len(spooledIn(t, dir).Events) != 1 {
		t.Errorf("%+v", r)
	}
}
