package host

import (
	"bytes"
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

// Open opens a file for reading. Close it.
func (r *Root) Open(name string) (fs.File, error) {
	if r.inside == nil {
		return os.Open("/" + name)
	}
	return r.inside.Open(name)
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

// Exists tells whether there is such a file. One that cannot be looked at counts as there.
func (r *Root) Exists(name string) bool {
	f, err := r.Open(name)
	if err != nil {
		return os.IsPermission(err)
	}
	_ = f.Close()
	return true
}
