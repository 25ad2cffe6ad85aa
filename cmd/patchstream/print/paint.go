package print

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/patchstream/patchstream/messages"
)

// painter colours text for a terminal; false leaves it as it is.
type painter bool

// wantsColours reports whether w is a terminal that wants colours (https://no-color.org).
func wantsColours(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns returns the width of the terminal that w is; 0: it is none.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// IsTerminal reports whether a person may type there.
func IsTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (p painter) with(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p painter) bold(s string) string   { return p.with("1", s) }
func (p painter) dim(s string) string    { return p.with("2", s) }
func (p painter) red(s string) string    { return p.with("31", s) }
func (p painter) green(s string) string  { return p.with("32", s) }
func (p painter) yellow(s string) string { return p.with("33", s) }

func (p painter) status(s messages.HostStatus) string {
	switch s {
	case messages.NonCompliant:
		return p.red(string(s))
	case messages.Unknown:
		return p.yellow(string(s))
	case messages.Retired:
		return p.dim(string(s))
	}
	return p.green(string(s))
}

func (p painter) state(s messages.State) string {
	switch {
	case s.Compliant():
		return p.green(string(s))
	case s == messages.NotApplicable:
		return p.dim(string(s))
	case s == messages.InstalledPendingReboot:
		return p.yellow(string(s))
	}
	return p.red(string(s))
}

func (p painter) level(l messages.Level) string {
	switch l {
	case messages.Critical, messages.High:
		return p.red(string(l))
	case messages.Unspecified:
		return p.dim(string(l))
	}
	return string(l)
}
