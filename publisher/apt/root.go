package apt

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// root is the file system that is looked at: the machine's own, or a directory that holds another one.
// In a directory no symbolic link leads out: what is not in it is not there, and nothing of the machine
// gets into another root's scan.
type root struct {
	dir    string   // absolute and clean; "/" is the machine
	inside *os.Root // nil on the machine itself
}

// openRoot opens dir; empty is "/". Close it.
func openRoot(dir string) (*root, error) {
	if dir == "" {
		dir = "/"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir == "/" {
		return &root{dir: dir}, nil
	}
	if strings.ContainsAny(dir, "\"\n") {
		return nil, fmt.Errorf("root %q: apt's configuration cannot name such a path", dir)
	}
	inside, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &root{dir: dir, inside: inside}, nil
}

func (r *root) close() {
	if r.inside != nil {
		_ = r.inside.Close()
	}
}

// isMachine tells whether this is the running machine's own root.
func (r *root) isMachine() bool { return r.inside == nil }

// path returns where a file of this root (named without a leading slash) is to be found by other programs.
func (r *root) path(name string) string { return filepath.Join(r.dir, name) }

func (r *root) open(name string) (fs.File, error) {
	if r.inside == nil {
		return os.Open("/" + name)
	}
	return r.inside.Open(name)
}

// read returns a small file, at most limit bytes of it.
func (r *root) read(name string, limit int64) ([]byte, error) {
	f, err := r.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}

// word returns a file's first line without the spaces around it, and "" where there is no such file.
func (r *root) word(name string) string {
	text, err := r.read(name, 4<<10)
	if err != nil {
		return ""
	}
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return strings.ToValidUTF8(string(bytes.TrimSpace(line)), "\uFFFD")
}

// exists tells whether there is such a file. One that cannot be looked at counts as there.
func (r *root) exists(name string) bool {
	f, err := r.open(name)
	if err != nil {
		return os.IsPermission(err)
	}
	_ = f.Close()
	return true
}
