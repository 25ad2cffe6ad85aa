package host

import (
	"bytes"
	"regexp"
	"strings"
)

// Lines makes lines of what comes in pieces. The zero value is ready.
type Lines struct {
	begun []byte // and not ended
}

// maxHeardBytes bounds one line; the rest of it is dropped.
const maxHeardBytes = 4 << 10

// Add hands the lines that p ends to take, without what a terminal would not show of them: colours, and what was
// written over, as a progress bar is. Empty lines are left out.
func (l *Lines) Add(p []byte, take func(line string)) {
	for rest := p; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		l.begun = append(l.begun, part[:min(len(part), maxHeardBytes-len(l.begun))]...)
		if ended {
			l.End(take)
		}
		rest = after
	}
}

// End hands over the line that was begun. Call it behind the last Add too.
func (l *Lines) End(take func(line string)) {
	line := string(l.begun)
	l.begun = l.begun[:0]
	if i := strings.LastIndexByte(strings.TrimSuffix(line, "\r"), '\r'); i >= 0 {
		line = line[i+1:]
	}
	line = strings.ToValidUTF8(colours.ReplaceAllString(strings.TrimRight(line, " \t\r"), ""), "\uFFFD")
	if line != "" {
		take(line)
	}
}

// colours are the control sequences by which a terminal shows them.
var colours = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")
