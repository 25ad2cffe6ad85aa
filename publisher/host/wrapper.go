package host

import (
	"slices"
	"strings"
)

// wrapper is a program that does nothing but run another.
type wrapper struct {
	flags    string   // its options of one letter
	values   string   // those that take a value
	long     []string // its long options; those that take a value end in "="
	operands int      // arguments in front of the other's name
	assigns  bool     // then variables may be set
	closes   bool     // it closes descriptors

	apply func(c *Call, option, value string) bool // what an option changes; false: nobody knows
}

// wrappers are read as their manual pages say. What they may do besides (setsid -f, sudo -b: not to wait) is left
// out.
var wrappers = map[string]wrapper{
	"nice":      {flags: "0123456789", values: "n", long: []string{"--adjustment="}},
	"ionice":    {flags: "t", values: "cn", long: []string{"--class=", "--classdata=", "--ignore"}},
	"nohup":     {},
	"eatmydata": {},
	"chronic":   {flags: "ev"},
	"setsid":    {flags: "cw", long: []string{"--ctty", "--wait"}},
	"timeout": {
		flags: "v", values: "ks", operands: 1,
		long: []string{"--verbose", "--preserve-status", "--foreground", "--kill-after=", "--signal="},
	},
	"flock": {
		flags: "enosx", values: "wE", operands: 1,
		long: []string{"--exclusive", "--nonblock", "--nb", "--shared", "--close", "--wait=", "--timeout=", "--conflict-exit-code="},
	},
	"stdbuf":          {values: "ioe", long: []string{"--input=", "--output=", "--error="}},
	"systemd-inhibit": {long: []string{"--what=", "--who=", "--why=", "--mode="}},
	"env": {
		flags: "i", values: "uC", long: []string{"--ignore-environment", "--unset=", "--chdir="}, assigns: true,
		apply: applyEnv,
	},
	"sudo": {
		flags: "EHn", values: "u", assigns: true, closes: true,
		long:  []string{"--preserve-env", "--preserve-env=", "--set-home", "--non-interactive", "--user="},
		apply: applySudo,
	},
	"doas": {flags: "n", values: "u", closes: true, apply: applySudo},
}

// options reads the options in front of args, and returns how many arguments they are.
func (w *wrapper) options(c *Call, args []string) (n int, ok bool) {
	if w.apply != nil && !w.apply(c, "", "") {
		return 0, false
	}
	for n < len(args) && strings.HasPrefix(args[n], "-") {
		arg := args[n]
		n++
		if arg == "--" {
			break
		}
		var took int
		if strings.HasPrefix(arg, "--") {
			took, ok = w.longOption(c, arg, args[n:])
		} else {
			took, ok = w.letters(c, arg[1:], args[n:])
		}
		if !ok {
			return 0, false
		}
		n += took
	}
	return n, true
}

// longOption reads "--name", "--name=value", and "--name" with its value behind.
func (w *wrapper) longOption(c *Call, arg string, behind []string) (took int, ok bool) {
	name, value, given := strings.Cut(arg, "=")
	switch {
	case !given && slices.Contains(w.long, name):
		return 0, w.applied(c, name, "")
	case given && slices.Contains(w.long, name+"="):
		return 0, w.applied(c, name, value)
	case !given && slices.Contains(w.long, name+"=") && len(behind) > 0:
		return 1, w.applied(c, name, behind[0])
	}
	return 0, false
}

// letters reads options of one letter each, up to one whose value is the rest, or the next argument.
func (w *wrapper) letters(c *Call, letters string, behind []string) (took int, ok bool) {
	for i := range len(letters) {
		letter := letters[i : i+1]
		switch {
		case strings.Contains(w.flags, letter):
			if !w.applied(c, "-"+letter, "") {
				return 0, false
			}
		case !strings.Contains(w.values, letter):
			return 0, false
		case i+1 < len(letters):
			return 0, w.applied(c, "-"+letter, letters[i+1:])
		case len(behind) > 0:
			return 1, w.applied(c, "-"+letter, behind[0])
		default:
			return 0, false
		}
	}
	return 0, letters != "" // a dash alone
}

func (w *wrapper) applied(c *Call, option, value string) bool {
	return w.apply == nil || w.apply(c, option, value)
}

func applyEnv(c *Call, option, value string) bool {
	switch option {
	case "-i", "--ignore-environment":
		c.Env = nil
	case "-u", "--unset":
		c.unset(value)
	case "-C", "--chdir":
		c.Dir = c.Path(value)
	}
	return true
}

// applySudo has the environment of sudo as it is by default: the caller's variables do not get through. With -E, or
// named, they do where the rules of the host allow it.
func applySudo(c *Call, option, value string) bool {
	switch option {
	case "":
		c.sudo, c.dropped = true, c.Variable(c.variable)
		c.unset(c.variable)
	case "-E", "--preserve-env":
		if c.dropped != "" && (value == "" || slices.Contains(strings.Split(value, ","), c.variable)) {
			return false // it may or may not be read
		}
	}
	return true
}
