package apt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// apt-config shell prints values of apt's configuration as shell assignments, KEY='value', with a quote in a
// value written as '\''. "/f" and "/d" behind a name ask for a file or directory with its parents in front:
//
//	LISTS='/var/lib/apt/lists/'
//	ARCH='amd64'
//
// A value that is not set has no line. dpkg's directory is where apt's own status file is.

// settings are the places and the native architecture that a root's apt works with.
type settings struct {
	lists    string // directory of the index and Release files
	status   string // dpkg's status file
	state    string // apt's directory for its state
	arch     string // the native architecture
	cache    string // the package cache that the host keeps; empty: none
	srcCache string
}

// admindir is dpkg's own directory: its status, its journal, its locks.
func (s *settings) admindir() string { return filepath.Dir(s.status) }

// askSettings asks apt for its configuration. What it answers must be of the root that was asked for.
func askSettings(ctx context.Context, t *toolbox, r *host.Root) (*settings, error) {
	var values map[string]string
	err := t.apt(ctx, func(out io.Reader) (err error) {
		values, err = parseShell(out)
		return err
	}, "apt-config", "shell",
		"LISTS", "Dir::State::lists/d", "STATUS", "Dir::State::status/f", "STATE", "Dir::State/d",
		"ARCH", "APT::Architecture", "CACHE", "Dir::Cache::pkgcache/f", "SRCCACHE", "Dir::Cache::srcpkgcache/f")
	if err != nil {
		return nil, err
	}
	s := &settings{
		lists: values["LISTS"], status: values["STATUS"], state: values["STATE"], arch: values["ARCH"],
		cache: values["CACHE"], srcCache: values["SRCCACHE"],
	}
	if !legalArch(s.arch) || !filepath.IsAbs(s.lists) || !filepath.IsAbs(s.status) {
		return nil, fmt.Errorf("apt-config names no architecture, lists or status: %.300q", values)
	}
	for _, path := range []string{s.lists, s.status} {
		if !within(r.Dir(), path) {
			return nil, fmt.Errorf("the apt configuration of %s leads out of it, to %s", r.Dir(), path)
		}
	}
	if _, err := os.Stat(s.status); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s", ErrNoApt, s.status)
	}
	return s, nil
}

func parseShell(r io.Reader) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		key, value, found := strings.Cut(lines.Text(), "=")
		if n := len(value); !found || n < 2 || value[0] != '\'' || value[n-1] != '\'' {
			return nil, fmt.Errorf("no assignment: %.200q", lines.Text())
		}
		values[key] = strings.ReplaceAll(value[1:len(value)-1], `'\''`, `'`)
	}
	return values, lines.Err()
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}
