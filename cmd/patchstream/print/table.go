package print

import (
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
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

const (
	gap     = 2  // spaces between columns
	leastOf = 24 // columns that the last one keeps on a narrow terminal
)

// grid prints a table. On a terminal that is too narrow the last column is wrapped.
func (p *Printer) grid(g *grid) {
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
		p.Printf("\n%s\n", g.foot)
	}
}

func (p *Printer) columnsOf(g *grid) []table.ColumnConfig {
	var configs []table.ColumnConfig
	for _, n := range g.numbers {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	if last := p.widthOfLast(g); last > 0 {
		configs = append(configs, table.ColumnConfig{Number: len(g.head), WidthMax: last, WidthMaxEnforcer: text.WrapSoft})
	}
	return configs
}

// widthOfLast returns the width that is left for the last column; 0: there is no bound.
func (p *Printer) widthOfLast(g *grid) int {
	if p.Columns == 0 {
		return 0
	}
	left := p.Columns
	for i := range len(g.head) - 1 {
		widest := text.StringWidthWithoutEscSequences(g.head[i])
		for _, row := range g.rows {
			widest = max(widest, text.StringWidthWithoutEscSequences(row[i]))
		}
		left -= widest + gap
	}
	return max(left-gap, leastOf)
}

// wrap breaks text at spaces where the terminal ends; what follows the first line is indented.
func (p *Printer) wrap(s, indent string) string {
	width := p.Columns - len(indent)
	if p.Columns == 0 || width < leastOf {
		return s
	}
	return strings.ReplaceAll(text.WrapSoft(s, width), "\n", "\n"+indent)
}
