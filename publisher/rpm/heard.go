package rpm

import (
	"regexp"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// A manager speaks on stderr and in its logs, of which dnf's have a time and a level before what it says, also on stdout:
//
//	2026-11-28T09:19:33+0000 SUBDEBUG Upgrade: acme-pre-1.1-1.noarch
//	2026-11-28T09:19:33+0000 INFO acme-pre: licence server not reachable
//	error: %prein(acme-pre-1.1-1.noarch) scriptlet failed, exit status 3
//
//	2026-11-28T09:22:31+0000 [19079] INFO RPM callback install start "acme-meta-0:1.1-1.noarch" total 124    dnf5.log
//	2026-11-28T09:22:31+0000 [19079] ERROR [rpm] acme-pre-1.1-1.noarch: install failed
//	>>> [RPM] acme-pre-1.1-1.noarch: install failed                                                          dnf5 on stderr
//
//	# 2026-11-28 09:22:55 acme-pre-1.1-1.noarch.rpm install failed                                           zypp/history
//	# rpm output:
//	# error: acme-pre-1.1-1.noarch: install failed
//
// What is written to both is heard twice, and counts once.

// heard is what was said, as far as it tells of packages or of the run. It keeps little of what it gets: a run may write
// megabytes. The zero value is ready.
type heard struct {
	troubles []trouble
	touched  []nevra  // versions that the manager has set about to put in place, or to take away
	wanted   []nevra  // versions that the resolver wanted and could not have
	locked   []nevra  // installed versions in whose way a lock is
	errors   []string // of the run, each with what was indented below it
	ignored  []string // repositories that were left out
	last     string

	lines     host.Lines
	before    string // the line before, where a script may have written it
	unpacking string // what was said of a package whose name comes next
	joining   bool   // an indented line belongs to the last error
}

const (
	maxHeardOf = 1_000 // of each kind
	maxTouched = 50_000
)

func firstOnes[T any](all []T) []T { return all[:min(len(all), maxHeardOf)] }

// Write takes the next part of what was written. It never fails.
func (h *heard) Write(p []byte) (int, error) {
	h.lines.Add(p, h.take)
	return len(p), nil
}

// end closes the line that was begun. Call it behind the last Write too.
func (h *heard) end() { h.lines.End(h.take) }

// stamp is what a log has before each of its own lines: time, process, level.
var stamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* (?:\[\d+\] )?([A-Z]+) `)

// lost says which repositories were done without, empty where none was.
func (h *heard) lost() string {
	without := h.without()
	if len(without) == 0 {
		return ""
	}
	return causeFetch.said(left + strings.Join(without, ", "))
}

// take takes one line.
func (h *heard) take(line string) {
	level := ""
	if m := stamp.FindStringSubmatch(line); m != nil {
		level, line = m[1], line[len(m[0]):]
	}
	line = cutMarks(line)
	if strings.TrimSpace(line) == "" {
		return
	}
	before := h.before
	h.before = ""
	switch {
	case level == "SUBDEBUG" || strings.HasPrefix(line, "RPM callback "):
		h.touch(line)
	case level == "DEBUG" || level == "DDEBUG" || level == "TRACE":
	case h.tell(line, before, level):
	case line == "Scriptlet output:":
	default:
		h.before, h.last = strings.TrimPrefix(line, "[scriptlet] "), strings.TrimSpace(line)
	}
}

// cutMarks takes away what marks a line as rpm's output.
func cutMarks(line string) string {
	for _, mark := range []string{"# ", "#", ">>> ", ">>>", "[RPM] ", "[rpm] "} {
		line = strings.TrimPrefix(line, mark)
	}
	return line
}

// touch takes what a log says that the manager does to a package.
func (h *heard) touch(line string) {
	if strings.Contains(line, "rror in ") {
		h.tell(line, "", "")
		return
	}
	for _, word := range strings.Fields(line) {
		if n, ok := parseNEVRA(strings.Trim(word, `"`)); ok && len(h.touched) < maxTouched {
			h.touched = append(h.touched, n)
		}
	}
}

// tell takes a line that tells of something, and returns false for one that does not.
func (h *heard) tell(line, before, level string) bool {
	h.solver(line)
	if m := unpacking.FindStringSubmatch(line); m != nil {
		h.unpacking = m[1]
		return true
	}
	t, found := troubleIn(line, before)
	if found {
		if t.weight == weightTail && h.unpacking != "" {
			t.stage, t.text, t.weight = stageUnpack, h.unpacking, weightReason
		}
		h.unpacking = ""
		h.troubles = firstOnes(append(h.troubles, t))
	}
	return h.complain(line, level, found) || found
}

// left is dnf's word of repositories that it does without.
const left = "Ignoring repositories: "

// localRepository is that of dnf's plugin local, which has none before it was first filled.
const localRepository = "_dnf_local"

// without are the repositories that dnf did without.
func (h *heard) without() []string {
	return slices.DeleteFunc(slices.Clone(h.ignored), func(id string) bool { return id == localRepository })
}

// complain takes what is said of the run itself.
func (h *heard) complain(line, level string, ofPackage bool) bool {
	if list, ok := strings.CutPrefix(line, left); ok {
		h.ignored = firstOnes(append(h.ignored, strings.Split(list, ", ")...))
		return true
	}
	if text, ok := complaint(line, level); ok && !(ofPackage && level == "" && !strings.HasPrefix(line, "Problem: ")) {
		h.joining = true
		h.add(text)
		return true
	}
	if h.joining && line[0] == ' ' && !strings.HasPrefix(line, " Solution ") && len(h.errors) > 0 {
		last := &h.errors[len(h.errors)-1]
		*last = strings.TrimSpace(*last + " " + strings.TrimLeft(line, " -"))
		return true
	}
	h.joining = false
	return false
}

func (h *heard) add(text string) {
	h.errors = firstOnes(append(h.errors, text))
}

// complaints are what the managers begin their own with.
var complaints = []string{"Error: ", "error: ", "Transaction failed: ", "Failed to ", "Argument '", "No match for argument", "RPMDB already locked", "System management is locked"}

// complaint returns what a line complains of.
func complaint(line, level string) (string, bool) {
	if level == "WARNING" {
		return "", false
	}
	if line == "Error:" || level == "CRITICAL" && strings.HasPrefix(line, "Error:") {
		return strings.TrimSpace(strings.TrimPrefix(line, "Error:")), true
	}
	for _, label := range complaints {
		if text, ok := strings.CutPrefix(line, label); ok {
			if label == "Error: " || label == "error: " {
				return text, true
			}
			return line, true
		}
	}
	if text := strings.TrimSpace(line); strings.HasPrefix(text, "Problem: ") {
		return text, true
	}
	return line, level == "CRITICAL"
}

var (
	older  = regexp.MustCompile(`conflicts with (\S+)\.(\w+) < (\S+) provided by`)
	lifted = regexp.MustCompile(`remove lock to allow \w+ of (\S+)`)
)

// solver takes what zypper's solver says that a patch wants, and what is in its way.
func (h *heard) solver(line string) {
	if m := older.FindStringSubmatch(line); m != nil {
		if n, ok := parseNEVRA(m[1] + "-" + m[3] + "." + m[2]); ok && !slices.Contains(h.wanted, n) {
			h.wanted = firstOnes(append(h.wanted, n))
		}
	}
	if m := lifted.FindStringSubmatch(line); m != nil {
		if n, ok := parseNEVRA(m[1]); ok {
			h.locked = firstOnes(append(h.locked, n))
		}
	}
}

// grave returns the complaints of the run, each once, without those about repositories that it went on without, and without
// those that say no more than that it failed.
func (h *heard) grave() []string {
	var all []string
	for _, text := range h.errors {
		if text != "" && !slices.Contains(all, text) && !h.wentOn(text) {
			all = append(all, text)
		}
	}
	said := slices.DeleteFunc(slices.Clone(all), func(text string) bool {
		return text == "Transaction failed" || strings.HasPrefix(text, "Transaction failed: Rpm transaction failed") ||
			text == "Failed to resolve the transaction:"
	})
	if len(said) > 0 {
		return said
	}
	return all
}

// wentOn tells whether a complaint is about a repository that dnf then left out.
func (h *heard) wentOn(text string) bool {
	of := func(id string) bool { return strings.Contains(text, " for repo '"+id+"'") }
	return of(localRepository) || slices.ContainsFunc(h.ignored, of)
}

// main returns the complaint that says most: the first whose cause is known, else the last.
func (h *heard) main() (string, cause) {
	grave := h.grave()
	for _, text := range grave {
		if why := causeOf(text); why != causeUnknown {
			return text, why
		}
	}
	if len(grave) == 0 {
		return "", causeUnknown
	}
	return grave[len(grave)-1], causeUnknown
}

// with returns what both have heard, this one first.
func (h *heard) with(other *heard) *heard {
	return &heard{
		troubles: slices.Concat(h.troubles, other.troubles), touched: slices.Concat(h.touched, other.touched),
		wanted: slices.Concat(h.wanted, other.wanted), locked: slices.Concat(h.locked, other.locked),
		errors: slices.Concat(h.errors, other.errors), ignored: slices.Concat(h.ignored, other.ignored),
		last: other.last,
	}
}
