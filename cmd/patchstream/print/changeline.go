package print

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/patchstream/patchstream/messages"
)

// changeLine is one line of a change: what of a host, and what became of it.
type changeLine struct {
	patch, fromTo     string
	version, versions string // the version that the state is about, and the installed one before it
	level, words      string
	conditions        []string // of the host: those that came, and went
}

// changeWidths are the columns of changes. What is longer is cut on a terminal, and makes its column wider on a pipe, for all lines
// that follow.
type changeWidths struct{ host, patch, fromTo, version, level int }

// The columns for terminals of at least so many columns, the widest first, and for pipes, where nearly all that there is fits in. 0: there is
// none.
var (
	onPipe     = changeWidths{host: 20, patch: 32, fromTo: 42, version: 48, level: 11}
	onTerminal = []struct {
		columns int
		changeWidths
	}{
		{164, changeWidths{host: 20, patch: 32, fromTo: 37, version: 24, level: 11}},
		{120, changeWidths{host: 18, patch: 30, fromTo: 37, version: 18}},
		{100, changeWidths{host: 14, patch: 32, fromTo: 37}},
		{0, changeWidths{host: 11, patch: 18, fromTo: 37}},
	}
)

const timeWidth = len("15:04:05")

// changeLines prints the lines of a change. On a pipe each has the whole of everything; on a terminal the day stands above the first line of
// it, and what there is no room for is left out or cut in its middle, so that no line is broken and the columns stand still.
func (p *Printer) changeLines(m *messages.Changed, lines []changeLine) {
	if p.Columns == 0 {
		p.pipedChange(m, lines)
		return
	}
	if day := m.At.UTC().Format("2006-01-02"); day != p.changesOf && len(lines) > 0 {
		p.changesOf = day
		p.Printf("%s\n", p.paint().dim("— "+day+", UTC —"))
	}
	w := widthsFor(p.Columns)
	for _, l := range lines {
		var more []string // below, in the same column
		if from, to, two := strings.Cut(l.fromTo, " → "); two && text.StringWidthWithoutEscSequences(l.fromTo) > w.fromTo {
			l.fromTo, more = from, append(more, "→ "+to)
		}
		more = append(more, l.conditions...)
		cells := []string{
			p.paint().dim(m.At.UTC().Format("15:04:05")), fill(p.paint().bold(cutMiddle(Plain(m.Host), w.host)), w.host),
			fill(cutMiddle(l.patch, w.patch), w.patch), fill(l.fromTo, w.fromTo),
		}
		indent := timeWidth + w.host + w.patch + 3*gap
		if w.version > 0 {
			cells = append(cells, fill(cutMiddle(l.version, w.version), w.version))
		}
		if w.level > 0 {
			cells = append(cells, fill(l.level, w.level), cutEnd(l.words, p.Columns-indent-w.fromTo-w.version-w.level-3*gap))
		}
		p.Printf("%s\n", strings.TrimRight(strings.Join(cells, "  "), " "))
		for _, words := range more {
			p.Printf("%s%s\n", strings.Repeat(" ", indent), words)
		}
	}
}

func widthsFor(columns int) changeWidths {
	for _, w := range onTerminal {
		if columns >= w.columns {
			return w.changeWidths
		}
	}
	return changeWidths{}
}

// pipedChange prints each line whole.
func (p *Printer) pipedChange(m *messages.Changed, lines []changeLine) {
	if p.changes == (changeWidths{}) {
		p.changes = onPipe
	}
	w := &p.changes
	host := Plain(m.Host)
	wider := func(width *int, s string) { *width = max(*width, text.StringWidthWithoutEscSequences(s)) }
	wider(&w.host, host)
	for _, l := range lines {
		wider(&w.patch, l.patch)
		wider(&w.fromTo, l.fromTo)
		wider(&w.version, l.versions)
	}
	for _, l := range lines {
		cells := []string{
			Clock(m.At), fill(host, w.host), fill(l.patch, w.patch), fill(l.fromTo, w.fromTo), fill(l.versions, w.version), fill(l.level, w.level), l.words,
		}
		if l.conditions != nil {
			cells = append(cells[:4], strings.Join(l.conditions, " "))
		}
		p.Printf("%s\n", strings.TrimRight(strings.Join(cells, "  "), " "))
	}
}

// fill pads what a terminal shows of s.
func fill(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-text.StringWidthWithoutEscSequences(s)))
}

// cutEnd shortens words to what fits.
func cutEnd(s string, width int) string {
	if text.StringWidthWithoutEscSequences(s) <= width {
		return s
	}
	return text.Trim(s, max(width-1, 0)) + "…"
}
