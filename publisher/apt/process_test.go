//go:build linux

package apt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/patchstream/patchstream/publisher/host"
)

// other is a process that runs a command.
type other struct {
	t      *testing.T
	cmd    *exec.Cmd
	report string
	out    *bufio.Reader // what it writes to stdout
	in     io.WriteCloser
}

// newOther prepares one, in a session of its own, and so without a terminal. Its stderr is thrown away.
func newOther(h *patchHost, argv ...string) *other {
	h.t.Helper()
	o := &other{t: h.t, cmd: exec.Command(os.Args[0], argv...), report: filepath.Join(h.t.TempDir(), "report")}
	o.cmd.Env = append(h.env(), "APT_TEST_RUN="+o.report, "APT_TEST_RUN_ROOT="+h.root)
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return o
}

// start starts it with pipes as input and output.
func (o *other) start() {
	o.t.Helper()
	in, err := o.cmd.StdinPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.in, o.out = in, bufio.NewReader(out)
}

// expect reads a line of its output.
func (o *other) expect(want string) {
	o.t.Helper()
	if line, err := o.out.ReadString('\n'); err != nil || strings.TrimSpace(line) != want {
		o.t.Fatalf("it says %q, %v, want %q", line, err, want)
	}
}

// ended waits for its end, and returns what it reports. Its exit code must be the command's.
func (o *other) ended() report {
	o.t.Helper()
	err := o.cmd.Wait()
	var r report
	if err := json.Unmarshal([]byte(read(o.t, o.report)), &r); err != nil {
		o.t.Fatal(err)
	}
	if code := o.cmd.ProcessState.ExitCode(); code != r.Code || r.Err != "<nil>" {
		o.t.Fatalf("it ended with %v, and reports %d, %s", err, r.Code, r.Err)
	}
	return r
}

func TestSignalsGoToTheCommand(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t)
	for sent, name := range map[syscall.Signal]string{
		syscall.SIGINT: "INT", syscall.SIGTERM: "TERM", syscall.SIGHUP: "HUP", syscall.SIGQUIT: "QUIT",
	} {
		t.Run(name, func(t *testing.T) {
			// Not read: a shell that has looked for signals and not yet begun to read would sleep over one that comes then.
			o := newOther(h, "sh", "-c", "trap 'kill $!; echo got; exit 9' "+name+"; sleep 60 >/dev/null 2>&1 & echo ready; wait")
			o.start()
			o.expect("ready")
			if err := o.cmd.Process.Signal(sent); err != nil {
				t.Fatal(err)
			}
			o.expect("got")
			if r := o.ended(); r.Code != 9 {
				t.Errorf("the code is %d, want the command's, 9", r.Code)
			}
		})
		t.Run(name+" ends it", func(t *testing.T) {
			o := newOther(h, "sh", "-c", "echo ready; exec cat")
			o.start()
			o.expect("ready")
			if err := o.cmd.Process.Signal(sent); err != nil {
				t.Fatal(err)
			}
			r := o.ended()
			if want := "the command was ended by a signal: " + sent.String(); r.Code != 128+int(sent) || !strings.HasPrefix(r.Run.Error, want) {
				t.Errorf("code %d, error %q, want %d, %q", r.Code, r.Run.Error, 128+int(sent), want)
			}
		})
	}
}

func TestASignalThatWasIgnoredStaysSo(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t)
	command := []string{"sh", "-c", "kill -HUP $$; echo alive"}
	for _, c := range []struct {
		nohup string
		out   string
		code  int
	}{{"trap '' HUP; ", "alive\n", 0}, {"", "", 129}} {
		o := newOther(h)
		o.cmd.Path, o.cmd.Args = "/bin/sh", append([]string{"sh", "-c", c.nohup + `exec "$@"`, "sh", os.Args[0]}, command...)
		o.start()
		text, err := io.ReadAll(o.out)
		if err != nil {
			t.Fatal(err)
		}
		if r := o.ended(); string(text) != c.out || r.Code != c.code {
			t.Errorf("with %q: %q, code %d, want %q, code %d", c.nohup, text, r.Code, c.out, c.code)
		}
	}
}

// A package whose script waits in the middle, so that a test can be there.
func (h *patchHost) offerOneThatWaits(script string) (reached, goOn string) {
	h.t.Helper()
	reached, goOn = h.path("reached"), h.path("go-on")
	for _, path := range []string{reached, goOn} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	h.offer(deb{name: "good", version: "1.1", scripts: map[string]string{
		"postinst": "set -e; echo here > " + reached + "; read line < " + goOn + "; " + script,
	}}, deb{name: "post", version: "1.1", depends: "good (>= 1.1)"})
	return reached, goOn
}

func TestKilledInTheMiddleTheCommandRunsToItsEnd(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	reached, goOn := h.offerOneThatWaits("echo to stdout; echo to stderr >&2")
	o := newOther(h, "apt-get", "-y", "-o", "Dpkg::Use-Pty=0", "upgrade")
	alive, held, err := os.Pipe() // descriptor 3 of the other, and of the command: closed when both have ended
	if err != nil {
		t.Fatal(err)
	}
	o.cmd.ExtraFiles = []*os.File{held}
	out, err := os.Create(h.path("stdout"))
	if err != nil {
		t.Fatal(err)
	}
	o.cmd.Stdout = out
	stderr, err := o.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = held.Close()
	if text := read(t, reached); text != "here\n" { // waits for the script
		t.Fatalf("the script says %q", text)
	}
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = o.cmd.Wait()
	_ = stderr.Close()
	write(t, goOn, "now\n")
	if _, err := io.Copy(io.Discard, alive); err != nil { // until nobody has it open
		t.Fatal(err)
	}
	if states := trimmed(h.states()); states[0] != "good all 1.1 ii" || states[4] != "post all 1.1 ii" {
		t.Errorf("dpkg says %v", states)
	}
	history := read(t, h.path("var/log/apt/history.log"))
	if !strings.Contains(history, "End-Date: ") || strings.Contains(history, "Error: ") {
		t.Errorf("apt's history is %s", history)
	}
	if text := read(t, h.path("stdout")); !strings.Contains(text, "Setting up post (1.1)") {
		t.Errorf("the output is %s", text)
	}
	next := h.run(0, "apt-get", "-y", "upgrade")
	if next.Outcomes != nil || next.Error != "" {
		t.Errorf("the next run says %v, %q", outcomesOf(next), next.Error)
	}
}

// apt itself is killed: dpkg and the script that it runs go on until dpkg finds that nobody reads its status, and
// that is waited for.
func TestTheCommandIsKilledAndDpkgWorksOn(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	reached, goOn := h.offerOneThatWaits("")
	r, _, _ := h.runner()
	waits := 0
	r.signal = func(moment) {
		if waits++; waits == 1 {
			write(t, goOn, "now\n")
		}
	}
	go func() {
		_, _ = os.ReadFile(reached)
		pid, _ := host.LockHolder(h.path("var/lib/dpkg/lock-frontend"))
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}()
	run, code, err := r.Run(t.Context(), []string{"apt-get", "-y", "-o", "Dpkg::Use-Pty=0", "install", "good", "post"})
	if err != nil || code != 137 || waits == 0 {
		t.Fatalf("code %d, error %v, waited %d times", code, err, waits)
	}
	why := "failed configure: the command was ended by a signal: killed"
	diff(t, "outcomes", []string{"good.amd64 1.0 > 1.1 " + why, "post.amd64 1.0 > 1.1 " + why}, outcomesOf(run))
	diff(t, "dpkg", []string{"good all 1.1 iF", "post all 1.1 iU"}, []string{trimmed(h.states())[0], trimmed(h.states())[4]})
}

// It signals this very process, so no other test may run beside it.
func TestWaitingForDpkgEndsWithASignalOrNeverBegins(t *testing.T) {
	h := newPatchHost(t, sixPackages...)
	for _, patient := range []bool{true, false} {
		_, release := lock(t, h.path("var/lib/dpkg/lock"))
		r, _, _ := h.runner()
		waits := 0
		r.signal = func(moment) {
			waits++
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}
		if !patient {
			r.Wait = -1
		}
		if run, code, err := r.Run(t.Context(), []string{"true"}); err != nil || code != 0 || run.Error != "" || (waits > 0) != patient {
			t.Errorf("patient %v: %+v, code %d, error %v, waited %d times", patient, run, code, err, waits)
		}
		release()
	}
}

func TestNotRoot(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1"})
	o := newOther(h, "apt-get", "-y", "upgrade")
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	o.cmd.Path, o.report = h.path("patchstream"), h.path("report")
	write(t, o.cmd.Path, string(self))
	write(t, o.report, "")
	write(t, h.path("var/lib/dpkg/lock-frontend"), "")
	for path, mode := range map[string]os.FileMode{
		filepath.Dir(h.root): 0o755, h.root: 0o755, o.cmd.Path: 0o755, o.report: 0o666, h.path("var/lib/dpkg/lock-frontend"): 0o444,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	o.cmd.Env = append(o.cmd.Env, "APT_TEST_RUN="+o.report)
	if os.Geteuid() == 0 {
		o.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	var stderr bytes.Buffer
	o.cmd.Stderr = &stderr
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := o.ended()
	why := "permission: Could not open lock file " + h.path("var/lib/dpkg/lock-frontend") + " - open (13: Permission denied)"
	diff(t, "outcomes", []string{"good.amd64 1.0 > 1.1 not_attempted plan: " + why}, outcomesOf(r.Run))
	if r.Code != 100 || !strings.HasPrefix(r.Run.Error, why) || !strings.HasPrefix(stderr.String(), "patchstream: not root: apt-get will most likely refuse\nE: ") {
		t.Errorf("code %d, error %q, stderr %q", r.Code, r.Run.Error, stderr.String())
	}
}

func TestNobodyReadsStderrAnyMore(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "good", version: "1.1", scripts: map[string]string{"postinst": "set -e; echo to stderr >&2"}})
	o := newOther(h, "apt-get", "-y", "-o", "Dpkg::Use-Pty=0", "install", "good")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o.cmd.Stderr = writer
	_ = reader.Close()
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	diff(t, "outcomes", []string{"good.amd64 1.0 > 1.1 installed"}, outcomesOf(o.ended().Run))
}

// fakeApt puts a script called apt-get in place, which simulates nothing.
func (h *patchHost) fakeApt(script string) string {
	h.t.Helper()
	path := h.path("bin/apt-get")
	write(h.t, path, "#!/bin/sh\n[ \"$1\" != -s ] || exit 0\n"+script+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func TestWhatIsAddedToTheCommand(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t)
	apt := h.fakeApt(`echo "$@"; for fd in 3 4 5; do [ -e /proc/$$/fd/$fd ] && echo "$fd is open"; done; exit 0`)
	for _, c := range []struct{ argv, want string }{
		{apt + " -y upgrade", "-o APT::Status-Fd=3 -y upgrade\n3 is open\n"},
		{apt, "-o APT::Status-Fd=3\n3 is open\n"},
		{apt + " -o apt::status-fd=2 -y upgrade", "-o apt::status-fd=2 -y upgrade\n"},
		{"sh " + apt + " upgrade", "upgrade\n"},
		{"env A=b nice -n 1 " + apt + " upgrade", "-o APT::Status-Fd=3 upgrade\n3 is open\n"},
	} {
		r, stdout, stderr := h.runner()
		if _, code, err := r.Run(t.Context(), strings.Fields(c.argv)); err != nil || code != 0 {
			t.Fatal(code, err, stderr)
		}
		diff(t, c.argv, c.want, stdout.String())
	}
	o := newOther(h, apt, "upgrade")
	o.cmd.ExtraFiles = []*os.File{os.Stdin, os.Stdin}
	o.start()
	text, err := io.ReadAll(o.out)
	if err != nil {
		t.Fatal(err)
	}
	o.ended()
	diff(t, "behind two inherited descriptors", "-o APT::Status-Fd=5 upgrade\n3 is open\n4 is open\n5 is open\n", string(text))
}

// The plan is asked where the command works: of a local archive, by its relative path too.
func TestThePlanIsAskedInTheCommandsOwnDirectoryAndEnvironment(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t, sixPackages...)
	h.offer(deb{name: "tool-b", version: "1.0"})
	h.build("base", deb{name: "tool-a", version: "1.0", depends: "tool-b"})
	config := h.path("theirs.conf")
	write(t, config, read(t, h.path("etc/apt/apt.conf")))
	want := []string{
		"tool-a.amd64  > 1.0 not_attempted plan: the command ended with exit code 1",
		"tool-b.amd64  > 1.0 not_attempted plan: the command ended with exit code 1",
	}
	for _, line := range []string{
		"apt-get install --assume-no ./tool-a_1.0_all.deb",
		"apt-get install --assume-no " + h.path("base/tool-a_1.0_all.deb"),
		"env -C .. nice apt-get install --assume-no ./base/tool-a_1.0_all.deb",
		"env APT_CONFIG=../theirs.conf LC_ALL=de_DE.UTF-8 apt-get install --assume-no ./tool-a_1.0_all.deb",
		"sh -c|apt-get install --assume-no './tool-a_1.0_all.deb'",
	} {
		words := strings.Split(line, "|")
		o := newOther(h, append(strings.Fields(words[0]), words[1:]...)...)
		o.cmd.Dir = h.path("base")
		if strings.Contains(line, "APT_CONFIG") { // without the command's own it would be the machine's
			o.cmd.Env = append(o.cmd.Env, "APT_CONFIG=/dev/null", "APT_TEST_RUN_ROOT=")
		}
		o.start()
		if _, err := io.Copy(io.Discard, o.out); err != nil {
			t.Fatal(err)
		}
		diff(t, line, want, outcomesOf(o.ended().Run))
	}
}

// dpkg speaks to the terminal that apt gives it, in the user's language, and apt's own log keeps it. (Where the
// language is not installed it speaks English.)
func TestReasonsBehindAShellAreFoundInAnyLanguage(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de", "fr", "sv", "tr", "uk", "zh_CN"} {
		t.Run(language, func(t *testing.T) {
			h := newPatchHost(t, sixPackages...)
			h.offer(deb{name: "good", version: "1.1"}, deb{name: "pre", version: "1:1.1", scripts: map[string]string{"preinst": failing("4")}})
			o := newOther(h, "sh", "-c", "apt-get -y upgrade && true")
			o.cmd.Env = append(o.cmd.Env, "LC_ALL=C.UTF-8", "LANGUAGE="+language)
			o.start()
			if _, err := io.Copy(io.Discard, o.out); err != nil {
				t.Fatal(err)
			}
			got := outcomesOf(o.ended().Run)
			if len(got) != 2 || !strings.HasPrefix(got[0], "good.amd64 1.0 > 1.1 failed configure: aborted by pre: ") ||
				!strings.HasPrefix(got[1], "pre.amd64 1:1.0 > 1:1.1 failed unpack: ") || !strings.Contains(got[1], "4") || strings.Contains(got[1], "exit code") {
				t.Errorf("%q", got)
			}
			if shown := read(t, h.path("var/log/apt/term.log")); !strings.Contains(shown, "(--unpack)") {
				t.Errorf("apt's log: %s", shown)
			}
		})
	}
}
