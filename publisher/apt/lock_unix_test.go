//go:build linux

package apt

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// TestMain lets the test's own binary be the other process of a test: one that holds a lock, one whose memory is
// measured, or one that runs a command.
func TestMain(m *testing.M) {
	if path := os.Getenv("APT_TEST_LOCK"); path != "" {
		os.Exit(holdLock(path))
	}
	if root := os.Getenv("APT_TEST_MEASURE"); root != "" {
		os.Exit(measure(root))
	}
	if root := os.Getenv("APT_TEST_COLLECT"); root != "" {
		os.Exit(collectAndPrint(root))
	}
	if report := os.Getenv("APT_TEST_RUN"); report != "" {
		os.Exit(runAndReport(report))
	}
	shed()
	os.Exit(runWithTrees(m))
}

// shed lets no process of a test inherit what this one has from its caller: files that are open, which some tests
// count, or a hang-up that nohup has it ignore.
func shed() {
	for fd := 3; fd < 10; fd++ {
		syscall.CloseOnExec(fd)
	}
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
}

// holdLock locks a file as dpkg does, says so, and keeps it until its input ends.
func holdLock(path string) int {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err == nil {
		err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// lock has another process lock a file until the function it returns is called, and returns that process's id.
func lock(t *testing.T, path string) (int, func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "APT_TEST_LOCK="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	release := func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); said != "locked\n" {
		release()
		t.Fatalf("the other process says %q, %v", said, err)
	}
	return cmd.Process.Pid, release
}

func TestADpkgLockIsSeenAndNotTaken(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lock", "lock-frontend"} {
		root := buildRoot(t, "ubuntu")
		path := filepath.Join(root, "var/lib/dpkg", name)
		pid, release := lock(t, path)
		why := collectPartial(t, Collector{Root: root, Wait: -1})
		if want := fmt.Sprintf("dpkg is running: process %d holds %s", pid, path); why != want {
			t.Errorf("the reason is %q, want %q", why, want)
		}
		release()
		collectRoot(t, root) // the file is still there, the lock is not
		_, release = lock(t, path)
		release()
	}
}

func TestWaitsForTheLock(t *testing.T) {
	t.Parallel()
	root := buildRoot(t, "ubuntu")
	_, release := lock(t, filepath.Join(root, "var/lib/dpkg/lock-frontend"))
	waits := 0
	c := Collector{Root: root, signal: func(m moment) {
		if m == waiting {
			if waits++; waits == 1 {
				release()
			}
		}
	}}
	scan, err := c.Collect(t.Context())
	if err != nil || !scan.Complete || waits != 1 {
		t.Errorf("waited %d times: scan %+v, error %v", waits, scan, err)
	}
}
