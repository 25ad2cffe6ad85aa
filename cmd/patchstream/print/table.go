package print

import (
	"cmp"
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

	// cut are the columns, from 1, of names that are cut in their middle where a terminal is too narrow for them. None: the first.
	cut []int

	leastOfLast int // columns that the last one keeps on a narrow terminal; 0: leastOf
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
	return p.Columns == 0 || p.Columns-total(p.widths(g))-gap >= g.leastLast()
}

func (g *grid) leastLast() int { return min(cmp.Or(g.leastOfLast, leastOf), g.widest(len(g.head)-1)) }

// widths returns those of all columns but the last. On a terminal that is too narrow for what stands in them, names have a third of it.
func (p *Printer) widths(g *grid) []int {
	widths := make([]int, len(g.head)-1)
	for i := range widths {
		widths[i] = g.widest(i)
	}
	if p.Columns == 0 || p.Columns-total(widths)-gap >= g.leastLast() {
		return widths
	}
	for _, column := range g.cuts() {
		widths[column-1] = min(widths[column-1], max(leastOf, p.Columns/3))
	}
	return widths
}

// fitted is widths, with names as narrow as they must be for the last column to have its least.
func (p *Printer) fitted(g *grid) []int {
	widths := p.widths(g)
	if p.Columns == 0 || len(g.cuts()) == 0 {
		return widths
	}
	over := g.leastLast() - (p.Columns - total(widths) - gap)
	for _, column := range g.cuts() {
		if over <= 0 {
			break
		}
		narrower := max(widths[column-1]-over, min(widths[column-1], leastOf/2))
		over -= widths[column-1] - narrower
		widths[column-1] = narrower
	}
	return widths
}

// cuts are the columns of names, but for the last one.
func (g *grid) cuts() []int {
	cut := g.cut
	if cut == nil {
		cut = []int{1}
	}
	return slices.DeleteFunc(slices.Clone(cut), func(column int) bool { return column >= len(g.head) })
}

// total is the width of columns with the spaces after them.
func total(widths []int) (sum int) {
	for _, w := range widths {
		sum += w + gap
	}
	return sum
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
	narrow := &grid{head: keep(g.head), foot: g.foot, leastOfLast: g.leastOfLast}
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
		if slices.Contains(g.cut, i+1) {
			narrow.cut = append(narrow.cut, at)
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
	for i, width := range p.fitted(g) {
		if width < g.widest(i) {
			configs = append(configs, table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: cutMiddle})
		}
	}
	if last := p.widthOfLast(g); last > 0 {
		configs = append(configs, table.ColumnConfig{Number: len(g.head), WidthMax: last, WidthMaxEnforcer: wrapWords})
	}
	return configs
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

// wrapWords breaks text at spaces; a word that is longer than a line is cut in its middle.
func wrapWords(s string, width int) string {
	if text.StringWidthWithoutEscSequences(s) <= width {
		return s
	}
	words := strings.Fields(s)
	for i := range words {
		words[i] = cutMiddle(words[i], width)
	}
	return text.WrapSoft(strings.Join(words, " "), width)
}

// widthOfLast returns the width that is left for the last column; 0: there is no bound.
func (p *Printer) widthOfLast(g *grid) int {
	if p.Columns == 0 {
		return 0
	}
	return max(p.Columns-total(p.fitted(g))-gap, g.leastLast(), text.StringWidthWithoutEscSequences(g.head[len(g.head)-1]))
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
