package print

import (
	"regexp"
	"strings"
)

// Help returns the help on a command as it is printed. On a terminal no line is longer than that: prose is broken anew, what stands in a column of
// descriptions stays in it, and an example goes on behind a backslash, so that it can be copied.
func (p *Printer) Help(text string) string {
	if p.Columns < 2*leastOf {
		return text
	}
	var out []string
	heading := ""
	for _, line := range paragraphs(text) {
		if strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " ") && len(line) < leastOf {
			heading = line
		}
		switch {
		case len(line) <= p.Columns:
			out = append(out, line)
		case heading == "Examples:":
			out = append(out, p.example(line)...)
		default:
			out = append(out, p.described(line))
		}
	}
	return strings.Join(out, "\n")
}

// paragraphs returns the lines of a text, with those of prose, up to the first heading, put together.
func paragraphs(text string) (lines []string) {
	prose, rest, found := strings.Cut(text, "\nUsage:\n")
	for part := range strings.SplitSeq(prose, "\n\n") {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		if strings.HasPrefix(part, " ") || strings.Contains(part, "\n ") {
			lines = append(lines, strings.Split(part, "\n")...)
		} else {
			lines = append(lines, strings.TrimSpace(strings.ReplaceAll(part, "\n", " ")))
		}
	}
	if found {
		lines = append(append(lines, "", "Usage:"), strings.Split(rest, "\n")...)
	}
	return lines
}

// column is what stands before a description: "  -h, --help       ".
var column = regexp.MustCompile(`^ +\S.*?\S? {2,}`)

// described breaks a line whose end is a description of its begin, and any other one.
func (p *Printer) described(line string) string {
	before := column.FindString(line)
	if rest := p.Columns - len(before); before != "" && rest >= leastOf {
		return before + p.wrap(line[len(before):], strings.Repeat(" ", len(before)))
	}
	text := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(text)]
	if indent == "" {
		return p.wrap(text, "")
	}
	return indent + p.wrap(text, indent+"    ")
}

// example breaks a line of a shell. What it says of itself goes before it.
func (p *Printer) example(line string) (lines []string) {
	if code, comment, found := strings.Cut(line, " # "); found {
		lines = append(lines, p.described("  # "+comment))
		line = strings.TrimRight(code, " ")
	}
	const continued = " \\"
	for len(line) > p.Columns {
		at := lastBlank(line, p.Columns-len(continued))
		if at < 0 {
			break
		}
		lines = append(lines, line[:at]+continued)
		line = "      " + line[at+1:]
	}
	return append(lines, line)
}

// lastBlank returns where the last blank before a column is that no quotation marks are around; -1: there is none.
func lastBlank(line string, before int) int {
	at, quoted := -1, rune(0)
	code := len(line) - len(strings.TrimLeft(line, " "))
	for i, r := range line {
		switch {
		case i > before:
			return at
		case quoted != 0:
			if r == quoted {
				quoted = 0
			}
		case r == '\'' || r == '"':
			quoted = r
		case r == ' ' && i > code:
			at = i
		}
	}
	return at
}
