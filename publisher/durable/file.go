package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Unfinished begins the name of a file that is still being written, or was when its writer crashed.
const Unfinished = ".new-"

// Replace writes a file in place of the one that is there, if any, whose mode and owner it keeps: another user's program may
// read it. A new one is for its owner alone.
func Replace(path string, text []byte) error { return write(path, text, rename) }

// Create writes a file for its owner alone. [fs.ErrExist]: there is one already, which stays as it is.
func Create(path string, text []byte) error { return write(path, text, os.Link) }

// write writes and syncs a file under another name, and then has place put it where it belongs.
func write(path string, text []byte, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, Unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // after a rename it is gone
	if err := asBefore(tmp, path); err != nil {
		return errors.Join(err, tmp.Close())
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := place(tmp.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// asBefore gives a new file the mode and the owner of the one that it replaces.
func asBefore(f *os.File, path string) error {
	before, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.Chmod(before.Mode().Perm())
	}
	if err == nil {
		err = keepOwner(f, before)
	}
	return err
}
