package rpmreading

import (
	"cmp"
	"strconv"
	"strings"
)

// evr is a version of rpm, taken apart ("Order").
type evr struct {
	epoch     uint64
	ver, rel  string
	released  bool   // it has a release
	canonical string // as items show it
}

func parse(text string) (e evr, ok bool) {
	epoch, rest, given := strings.Cut(text, ":")
	if !given {
		epoch, rest = "", text
	}
	if epoch != "" && epoch != "(none)" {
		n, err := strconv.ParseUint(epoch, 10, 32)
		if err != nil || epoch[0] == '+' {
			return e, false
		}
		e.epoch = n
	}
	e.ver, e.rel, e.released = strings.Cut(rest, "-")
	if len(text) > 255 || e.ver == "" || e.released && e.rel == "" || !allowed(e.ver) || !allowed(e.rel) {
		return e, false
	}
	e.canonical = rest
	if e.epoch > 0 {
		e.canonical = strconv.FormatUint(e.epoch, 10) + ":" + rest
	}
	return e, true
}

func allowed(part string) bool {
	return strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~^{}") == ""
}

// canonical is a version as items show it; what is none stays as it is.
func canonical(text string) string {
	if e, ok := parse(text); ok {
		return e.canonical
	}
	return text
}

func (e evr) cmp(f evr) int {
	c := cmp.Or(cmp.Compare(e.epoch, f.epoch), compareParts(e.ver, f.ver))
	switch {
	case c != 0 || e.released && f.released || !e.released && !f.released:
		return cmp.Or(c, compareParts(e.rel, f.rel))
	case e.released:
		return 1
	}
	return -1
}

// run is a piece of a version: '~', the end, '^', letters or digits, in their order.
type run struct {
	kind int
	text string
}

const (
	tilde = iota
	end
	caret
	letters
	digits
)

// cutRuns ends in an end.
func cutRuns(part string) (runs []run) {
	for part != "" {
		n := 1
		switch c := part[0]; {
		case c == '~':
			runs = append(runs, run{kind: tilde})
		case c == '^':
			runs = append(runs, run{kind: caret})
		case isDigit(c):
			n = span(part, isDigit)
			runs = append(runs, run{digits, strings.TrimLeft(part[:n], "0")})
		case isLetter(c):
			n = span(part, isLetter)
			runs = append(runs, run{letters, part[:n]})
		}
		part = part[n:]
	}
	return append(runs, run{kind: end})
}

func span(s string, of func(byte) bool) (n int) {
	for n < len(s) && of(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func compareParts(a, b string) int {
	x, y := cutRuns(a), cutRuns(b)
	for i := range min(len(x), len(y)) {
		c := cmp.Compare(x[i].kind, y[i].kind)
		if x[i].kind == digits {
			c = cmp.Or(c, cmp.Compare(len(x[i].text), len(y[i].text)))
		}
		if c = cmp.Or(c, strings.Compare(x[i].text, y[i].text)); c != 0 {
			return c
		}
	}
	return 0
}
