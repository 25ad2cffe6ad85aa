package apt

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// People seldom call apt alone:
//
//	sudo DEBIAN_FRONTEND=noninteractive apt-get -y upgrade
//	env -u APT_CONFIG nice -n 10 timeout -k 60 3h apt-get -y dist-upgrade
//	sh -c 'apt-get -y -o Dpkg::Options::="--force-confold" full-upgrade'
//
// What the command in the middle would do can be asked all the same, as long as those around it are known to do no
// more than run it. Of an option that is not known here, and of a shell's text that is more than the words of one
// command, nothing is said: it is then not apt that is called, but something that may call it.

// call is how a command line calls apt.
type call struct {
	argv []string // apt's own line; nil: it is not apt that is called
	at   int      // where in the command line apt's name stands; -1: in a shell's text
	env  []string // of apt; where it is not apt that is called, as far as it is known
	dir  string   // in which it works; empty: ours

	closed  bool   // descriptors other than the first three do not get there
	sudo    bool   // the program is looked for where root's are, not in the caller's PATH
	dropped string // APT_CONFIG as the caller has it, which sudo does not pass on
}

// readCall finds apt in a command line that has that environment.
func readCall(argv, env []string) call {
	c := call{argv: argv, env: env}
	for range 16 {
		if len(c.argv) == 0 || isApt(c.argv) || !c.unwrap() {
			break
		}
	}
	if !isApt(c.argv) {
		c.argv = nil
	}
	return c
}

// unwrap takes away the program in front. It returns false where that one is not known to do no more than run
// another.
func (c *call) unwrap() bool {
	name := filepath.Base(c.argv[0])
	if slices.Contains(shells, name) {
		return c.unwrapShell()
	}
	w, known := wrappers[name]
	if !known {
		return false
	}
	n, ok := w.options(c, c.argv[1:])
	if !ok {
		return false
	}
	rest := c.argv[1+n:]
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
	c.closed = c.closed || w.closes
	return true
}

func (c *call) advance(rest []string, by int) {
	c.argv = rest
	if c.at >= 0 {
		c.at += by
	}
}

// set adds an assignment to the environment.
func (c *call) set(assignment string) { c.env = append(slices.Clip(c.env), assignment) }

func (c *call) unset(name string) {
	c.env = slices.DeleteFunc(slices.Clone(c.env), func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
}

// variable returns a variable of apt's environment. The last of several counts.
func (c *call) variable(name string) string {
	for _, pair := range slices.Backward(c.env) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// path returns a path as apt takes it, who works in its own directory.
func (c *call) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if path, err := filepath.Abs(filepath.Join(c.dir, name)); err == nil {
		return path
	}
	return name
}

// shells take a text behind -c.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "zsh"}

// unwrapShell goes on with the one command in a shell's text.
func (c *call) unwrapShell() bool {
	if len(c.argv) != 3 || !slices.Contains([]string{"-c", "-ec", "-xc", "-exc", "-euc", "-euxc"}, c.argv[1]) {
		return false
	}
	words, ok := shellWords(c.argv[2])
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
	c.argv, c.at = words, -1
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

// isApt tells whether a command is one of the two that take a status descriptor.
func isApt(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	name := filepath.Base(argv[0])
	return name == "apt-get" || name == "apt"
}

// takesStatus tells whether apt can be given a descriptor for its status.
func (c *call) takesStatus() bool {
	return c.argv != nil && c.at >= 0 && !c.closed && !hasStatusFd(c.argv)
}

// isSystems tells whether the program that is called is the system's own: one of that name elsewhere is a wrapper,
// which may do more, and need not know -s.
func (c *call) isSystems(system string) bool {
	if c.sudo && !strings.Contains(c.argv[0], "/") {
		return true
	}
	ours, err := os.Stat(system)
	if err != nil {
		return false
	}
	dirs := strings.Split(cmp.Or(c.variable("PATH"), "/bin:/usr/bin"), ":")
	if strings.Contains(c.argv[0], "/") {
		dirs = []string{""}
	}
	for _, dir := range dirs {
		info, err := os.Stat(c.path(filepath.Join(dir, c.argv[0])))
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return os.SameFile(ours, info)
		}
	}
	return false
}
