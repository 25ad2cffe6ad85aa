package host

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// People seldom call a package manager alone:
//
//	sudo DEBIAN_FRONTEND=noninteractive apt-get -y upgrade
//	env -u APT_CONFIG nice -n 10 timeout -k 60 3h apt-get -y dist-upgrade
//	sh -c 'apt-get -y -o Dpkg::Options::="--force-confold" full-upgrade'
//
// What the command in the middle would do can be asked all the same, as long as those around it are known to do no
// more than run it. Of an option that is not known here, and of a shell's text that is more than the words of one
// command, nothing is said: it is then not the manager that is called, but something that may call it.

// Call is how a command line calls a package manager.
type Call struct {
	Argv []string // the manager's own line; nil: it is not the manager that is called
	At   int      // where in the command line its name stands; -1: in a shell's text
	Env  []string // of the manager; where it is not called, as far as it is known
	Dir  string   // in which it works; empty: ours

	Closed bool // descriptors other than the first three do not get there

	sudo     bool   // the program is looked for where root's are, not in the caller's PATH
	variable string // of the environment, that the manager reads
	dropped  string // the variable as the caller has it, which sudo does not pass on
}

// Manager is a package manager as it is called.
type Manager struct {
	Is       func(argv []string) bool // tells its own line from others; argv may be empty
	Variable string                   // of the environment, that points it elsewhere; empty: there is none
}

// Find finds the manager in a command line that has that environment.
func (m Manager) Find(argv, env []string) Call {
	c := Call{Argv: argv, Env: env, variable: m.Variable}
	for range 16 {
		if len(c.Argv) == 0 || m.Is(c.Argv) || !c.unwrap() {
			break
		}
	}
	if !m.Is(c.Argv) {
		c.Argv = nil
	}
	return c
}

// unwrap takes away the program in front. It returns false where that one is not known to do no more than run
// another.
func (c *Call) unwrap() bool {
	name := filepath.Base(c.Argv[0])
	if slices.Contains(shells, name) {
		return c.unwrapShell()
	}
	w, known := wrappers[name]
	if !known {
		return false
	}
	n, ok := w.options(c, c.Argv[1:])
	if !ok {
		return false
	}
	rest := c.Argv[1+n:]
	if len(rest) < w.operands {
		return false
	}
	n += w.operands
	rest = rest[w.operands:]
	for w.assigns && len(rest) > 0 && isAssignment(rest[0]) {
		c.set(rest[0])
		rest, n = rest[1:], n+1
	}
	if len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return false
	}
	c.advance(rest, 1+n)
	c.Closed = c.Closed || w.closes
	return true
}

func (c *Call) advance(rest []string, by int) {
	c.Argv = rest
	if c.At >= 0 {
		c.At += by
	}
}

// set adds an assignment to the environment.
func (c *Call) set(assignment string) { c.Env = append(slices.Clip(c.Env), assignment) }

func (c *Call) unset(name string) {
	c.Env = slices.DeleteFunc(slices.Clone(c.Env), func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
}

// Variable returns a variable of the manager's environment. The last of several counts.
func (c *Call) Variable(name string) string {
	for _, pair := range slices.Backward(c.Env) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// Path returns a path as the manager takes it, which works in its own directory.
func (c *Call) Path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if path, err := filepath.Abs(filepath.Join(c.Dir, name)); err == nil {
		return path
	}
	return name
}

// shells take a text behind -c.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "zsh"}

// unwrapShell goes on with the one command in a shell's text.
func (c *Call) unwrapShell() bool {
	if len(c.Argv) != 3 || !slices.Contains([]string{"-c", "-ec", "-xc", "-exc", "-euc", "-euxc"}, c.Argv[1]) {
		return false
	}
	words, ok := shellWords(c.Argv[2])
	for len(words) > 0 && isAssignment(words[0]) {
		c.set(words[0])
		words = words[1:]
	}
	if len(words) > 0 && words[0] == "exec" {
		words = words[1:]
	}
	if !ok || len(words) == 0 {
		return false
	}
	c.Argv, c.At = words, -1
	return true
}

// ordinary are the characters that mean nothing but themselves to a shell, at any place of a word.
const ordinary = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%"

// shellWords splits a text in which only quotes have a meaning, and no substitution takes place.
func shellWords(text string) ([]string, bool) {
	var words []string
	var word strings.Builder
	begun := false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\'' || b == '"':
			inner, _, closed := strings.Cut(text[i+1:], string(b))
			if !closed || b == '"' && strings.ContainsAny(inner, "$`\\!") {
				return nil, false
			}
			word.WriteString(inner)
			i, begun = i+1+len(inner), true
		case b == ' ' || b == '\t':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		case strings.IndexByte(ordinary, b) >= 0,
			b == '~' && begun && text[i-1] != '=' && text[i-1] != ':': // there it is a home
			word.WriteByte(b)
			begun = true
		default:
			return nil, false
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words, true
}

func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == "" &&
		(name[0] < '0' || name[0] > '9')
}

// IsProgram tells whether the program that is called is the system's own: one of that name elsewhere is a wrapper,
// which may do more, and need not know -s.
func (c *Call) IsProgram(system string) bool {
	if c.sudo && !strings.Contains(c.Argv[0], "/") {
		return true
	}
	ours, err := os.Stat(system)
	if err != nil {
		return false
	}
	dirs := strings.Split(cmp.Or(c.Variable("PATH"), "/bin:/usr/bin"), ":")
	if strings.Contains(c.Argv[0], "/") {
		dirs = []string{""}
	}
	for _, dir := range dirs {
		info, err := os.Stat(c.Path(filepath.Join(dir, c.Argv[0])))
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return os.SameFile(ours, info)
		}
	}
	return false
}
