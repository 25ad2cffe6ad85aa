package apt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// While dpkg works it notes each step in a file of its journal, updates/0000, updates/0001, …, and merges them
// into the status file now and then; a journal that is not empty means that dpkg is at work or was killed. It
// holds a lock on the file lock meanwhile, and apt one on lock-frontend for the whole of a run, in which dpkg
// is started several times. All of these are POSIX locks, and one can ask who holds them.

// busy says why dpkg's database is not at rest; empty: it is.
func busy(admindir string) (string, error) {
	for _, name := range []string{"lock-frontend", "lock"} {
		path := filepath.Join(admindir, name)
		switch pid, err := host.LockHolder(path); {
		case err != nil:
			return "", err
		case pid > 0:
			return fmt.Sprintf("dpkg is running: process %d holds %s", pid, path), nil
		case pid < 0:
			return fmt.Sprintf("dpkg is running: %s is locked", path), nil
		}
	}
	journal := filepath.Join(admindir, "updates")
	entries, err := os.ReadDir(journal)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, entry := range entries {
		if strings.Trim(entry.Name(), "0123456789") == "" {
			return fmt.Sprintf("dpkg is running or was interrupted: %s is not empty", journal), nil
		}
	}
	return "", nil
}

// pollInterval is how often a busy dpkg is looked at.
const pollInterval = 250 * time.Millisecond

// awaitQuiet returns once dpkg's database is at rest, and an error that says what it waited for when the
// deadline has passed. Before each wait it says so to at.
func awaitQuiet(ctx context.Context, admindir string, deadline time.Time, at func(moment)) error {
	for {
		reason, err := busy(admindir)
		if err != nil || reason == "" {
			return err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return errors.New(reason)
		}
		at(waiting)
		if err := host.Pause(ctx, min(left, pollInterval)); err != nil {
			return err
		}
	}
}

// stamp notes the state of everything a scan rests on: dpkg's database, and apt's lists with what they are
// links to. Two stamps that are equal have the same facts between them.
func stamp(s *settings) (host.FileStates, error) {
	states := host.FileStates{}
	if _, err := states.Note(s.status); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.lists)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		path := filepath.Join(s.lists, entry.Name())
		found, err := states.Note(path)
		if err != nil {
			return nil, err
		}
		if !found && entry.Type()&fs.ModeSymlink != 0 {
			return nil, fmt.Errorf("%s is a link that leads nowhere: of a repository on the root's own disk (file:) apt keeps links, and they hold only inside the root", path)
		}
	}
	return states, nil
}
