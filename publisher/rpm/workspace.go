package rpm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// dnf writes logs, a history, and forms of the metadata that it reads faster (*.solv), even where it is told to use its cache
// alone. So it gets directories of ours: of the cache one that has a directory for each repository, in which the metadata
// itself is a link to the host's, which dnf only reads, and everything else a copy.

// maxCopiedBytes bounds a file that is copied. The largest .solv that is known has 60 MB.
const maxCopiedBytes = 1 << 30

// cachedRepository is the name of a repository's directory in a cache of dnf.
var cachedRepository = regexp.MustCompile(`-[0-9a-f]{16}$`)

// mirrorCache makes such a directory of the host's cache.
func mirrorCache(r *host.Root, cache, ours string) error {
	if err := os.MkdirAll(ours, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(cache)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // dnf will say what it misses
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		from, to := filepath.Join(cache, entry.Name()), filepath.Join(ours, entry.Name())
		switch {
		case !r.Holds(from):
		case isDir(from) && cachedRepository.MatchString(entry.Name()):
			err = mirrorRepository(from, to)
		case strings.HasSuffix(entry.Name(), ".solv"), strings.HasSuffix(entry.Name(), ".solvx"), entry.Name() == "expired_repos.json":
			err = copyFile(from, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mirrorRepository links to the metadata of one repository, and copies what else there is of it but the packages.
func mirrorRepository(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		one, mine := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		switch {
		case entry.Name() == "packages":
		case entry.Name() == "repodata":
			err = os.Symlink(one, mine)
		case entry.IsDir():
			err = copyDir(one, mine)
		default:
			err = copyFile(one, mine)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyDir copies the regular files of a directory. What is not there is not copied.
func copyDir(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		if err := copyFile(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// copyFile copies a regular file. What may not be read, or is none, is passed over: it is a convenience, and dnf says what
// it misses.
func copyFile(from, to string) error {
	in, err := host.OpenRegular(from)
	if err != nil {
		return nil
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, maxCopiedBytes+1))
	if err = errors.Join(err, out.Close()); err == nil && n > maxCopiedBytes {
		err = fmt.Errorf("%s is larger than %d bytes", from, maxCopiedBytes)
	}
	return err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
