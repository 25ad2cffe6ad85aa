//go:build linux

package rpmproof

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// insideEnv names the directory that all is made in, once the test is in a mount namespace of its own.
const insideEnv = "PATCHSTREAM_RPMPROOF"

var workDir = os.Getenv(insideEnv)

func TestMain(m *testing.M) {
	if workDir == "" {
		os.Exit(inNamespace())
	}
	os.Exit(m.Run())
}

// inNamespace runs the tests in a mount namespace, on a file system in memory: an overlay cannot lie over what it lies in.
func inNamespace() int {
	dir, err := os.MkdirTemp("", "patchstream-rpmproof-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	script := `set -e; mount -t tmpfs -o size=2g,mode=755 rpmproof "$0"; exec "$@"`
	cmd := exec.Command("unshare", append([]string{"--mount", "--propagation", "private", "sh", "-c", script, dir}, os.Args...)...)
	cmd.Env = append(os.Environ(), insideEnv+"="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return ended.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, "rpmproof needs root, and unshare:", err)
		return 1
	}
	return 0
}

// binary builds the program at the first call and returns its path. It looks at every directory of the module, so that the
// result of this test, which go would otherwise take from its cache, is of the program as it is now.
var binary = sync.OnceValue(func() string {
	_ = filepath.WalkDir(filepath.Join("..", "..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		return nil
	})
	path := filepath.Join(workDir, "patchstream")
	cmd := exec.Command("go", "build", "-o", path, "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(string(out))
	}
	return path
})

// mount mounts, and unmounts at the test's end.
func mount(t testing.TB, source, target, kind string, flags uintptr, options string) {
	t.Helper()
	if err := os.MkdirAll(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(source, target, kind, flags, options); err != nil {
		t.Fatalf("mount %s on %s: %v", source, target, err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(target, syscall.MNT_DETACH) })
}
