package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// callHost names the variable with what the machine is to be called before this test's program becomes another: Linux takes any
// bytes for a host's name, and tools that check it are in the way.
const callHost = "PATCHSTREAM_TEST_HOSTNAME"

func init() {
	name, given := os.LookupEnv(callHost)
	if !given {
		return
	}
	err := syscall.Sethostname([]byte(name))
	if err == nil {
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	panic(err)
}

// onHost is the program on a host that is called so, in a namespace of its own.
func onHost(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{binary}, args...)...)
	cmd.Env = append(os.Environ(), callHost+"="+name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
	}
	return cmd
}

// A host whose name no event can carry is patched all the same. What is not reported is said, before and after.
func TestRunOnAHostWithoutALegalNameRunsTheCommandAndSaysThatNothingIsReported(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"web 1", "web..1", ".web", "wéb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, in := newPatchRoot(t), newInbox(t)
			spool, line := t.TempDir(), "echo said; "+r.dpkg("-i", r.deb("good", "1.1", "true"))+"; exit 42"
			args := []string{"--root", r.root, "--spool", spool, "--server", in.nats}
			out, err := onHost(t, name, append(append([]string{"run"}, args...), "--", "sh", "-c", line)...).CombinedOutput()
			if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 42 {
				t.Errorf("ended with %v, and the command with 42\n%s", err, out)
			}
			text := string(out)
			before, after, ran := strings.Cut(text, "said\n")
			if !ran || !strings.Contains(before, "nothing will be reported: "+r.root+" has no etc/hostname") || !strings.Contains(before, "--host") {
				t.Errorf("before the command: %s", text)
			}
			if !strings.Contains(after, "the run is not reported: ") || !strings.Contains(after, "1 installed") {
				t.Errorf("after the command: %s", text)
			}
			if left, err := filepath.Glob(spool + "/*"); len(left) > 0 || err != nil || len(in.events(t)) > 0 {
				t.Errorf("left in the spool: %v, %v; sent: %d", left, err, len(in.events(t)))
			}
			out, err = onHost(t, name, append(append([]string{"run", "--host", "web-1", "--no-scan"}, args...), "--", "sh", "-c", "exit 7")...).CombinedOutput()
			if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 7 || in.only(t).Host != "web-1" {
				t.Errorf("with a name: %v\n%s", err, out)
			}
			if out, err := onHost(t, name, "scan", "--print").CombinedOutput(); err == nil || !containsAll(string(out), []string{"the host's own name", "--host"}) {
				t.Errorf("a scan: %v\n%s", err, out)
			}
			if out, err := onHost(t, name, "run", "--dry-run", "--root", r.root, "--", "apt-get", "upgrade").CombinedOutput(); err == nil || !strings.Contains(string(out), "--host") {
				t.Errorf("a dry run: %v\n%s", err, out)
			}
		})
	}
}
