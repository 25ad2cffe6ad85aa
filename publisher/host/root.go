package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Root is the file system that is looked at: the machine's own, or a directory that holds another one. In a
// directory no symbolic link leads out: what is not in it is not there, and nothing of the machine gets into
// another root's scan. Names of files in it have no slash in front. It is safe for concurrent use.
type Root struct {
	dir    string   // absolute and clean; "/" is the machine
	inside *os.Root // nil on the machine itself
}

// OpenRoot opens dir; empty is "/". Close it.
func OpenRoot(dir string) (*Root, error) {
	if dir == "" {
		dir = "/"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir == "/" {
		return &Root{dir: dir}, nil
	}
	inside, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Root{dir: dir, inside: inside}, nil
}

// Close frees the root. The error of closing what was only read says nothing, and is not returned.
func (r *Root) Close() {
	if r.inside != nil {
		_ = r.inside.Close()
	}
}

// Dir returns the root's directory, absolute and clean.
func (r *Root) Dir() string { return r.dir }

// IsMachine tells whether this is the running machine's own root.
func (r *Root) IsMachine() bool { return r.inside == nil }

// Path returns where a file of this root is to be found by other programs.
func (r *Root) Path(name string) string { return filepath.Join(r.dir, name) }

// ErrNotRegular is matched by the error of a file that is no regular one: a pipe, whose writer may never come, a
// device, a directory. None of them is read.
var ErrNotRegular = errors.New("not a regular file")

// Open opens a regular file for reading, without waiting for anybody. Close it.
func (r *Root) Open(name string) (*os.File, error) {
	if r.inside == nil {
		return OpenRegular("/" + name)
	}
	f, err := r.inside.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if within, ok := r.within(name, err); ok {
		f, err = r.inside.OpenFile(within, os.O_RDONLY|openNonblock, 0)
	}
	return regular(f, err)
}

// within returns the name, without links, of a file that could not be opened because a link on the way to it names
// its place on this machine, which is in the root all the same.
func (r *Root) within(name string, err error) (string, bool) {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return "", false
	}
	return r.place(r.Path(name))
}

// place returns where in the root a path of this machine leads, links followed, and false where it leads out. What is
// not there is where its directory would have it.
func (r *Root) place(path string) (string, bool) {
	dir, err := filepath.EvalSymlinks(r.dir)
	if err != nil {
		return "", false
	}
	rest := ""
	real, err := filepath.EvalSymlinks(path)
	for errors.Is(err, fs.ErrNotExist) && path != filepath.Dir(path) {
		rest = filepath.Join(filepath.Base(path), rest)
		path = filepath.Dir(path)
		real, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(dir, filepath.Join(real, rest))
	return rel, err == nil && filepath.IsLocal(rel)
}

// OpenRegular opens a regular file for reading, as [Root.Open] does, by its path.
func OpenRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openNonblock, 0)
	return regular(f, err)
}

func regular(f *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", f.Name(), ErrNotRegular)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Read returns a small file, at most limit bytes of it.
func (r *Root) Read(name string, limit int64) ([]byte, error) {
	f, err := r.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}

// Word returns a file's first line without the spaces around it, and "" where there is no such file.
func (r *Root) Word(name string) string {
	text, err := r.Read(name, 4<<10)
	if err != nil {
		return ""
	}
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return strings.ToValidUTF8(string(bytes.TrimSpace(line)), "\uFFFD")
}

// Exists tells whether there is such a file, of whatever kind. One that cannot be looked at counts as there.
func (r *Root) Exists(name string) bool {
	_, err := r.stat(name)
	return err == nil || errors.Is(err, fs.ErrPermission)
}

func (r *Root) stat(name string) (fs.FileInfo, error) {
	if r.inside == nil {
		return os.Stat("/" + name)
	}
	info, err := r.inside.Stat(name)
	if within, ok := r.within(name, err); ok {
		return r.inside.Stat(within)
	}
	return info, err
}

// Holds tells whether a path of this machine lies in the root, links followed: a name in the root that is a link
// out of it does not. What is not there lies where the directory does in which it would be.
func (r *Root) Holds(path string) bool {
	if r.inside == nil {
		return true
	}
	_, ok := r.place(path)
	return ok
}
