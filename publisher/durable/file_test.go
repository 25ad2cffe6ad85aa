package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/patchstream/patchstream/publisher/durable"
)

// wants fails the test unless a file holds a text, has a mode, and is alone in its directory.
func wants(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%q, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != mode {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("beside it: %v, %v", names, err)
	}
}

func TestReplaceKeepsTheMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := durable.Replace(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	wants(t, path, "first", 0o600)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, []byte("second")); err != nil {
		t.Fatal(err)
	}
	wants(t, path, "second", 0o640)
}

func TestCreateReplacesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := durable.Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	wants(t, path, "first", 0o600)
}

// A write that cannot be finished leaves what was there, and nothing beside it.
func TestAFailureLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "taken")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(dir, []byte("text")); err == nil {
		t.Error("a directory was replaced")
	}
	if names, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(names) != 1 {
		t.Errorf("left: %v, %v", names, err)
	}
	if err := durable.Replace(filepath.Join(dir, "none", "file"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
