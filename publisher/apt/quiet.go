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

// activity is why dpkg's database is not at rest.
type activity int

const (
	quiet      activity = iota // it is at rest
	running                    // somebody holds a lock
	unfinished                 // nobody does, and the journal is not empty: dpkg is about to start, or was killed
)

// busyness is what was found out about the activity.
type busyness struct {
	activity
	path string // of the lock or the journal
	pid  int    // that holds the lock; -1: one that we cannot see
}

func (b busyness) String() string {
	switch {
	case b.activity == unfinished:
		return fmt.Sprintf("dpkg is running or was interrupted: %s is not empty", b.path)
	case b.activity == quiet:
		return "dpkg's database is at rest"
	case b.pid < 0:
		return fmt.Sprintf("dpkg is running: %s is locked", b.path)
	}
	return fmt.Sprintf("dpkg is running: process %d holds %s", b.pid, b.path)
}

// lockFile is a lock file and the process that holds it; 0: nobody does.
type lockFile struct {
	path string
	pid  int
}

// activityOf decides: a lock says more than a journal, and the first of two locks is the one of a whole run.
func activityOf(locks []lockFile, journal string, entries []string) busyness {
	for _, l := range locks {
		if l.pid != 0 {
			return busyness{running, l.path, l.pid}
		}
	}
	for _, name := range entries {
		if strings.Trim(name, "0123456789") == "" {
			return busyness{activity: unfinished, path: journal}
		}
	}
	return busyness{}
}

// busy looks at the locks and the journal in dpkg's directory.
func busy(admindir string) (busyness, error) {
	var locks []lockFile
	for _, name := range []string{"lock-frontend", "lock"} {
		path := filepath.Join(admindir, name)
		pid, err := host.LockHolder(path)
		if err != nil {
			return busyness{}, err
		}
		locks = append(locks, lockFile{path, pid})
	}
	journal := filepath.Join(admindir, "updates")
	files, err := os.ReadDir(journal)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return busyness{}, err
	}
	var entries []string
	for _, f := range files {
		entries = append(entries, f.Name())
	}
	return activityOf(locks, journal, entries), nil
}

// pollInterval is how often a busy dpkg is looked at.
const pollInterval = 250 * time.Millisecond

// await waits until over says so of dpkg's database, at the longest until the deadline, and returns what it saw
// last. Before each wait it says so to at.
func await(ctx context.Context, admindir string, deadline time.Time, at func(moment), over func(activity) bool) (busyness, error) {
	for {
		b, err := busy(admindir)
		left := time.Until(deadline)
		if err != nil || over(b.activity) || left <= 0 {
			return b, err
		}
		if at != nil {
			at(waiting)
		}
		if err := host.Pause(ctx, min(left, pollInterval)); err != nil {
			return b, err
		}
	}
}

// awaitQuiet returns once dpkg's database is at rest, and an error that says what it waited for when the
// deadline has passed.
func awaitQuiet(ctx context.Context, admindir string, deadline time.Time, at func(moment)) error {
	b, err := await(ctx, admindir, deadline, at, func(a activity) bool { return a == quiet })
	if err == nil && b.activity != quiet {
		return errors.New(b.String())
	}
	return err
}

// awaitRelease returns once no process holds dpkg's locks any more, or the deadline has passed: the command may be
// gone while the dpkg that it started still works.
func awaitRelease(ctx context.Context, admindir string, deadline time.Time, at func(moment)) {
	_, _ = await(ctx, admindir, deadline, at, func(a activity) bool { return a != running })
}
