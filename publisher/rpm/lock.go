package rpm

import (
	"io"
	"path"
	"strings"
)

// The plugin versionlock of dnf 4 lists patterns of packages. What does not fit one whose name it has stays out; what fits
// one with an exclamation mark does so, too:
//
//	locked-0:1.0-1.el9.*
//	!bad-0:2.0-1.el9.*
//
// dnf 5 has a table in words, of which a line names the package:
//
//	Package name: locked
//	evr = 1.0-1.el9

// parseLocks returns the names that are locked, as patterns, of either list.
func parseLocks(r io.Reader) ([]string, error) {
	var locked []string
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch name, found := strings.CutPrefix(line, "Package name: "); {
		case found:
			locked = append(locked, strings.TrimSpace(name))
		case line == "" || strings.ContainsAny(line[:1], "!#") || strings.ContainsAny(line, " \t"):
		default:
			locked = append(locked, nameOf(line))
		}
	}
	return locked, lines.Err()
}

// nameOf returns the name in name-epoch:version-release.arch, or a pattern that has no such tail.
func nameOf(pattern string) string {
	release := strings.LastIndexByte(pattern, '-')
	if release <= 0 {
		return pattern
	}
	version := strings.LastIndexByte(pattern[:release], '-')
	if version <= 0 {
		return pattern
	}
	return pattern[:version]
}

// holds tells whether one of the locks is of a package of that name.
func (o *opinions) holds(name string) bool {
	for _, pattern := range o.locked {
		if matched, err := path.Match(pattern, name); err == nil && matched {
			return true
		}
	}
	return false
}
