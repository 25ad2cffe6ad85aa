package print

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// grid is a table for people: a line under the head, none around it, so that it can be copied.
type grid struct {
	head    []string
	rows    [][]string
	numbers []int  // columns of numbers, from 1
	foot    string // under the table, in words

	// least are the columns, from 1, that a narrow terminal may do without, the least wanted first.
	least []int
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

const (
	gap     = 2  // spaces between columns
	leastOf = 24 // columns that the last one keeps on a narrow terminal
)

// grid prints a table. On a terminal that is too narrow the last column is wrapped, and some are left out.
func (p *Printer) grid(g *grid) {
	g, left := p.narrowed(g)
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	head := make(table.Row, len(g.head))
	for i, h := range g.head {
		head[i] = p.paint().bold(h)
	}
	t.AppendHeader(head)
	for _, cells := range g.rows {
		row := make(table.Row, len(cells))
		for i, c := range cells {
			row[i] = c
		}
		t.AppendRow(row)
	}
	t.SetColumnConfigs(p.columnsOf(g))
	p.Printf("%s\n", t.Render())
	if g.foot != "" {
		p.Printf("\n")
		for line := range strings.SplitSeq(g.foot, "\n") {
			p.Printf("%s\n", p.wrap(line, ""))
		}
	}
	if left != nil {
		p.Printf("%s\n", p.paint().dim(p.wrap("This terminal is too narrow for: "+strings.Join(left, ", ")+".", "")))
	}
}

// narrowed returns a grid without the columns for which the terminal has no room, and the heads of those.
func (p *Printer) narrowed(g *grid) (narrow *grid, left []string) {
	without := make(map[int]bool)
	for _, column := range g.least {
		if narrow = g.without(without); p.fits(narrow) {
			break
		}
		without[column] = true
	}
	for i, h := range g.head {
		if without[i+1] {
			left = append(left, h)
		}
	}
	return g.without(without), left
}

// fits reports whether the last column need not be narrower than it may be.
func (p *Printer) fits(g *grid) bool {
	return p.Columns == 0 || p.Columns-g.widthBeforeLast()-gap >= min(leastOf, g.widest(len(g.head)-1))
}

// without returns the grid without some columns, from 1.
func (g *grid) without(columns map[int]bool) *grid {
	keep := func(cells []string) (kept []string) {
		for i, c := range cells {
			if !columns[i+1] {
				kept = append(kept, c)
			}
		}
		return kept
	}
	narrow := &grid{head: keep(g.head), foot: g.foot}
	for _, row := range g.rows {
		narrow.rows = append(narrow.rows, keep(row))
	}
	at := 0
	for i := range g.head {
		if columns[i+1] {
			continue
		}
		if at++; slices.Contains(g.numbers, i+1) {
			narrow.numbers = append(narrow.numbers, at)
		}
	}
	return narrow
}

// leaving says which columns a narrow terminal may do without, of those that there are.
func (g *grid) leaving(least []int) *grid {
	g.least = slices.DeleteFunc(slices.Clone(least), func(column int) bool { return column > len(g.head) })
	return g
}

// widest returns the width of a column, from 0.
func (g *grid) widest(column int) int {
	width := text.StringWidthWithoutEscSequences(g.head[column])
	for _, row := range g.rows {
		width = max(width, text.StringWidthWithoutEscSequences(row[column]))
	}
	return width
}

// widthBeforeLast returns the width of all columns but the last, with the spaces after them.
func (g *grid) widthBeforeLast() (width int) {
	for i := range len(g.head) - 1 {
		width += g.widest(i) + gap
	}
	return width
}

func (p *Printer) columnsOf(g *grid) []table.ColumnConfig {
	var configs []table.ColumnConfig
	for _, n := range g.numbers {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	if first := p.widthOfFirst(g); first > 0 {
		configs = append(configs, table.ColumnConfig{Number: 1, WidthMax: first, WidthMaxEnforcer: cutMiddle})
	}
	if last := p.widthOfLast(g); last > 0 {
		configs = append(configs, table.ColumnConfig{Number: len(g.head), WidthMax: last, WidthMaxEnforcer: text.WrapSoft})
	}
	return configs
}

// widthOfFirst returns the width that is left for the first column where even the last one at its least leaves too little; 0: there
// is no bound.
func (p *Printer) widthOfFirst(g *grid) int {
	if p.Columns == 0 || p.fits(g) {
		return 0
	}
	others := g.widthBeforeLast() - g.widest(0) + min(leastOf, g.widest(len(g.head)-1)) + gap
	return max(p.Columns-others, leastOf/2)
}

// cutMiddle shortens a name to what fits: its beginning and its end tell it from others. What is painted is short, and stays.
func cutMiddle(name string, width int) string {
	runes := []rune(name)
	if text.StringWidthWithoutEscSequences(name) <= width || width < 3 || len(runes) < width {
		return name
	}
	front := width / 2
	return string(runes[:front]) + "…" + string(runes[len(runes)-(width-front-1):])
}

// widthOfLast returns the width that is left for the last column; 0: there is no bound.
func (p *Printer) widthOfLast(g *grid) int {
	if p.Columns == 0 {
		return 0
	}
	return max(p.Columns-g.widthBeforeLast()-gap, leastOf)
}

// wrap breaks text at spaces where the terminal ends; what follows the first line is indented.
func (p *Printer) wrap(s, indent string) string {
	width := p.Columns - len(indent)
	if p.Columns == 0 || width < leastOf {
		return s
	}
	lines := strings.Split(text.WrapSoft(s, width), "\n") // which fills them up with blanks
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n"+indent)
}
