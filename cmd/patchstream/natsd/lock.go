package natsd

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// LockedError says that another process works on a store directory.
type LockedError struct {
	Dir string
	PID int // 0: not known
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("the store %s is in use by %s: stop that one, or name another directory with --store", e.Dir, who)
}

const lockFile = "patchstream.lock"

// lock is held on a store directory. The kernel gives it back when the process dies.
type lock struct{ file *flock.Flock }

// lockStore makes the directory where it is missing, and locks it. The file stays when the lock goes: to
// remove it would let two processes hold a lock on two files of one name.
func lockStore(dir string) (*lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w: name another directory with --store", err)
	}
	path := filepath.Join(dir, lockFile)
	file := flock.New(path)
	held, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the store %s: %w", dir, err)
	}
	if !held {
		return nil, &LockedError{Dir: dir, PID: holder(path)}
	}
	// Only for the error of the next one, so a failure is none of ours.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return &lock{file}, nil
}

func holder(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

func (l *lock) release() { _ = l.file.Unlock() }
