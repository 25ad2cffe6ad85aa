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
	root     *host.Root
	lists    string // directory of the index and Release files
	status   string // dpkg's status file
	state    string // apt's directory for its state
	arch     string // the native architecture
	cache    string // the package cache that the host keeps; empty: none
	srcCache string
	parts    []string // directories of configuration, sources and preferences
	terminal string   // the log of what dpkg shows on its terminal; empty: none
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
		"ARCH", "APT::Architecture", "CACHE", "Dir::Cache::pkgcache/f", "SRCCACHE", "Dir::Cache::srcpkgcache/f",
		"CONF", "Dir::Etc::parts/d", "SOURCES", "Dir::Etc::sourceparts/d", "PREFERENCES", "Dir::Etc::preferencesparts/d",
		"TERMINAL", "Dir::Log::Terminal/f")
	if err != nil {
		return nil, err
	}
	s := &settings{
		root: r, parts: []string{values["CONF"], values["SOURCES"], values["PREFERENCES"]},
		lists: values["LISTS"], status: values["STATUS"], state: values["STATE"], arch: values["ARCH"],
		cache: values["CACHE"], srcCache: values["SRCCACHE"], terminal: values["TERMINAL"],
	}
	if !legalArch(s.arch) || !filepath.IsAbs(s.lists) || !filepath.IsAbs(s.status) {
		return nil, fmt.Errorf("apt-config names no architecture, lists or status: %.300q", values)
	}
	for _, path := range []string{s.lists, s.status} {
		if !r.Holds(path) {
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

// unreadable returns an error where a file of apt's configuration is a link to where we may not look. apt takes it for
// one that is not there, without a word; of a file that it may not open it warns itself.
func (s *settings) unreadable() error {
	for _, dir := range s.parts {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
		for _, entry := range entries {
			if entry.Type()&fs.ModeSymlink == 0 || !obeyed(entry.Name()) {
				continue
			}
			if _, err := os.Stat(filepath.Join(dir, entry.Name())); errors.Is(err, fs.ErrPermission) {
				return fmt.Errorf("part of apt's configuration cannot be read: %w", err)
			}
		}
	}
	return nil
}

// obeyed tells whether apt reads a file of that name in one of its directories (apt.conf(5), sources.list(5)).
func obeyed(name string) bool {
	switch filepath.Ext(name) {
	case "", ".conf", ".list", ".sources", ".pref":
		return !strings.HasPrefix(name, ".")
	}
	return false
}
