package rpm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// While a transaction lasts, rpm holds a write lock on .rpm.lock in the directory of its database, be it started by dnf,
// zypper or by itself. It is a POSIX lock, and one can ask who holds it. All readers answer meanwhile, with half of the truth:
// of the package at hand both versions, of the rest the old ones.

// pollInterval is how often a busy database is looked at.
const pollInterval = 250 * time.Millisecond

func (h *system) lockPath() string { return h.root.Path(h.database.lock()) }

// awaitQuiet returns once no transaction is at work, and an error that says whose it is when the deadline has passed.
func (h *system) awaitQuiet(ctx context.Context, deadline time.Time) error {
	for {
		holder, err := host.LockHolder(h.lockPath())
		if err != nil || holder == 0 {
			return err
		}
		left := time.Until(deadline)
		switch {
		case left <= 0 && holder < 0:
			return fmt.Errorf("a transaction is at work: %s is locked", h.lockPath())
		case left <= 0:
			return fmt.Errorf("a transaction is at work: process %d holds %s", holder, h.lockPath())
		}
		if err := host.Pause(ctx, min(left, pollInterval)); err != nil {
			return err
		}
	}
}

// stamp notes the state of everything a scan rests on: rpm's database, and the lists of metadata of all caches. Two stamps
// that are equal have the same facts between them.
func (h *system) stamp() (host.FileStates, error) {
	states := host.FileStates{}
	for _, suffix := range []string{"", "-wal"} {
		if _, err := states.Note(h.root.Path(h.database.file + suffix)); err != nil {
			return nil, err
		}
	}
	for _, cache := range []string{"var/cache/dnf/*/repodata", "var/cache/libdnf5/*/repodata", "var/cache/zypp/raw/*/repodata"} {
		dirs, err := filepath.Glob(filepath.Join(globEscape(h.root.Dir()), cache))
		if err != nil {
			return nil, err
		}
		for _, dir := range dirs {
			if _, err := states.Note(filepath.Join(dir, "repomd.xml")); err != nil && !errors.Is(err, os.ErrPermission) {
				return nil, err
			}
		}
	}
	return states, nil
}
