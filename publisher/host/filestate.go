package host

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// fileState tells one content of a file from the next, without reading it.
type fileState struct {
	size    int64
	changed time.Time
	inode   uint64
}

// FileStates are those of several files, by path. Two that are equal have the same files between them.
type FileStates map[string]fileState

// Note adds the state of a file, following links, and reports whether there is a regular one.
func (s FileStates) Note(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	s[path] = fileState{info.Size(), info.ModTime(), inode(info)}
	return true, nil
}
