package rpm

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// managers are the commands that this room knows. yum is one where it is a name of dnf's.
var managers = host.Manager{Is: isManager, Variable: "ZYPP_CONF"}

func isManager(argv []string) bool {
	return len(argv) > 0 && slices.Contains([]string{"dnf", "dnf5", "dnf-3", "dnf4", "yum", "microdnf", "zypper"}, filepath.Base(argv[0]))
}

// Calls tells whether a command line calls a package manager of this room, be it behind sudo, env and the like.
func Calls(argv, env []string) bool { return managers.Find(argv, env).Argv != nil }

func isZypper(argv []string) bool { return len(argv) > 0 && filepath.Base(argv[0]) == "zypper" }

// syntax is how a manager's command line is to be read, and how the same line asks for its plan.
type syntax struct {
	valued  []string // options whose value is the next argument where it does not follow a "="
	changes []string // verbs that change packages, and ask first
	brings  []string // those of them that bring packages to newer versions, all where none is named
	loud    []string // options that keep the plan from being told as it is read, and are left out of it
	narrow  []string // what options begin with by which only certain notices count
	letters string   // of options of one letter, those that are loud
}

var dnfSyntax = syntax{
	valued: []string{
		"-c", "--config", "-d", "--debuglevel", "-e", "--errorlevel", "-R", "--randomwait", "--installroot", "--releasever", "--setopt",
		"--enablerepo", "--disablerepo", "--enable-repo", "--disable-repo", "--repo", "--repoid", "-x", "--exclude", "--excludepkgs",
		"--disableexcludes", "--disableexcludepkgs", "--repofrompath", "--color", "--enableplugin", "--disableplugin", "--enable-plugin",
		"--disable-plugin", "--advisory", "--advisories", "--bz", "--bzs", "--cve", "--cves", "--sec-severity", "--secseverity",
		"--advisory-severities", "--forcearch", "--downloaddir", "--destdir", "--comment", "--rpmverbosity", "--store", "--setvar",
	},
	changes: []string{
		"upgrade", "update", "up", "upgrade-to", "update-to", "localupdate", "upgrade-minimal", "update-minimal", "up-min",
		"install", "localinstall", "in", "remove", "erase", "rm", "autoremove", "reinstall", "rei", "downgrade", "dg",
		"distro-sync", "distrosync", "distribution-synchronization", "dsync", "swap",
	},
	brings:  []string{"upgrade", "update", "up", "upgrade-to", "update-to", "upgrade-minimal", "update-minimal", "up-min", "distro-sync", "distrosync", "distribution-synchronization", "dsync"},
	loud:    []string{"--assumeyes", "--assumeno", "--quiet", "--verbose"},
	narrow:  []string{"--security", "--bugfix", "--enhancement", "--newpackage", "--advisor", "--bz", "--cve", "--sec-severity", "--secseverity"},
	letters: "yqv",
}

var zypperSyntax = syntax{
	valued: []string{
		"-R", "--root", "--installroot", "-c", "--config", "-C", "--cache-dir", "--raw-cache-dir", "--solv-cache-dir", "--pkg-cache-dir",
		"--reposd-dir", "-p", "--plus-repo", "--plus-content", "--userdata", "--releasever",
		"-t", "--type", "-r", "--repo", "--from", "--to", "--category", "-g", "--severity", "-b", "--bugzilla", "--cve", "--date",
	},
	changes: []string{
		"patch", "update", "up", "dist-upgrade", "dup", "install", "in", "remove", "rm", "install-new-recommends", "inr", "verify", "ve",
	},
	brings:  []string{"update", "up", "dist-upgrade", "dup"},
	loud:    []string{"--non-interactive", "--quiet", "--verbose", "--xmlout", "--terse", "--dry-run"},
	letters: "nqvx",
}

func syntaxOf(argv []string) *syntax {
	if isZypper(argv) {
		return &zypperSyntax
	}
	return &dnfSyntax
}

// split returns the position of the verb among the arguments, -1 where there is none, and the arguments behind it that are
// no options.
func (s *syntax) split(args []string) (verb int, names []string) {
	verb = -1
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return verb, append(names, args[i+1:]...)
		case strings.HasPrefix(arg, "-"):
			if slices.Contains(s.valued, arg) {
				i++
			}
		case verb < 0:
			verb = i
		default:
			names = append(names, arg)
		}
	}
	return verb, names
}

// isPlanned tells whether a manager's own line is one that can be asked what it would do.
func isPlanned(argv []string) bool {
	if !isManager(argv) || filepath.Base(argv[0]) == "microdnf" {
		return false
	}
	s := syntaxOf(argv)
	verb, _ := s.split(argv[1:])
	return verb >= 0 && slices.Contains(s.changes, argv[1+verb])
}

// asking returns the arguments with which the same line says what it would do, and what it says is as it is read here.
func asking(argv []string) []string {
	s := syntaxOf(argv)
	args := argv[1:]
	verb, _ := s.split(args)
	if isZypper(argv) {
		return slices.Concat([]string{"--xmlout", "--non-interactive"}, s.quieten(args[:verb]), []string{args[verb], "--dry-run"}, s.quieten(args[verb+1:]))
	}
	return append([]string{"--assumeno"}, s.quieten(args)...)
}

// quieten leaves out what is loud.
func (s *syntax) quieten(args []string) (kept []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return append(kept, args[i:]...)
		case slices.Contains(s.loud, arg):
			continue
		case slices.Contains(s.valued, arg) && i+1 < len(args):
			kept = append(kept, arg, args[i+1])
			i++
			continue
		case len(arg) > 1 && arg[0] == '-' && arg[1] != '-' && strings.ContainsAny(arg, s.letters) && isLetters(arg[1:]):
			if arg = "-" + strings.Trim(removeAny(arg[1:], s.letters), "-"); arg == "-" {
				continue
			}
		}
		kept = append(kept, arg)
	}
	return kept
}

func isLetters(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ46") == ""
}

func removeAny(text, letters string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(letters, c) {
			return -1
		}
		return c
	}, text)
}

// scope is which packages a command is to bring to newer versions.
type scope struct {
	all   bool
	names []string // patterns of names, or of names and architectures
}

// scopeOf returns the scope of a manager's own line. A line that asks for certain notices alone has none: what it leaves is
// no more than it was told to.
func scopeOf(argv []string) scope {
	if !isPlanned(argv) {
		return scope{}
	}
	s := syntaxOf(argv)
	verb, names := s.split(argv[1:])
	narrow := slices.ContainsFunc(argv[1:], func(arg string) bool {
		return slices.ContainsFunc(s.narrow, func(option string) bool { return strings.HasPrefix(arg, option) })
	})
	if narrow || !slices.Contains(s.brings, argv[1+verb]) {
		return scope{}
	}
	return scope{all: len(names) == 0, names: names}
}

func (s scope) empty() bool { return !s.all && len(s.names) == 0 }

// holds tells whether a package is in the scope.
func (s scope) holds(id nameArch) bool {
	return s.all || slices.ContainsFunc(s.names, func(pattern string) bool {
		for _, text := range []string{id.name, id.String()} {
			if matched, err := path.Match(pattern, text); err == nil && matched {
				return true
			}
		}
		return false
	})
}
