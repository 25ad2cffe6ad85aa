package apt

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What keeps apt's tools from nothing they tell on stderr, and end with exit code 0. A line that begins with W: may
// mean that the answer is short:
//
//	W: Unable to read /etc/apt/sources.list.d/vendor.list - open (13: Permission denied)
//	W: Unable to read /etc/apt/preferences.d/ - DirectoryExists (2: No such file or directory)
//	W: Target Packages (main/binary-amd64/Packages) is configured multiple times in …
//
// The first is a source, a pin or a setting that counts for root and that we were not told of. The second is what apt
// says of a directory that nobody has made, the third what it says of a source that stands twice: both cost nothing.
// Gone through were the warnings of apt 2.2 to 3.1 that reading can cause. Of lists that cannot be read, dpkg's status
// and sources that make no sense apt tells errors, and fails; of a signature, a key or a Release file that has expired
// it warns when it fetches, and leaves the lists as they were: an origin's date tells. dpkg-query answers whole or not
// at all; what it warns of (a field that is missing) costs nothing.
//
// A warning that is not known is taken by its kind: one that tells of a failed call to the system, with its number in
// brackets, and an error in spite of the exit code, mean that something was not read; what apt thinks of the text that
// it has read (a pin of no known type, a deprecated option) is a note: it will think the same when it upgrades.

// warnings are what the tools said beside their answers. It is safe for concurrent use.
type warnings struct {
	mu    sync.Mutex
	lines []string // each once
}

const maxWarnings = 100

// add takes the lines of a tool's stderr. Of one that failed the errors are its own error's, which its caller weighs:
// apt may be unable to work out an upgrade. But what it was not let read it has not read.
func (w *warnings) add(lines []string, failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range lines {
		own := failed && !strings.HasPrefix(line, "W") && !strings.Contains(line, "(13: ")
		if own || weighed(line) == costsNothing || len(w.lines) == maxWarnings || slices.Contains(w.lines, line) {
			continue
		}
		w.lines = append(w.lines, line)
	}
}

// of returns the lines of a weight.
func (w *warnings) of(wanted weight) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for _, line := range w.lines {
		if weighed(line) == wanted {
			lines = append(lines, line)
		}
	}
	return lines
}

// weight is what a line of stderr means for the answer.
type weight int

const (
	costsNothing weight = iota // it is whole
	isNote                     // it is whole, and somebody may want to know
	isPartial                  // something was not read
)

// weighed returns what a line means.
func weighed(line string) weight {
	word, text, _ := strings.Cut(line, ": ")
	switch word {
	case "E", "Error":
		return isPartial
	case "W", "Warning":
	default: // notes, and what dpkg says
		return costsNothing
	}
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case slices.ContainsFunc(harmless, has):
		return costsNothing
	case slices.ContainsFunc(short, has), failedCall.MatchString(text):
		return isPartial
	}
	return isNote
}

// failedCall is the end of a warning about a call to the system: "- open (13: Permission denied)".
var failedCall = regexp.MustCompile(`\(\d+: [^()]+\)$`)

var harmless = []string{
	"(2: No such file or directory)",  // of a directory or a file that nobody has made
	"is configured multiple times in", // a source that stands twice counts once
	"Duplicate sources.list entry",    // the same, in older words
	"Problem unlinking the file",      // a cache, in our own directory
	"Not using locking for",           // we take no lock
	"chown to", "chmod 0",             // of directories for fetching
	"determine free space", "space needed", // of an upgrade that is not made
	"auth.conf",            // passwords are needed to fetch
	"Credentials for",      // the same
	"Environment variable", // we set none
	"apt does not have a stable CLI interface", // apt's word to people who read its output by program
}

var short = []string{
	"Loading the configure index", // a file that another one includes
	"You may want to run apt-get update to correct these problems",
	"The dpkg executable set in Dir::Bin::dpkg", "execute dpkg", "it wasn't there", "IPC pipe for dpkg", // the architectures are dpkg's word
	"entries were discarded", "No valid records were found",
}

// partial returns an error that has what was not read, nil where nothing is known of that.
func (w *warnings) partial() error {
	lines := w.of(isPartial)
	if len(lines) == 0 {
		return nil
	}
	return errors.New("apt could not read all that it should: " + strings.Join(lines, " "))
}
