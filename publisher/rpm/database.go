package rpm

import (
	"errors"
	"path"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// rpm's database is a file in one of two directories. Which it is, rpm's macro _dbpath says; but the rpm that we ask may be
// that of another system (Debian's looks in the user's home), and one that finds no database makes an empty one. So the
// file is looked for, and rpm is asked only where there is one.

// database is where a root has its packages.
type database struct {
	dir     string // in the root
	file    string // in the root
	backend string // rpm's word for its format
}

// lock is the file that rpm locks for writing while a transaction lasts.
func (d *database) lock() string { return path.Join(d.dir, ".rpm.lock") }

// databaseDirs are the directories in the order in which they count: where both exist, one is a link to the other, or a
// left-over of a distribution that has moved its database.
var databaseDirs = []string{"usr/lib/sysimage/rpm", "var/lib/rpm"}

var databaseFiles = []struct{ name, backend string }{
	{"rpmdb.sqlite", "sqlite"},
	{"Packages.db", "ndb"},
	{"Packages", "bdb"},
}

// ErrNoRPM is matched by the error of a root that is no system of packages of rpm: without os-release, or without rpm's
// database, or on a machine without rpm.
var ErrNoRPM = errors.New("not a system with rpm")

// noDatabaseError tells of a root without a database.
type noDatabaseError struct{ root string }

func (e *noDatabaseError) Error() string {
	return e.root + " has no database of rpm in " + strings.Join(databaseDirs, " or ")
}

// Is has it match [ErrNoRPM].
func (e *noDatabaseError) Is(target error) bool { return target == ErrNoRPM }

// findDatabase returns a root's database, and false where it has none. It is looked for in first, where that is not empty.
func findDatabase(r *host.Root, first string) (*database, bool) {
	for _, dir := range append([]string{first}, databaseDirs...) {
		if dir == "" {
			continue
		}
		for _, f := range databaseFiles {
			if file := path.Join(dir, f.name); r.Exists(file) {
				return &database{dir: dir, file: file, backend: f.backend}, true
			}
		}
	}
	return nil, false
}
