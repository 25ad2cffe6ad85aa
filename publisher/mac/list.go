package mac

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// softwareupdate --list, since macOS 10.15 (the line of dashes stands for a tab):
//
//	Software Update Tool
//
//	Finding available software
//	Software Update found the following new or updated software:
//	* Label: macOS Tahoe 26.7-25G229
//	------Title: macOS Tahoe 26.7, Version: 26.7, Size: 3039632KiB, Recommended: YES, Action: restart,
//
// and before, with a dash in place of the star for what is not recommended:
//
//	   * Security Update 2019-004-10.13.6
//	------Security Update 2019-004 (10.13.6), 1841066K [recommended] [restart]
//
// Where there is nothing it says "No new software available.", on stderr. Logs of the system may stand in between.

// offer is an update that the list has.
type offer struct {
	label, title, version string
	recommended           bool
}

// list is what softwareupdate said.
type list struct {
	offers []offer
	none   bool // it said that there is nothing new
	why    string
}

const (
	listBegins = "Software Update found the following new or updated software"
	maxOffers  = 1000
	maxLine    = 16 << 10
)

var nothingNew = []string{"No new software available", "No updates are available"}

var labelLine = regexp.MustCompile(`^\s*([*-])\s+(?:Label:\s*)?(\S.*?)\s*$`)

// parseList reads what softwareupdate wrote, to stdout and stderr, in whichever order.
func parseList(text []byte) list {
	var l list
	var last string // for the reason
	begun := false
	var open *offer
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), " \t\r")
		switch m := labelLine.FindStringSubmatch(line); {
		case strings.Contains(line, listBegins):
			begun = true
		case saysNothing(line):
			l.none = true
		case begun && m != nil:
			l.unfinished(open)
			open = &offer{label: m[2], recommended: m[1] == "*"}
		case open != nil && open.details(line):
			l.add(*open)
			open = nil
		case strings.TrimSpace(line) != "":
			last = strings.TrimSpace(line)
		}
	}
	l.unfinished(open)
	switch {
	case l.why != "":
	case lines.Err() != nil:
		l.why = fmt.Sprintf("a line of softwareupdate is longer than %d bytes", maxLine)
	case begun && len(l.offers) == 0:
		l.why = "softwareupdate began a list and has nothing in it"
	case !begun && !l.none && last == "":
		l.why = "softwareupdate said nothing"
	case !begun && !l.none:
		l.why = "softwareupdate gave neither a list nor said that there is nothing new: " + last
	}
	return l
}

func saysNothing(line string) bool {
	for _, words := range nothingNew {
		if strings.HasPrefix(strings.TrimSpace(line), words) {
			return true
		}
	}
	return false
}

func (l *list) unfinished(o *offer) {
	if o != nil && l.why == "" {
		l.why = fmt.Sprintf("softwareupdate lists %.100q without a version", o.label)
	}
}

func (l *list) add(o offer) {
	if len(l.offers) == maxOffers {
		l.why = fmt.Sprintf("softwareupdate lists more than %d updates", maxOffers)
		return
	}
	l.offers = append(l.offers, o)
}

// A title may have commas in it, so what stands between two of these names belongs to the first.
var detail = regexp.MustCompile(`(?:^|,\s*)(Title|Version|Size|Recommended|Action|Deferred):\s*`)

var oldDetails = regexp.MustCompile(`^(.*?),?\s*\(([^()]*)\),\s*[\d.]+\s*[KMG](?:i?B)?\b(.*)$`)

// details reads the second line of an entry, and reports whether it is one.
func (o *offer) details(line string) bool {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "Title:") {
		return o.newDetails(line)
	}
	m := oldDetails.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	o.title, o.version = strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	o.recommended = strings.Contains(m[3], "[recommended]")
	return o.title != "" && o.version != ""
}

func (o *offer) newDetails(line string) bool {
	at := detail.FindAllStringSubmatchIndex(line, -1)
	for i, m := range at {
		end := len(line)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		value := strings.Trim(line[m[1]:end], ", \t")
		switch line[m[2]:m[3]] {
		case "Title":
			o.title = value
		case "Version":
			o.version = value
		case "Recommended":
			o.recommended = strings.EqualFold(value, "YES")
		}
	}
	return o.title != "" && o.version != ""
}
