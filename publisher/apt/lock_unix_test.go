//go:build unix

package apt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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
	if report := os.Getenv("APT_TEST_RUN"); report != "" {
		os.Exit(runAndReport(report))
	}
	os.Exit(m.Run())
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

func TestACommandThatHangsIsEnded(t *testing.T) {
	tools := &toolbox{timeout: 100 * time.Millisecond}
	err := tools.run(t.Context(), func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	}, "sleep", "600")
	if err == nil || !strings.Contains(err.Error(), "gave no answer in time") {
		t.Errorf("the error is %v", err)
	}
}

func TestACommandEndsWithWhatItStarted(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { // the file ends when its last writer, the grandchild, does
		_, err := os.ReadFile(fifo)
		gone <- err
	}()
	ctx, cancel := context.WithCancel(t.Context())
	tools := &toolbox{timeout: time.Minute}
	err := tools.run(ctx, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			cancel() // it has the file open
		}
		return lines.Err()
	}, "sh", "-c", `(exec 3>"$0"; echo started; exec sleep 600) & wait`, fifo)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	select {
	case err := <-gone:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("what the command started is still there")
	}
}

func TestACommandIsStoppedWhenEnoughWasRead(t *testing.T) {
	tools := &toolbox{timeout: time.Minute}
	err := tools.run(t.Context(), func(r io.Reader) error {
		if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
			return err
		}
		return errEnough
	}, "sh", "-c", "echo first; exec sleep 600")
	if err != nil {
		t.Error(err)
	}
}
