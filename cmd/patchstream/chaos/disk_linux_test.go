package chaos

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk returns a directory on a file system of its own and of that size. It is mounted nowhere, only held
// open: it is gone when this process is, however that ends. The error says that we may not do that here.
func smallDisk(t *testing.T, bytes int) (string, error) {
	t.Helper()
	fs, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return "", fmt.Errorf("fsopen: %w", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigSetString(fs, "size", fmt.Sprint(bytes)); err != nil {
		return "", fmt.Errorf("fsconfig: %w", err)
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return "", fmt.Errorf("fsconfig: %w", err)
	}
	root, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("fsmount: %w", err)
	}
	t.Cleanup(func() { _ = unix.Close(root) })
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), root), nil
}
