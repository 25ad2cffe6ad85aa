//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A root belongs to whoever made it: its etc/hostname may be a pipe that nobody writes to, or a link out of it.
func TestTheNameOfARootIsOnlyEverAFileOfItsOwn(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "hostname")
	if err := os.WriteFile(outside, []byte("other-host\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		put  func(path string) error
		want string
	}{
		"a file":     {func(path string) error { return os.WriteFile(path, []byte("web-1\n"), 0o644) }, "web-1"},
		"a pipe":     {func(path string) error { return syscall.Mkfifo(path, 0o600) }, ""},
		"a link out": {func(path string) error { return os.Symlink(outside, path) }, ""},
		"no name":    {func(path string) error { return os.WriteFile(path, []byte("a b\n"), 0o644) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := c.put(filepath.Join(root, "etc", "hostname")); err != nil {
				t.Fatal(err)
			}
			if got := rootName(root); got != c.want {
				t.Errorf("the root's name is %q, want %q", got, c.want)
			}
		})
	}
}
