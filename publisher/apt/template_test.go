package apt

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// templates are trees that were made once, by what is in them. Tests get copies.
type templates struct {
	dir  string // of them all
	mu   sync.Mutex
	made map[string]*template
}

type template struct {
	once sync.Once
	dir  string
}

// trees live as long as the tests.
var trees = templates{made: map[string]*template{}}

// get returns the tree of that key, which build makes in an empty directory when it is first asked for.
func (ts *templates) get(t testing.TB, key string, build func(dir string)) string {
	t.Helper()
	ts.mu.Lock()
	tree := ts.made[key]
	if tree == nil {
		tree = &template{}
		ts.made[key] = tree
	}
	ts.mu.Unlock()
	tree.once.Do(func() {
		dir, err := os.MkdirTemp(ts.dir, "tree")
		if err != nil {
			t.Fatal(err)
		}
		build(dir)
		tree.dir = dir
	})
	if tree.dir == "" {
		t.Fatalf("%s could not be made", key)
	}
	return tree.dir
}

// runWithTrees runs the tests with a directory for templates.
func runWithTrees(m *testing.M) int {
	var err error
	if trees.dir, err = os.MkdirTemp("", "patchstream-trees-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(trees.dir) }()
	return m.Run()
}

// copyRoot copies an apt root, and whatever in it names its place: configuration, links, and the names of lists. apt's
// caches, which hold it too, are left out: apt builds them anew.
func copyRoot(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(strings.TrimPrefix(path, from), fileName(from), fileName(to))
		return copyEntry(to+name, path, entry, strings.NewReplacer(from, to))
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func copyEntry(to, from string, entry fs.DirEntry, moved *strings.Replacer) error {
	switch {
	case strings.HasSuffix(from, ".bin"):
		return nil
	case entry.IsDir():
		return os.MkdirAll(to, 0o755)
	case entry.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(moved.Replace(target), to)
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, []byte(inConfiguration(from, string(text), moved)), info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// inConfiguration replaces the place where it may stand: below etc.
func inConfiguration(path, text string, moved *strings.Replacer) string {
	if !strings.Contains(path, "/etc/") {
		return text
	}
	return moved.Replace(text)
}

// buildRoot returns a root of a kind, made out of the recorded data.
func buildRoot(t testing.TB, kind ...string) string {
	t.Helper()
	return copyRoot(t, trees.get(t, "root "+strings.Join(kind, " "), func(dir string) {
		script := filepath.Join(testdata, "build-root")
		args := append([]string{script, kind[0], dir}, kind[1:]...)
		if out, err := exec.Command("sh", args...).CombinedOutput(); err != nil {
			t.Fatalf("build-root %v: %v\n%s", kind, err, out)
		}
	}))
}
