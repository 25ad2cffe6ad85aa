package cli

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
func (a *app) grid(g *grid) {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	head := make(table.Row, len(g.head))
	for i, h := range g.head {
		head[i] = a.paint.bold(h)
	}
	t.AppendHeader(head)
	for _, cells := range g.rows {
		row := make(table.Row, len(cells))
		for i, c := range cells {
			row[i] = c
		}
		t.AppendRow(row)
	}
	t.SetColumnConfigs(a.columns(g))
	a.printf("%s\n", t.Render())
	if g.foot != "" {
		a.printf("\n%s\n", g.foot)
	}
}

func (a *app) columns(g *grid) []table.ColumnConfig {
	var configs []table.ColumnConfig
	for _, n := range g.numbers {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	if last := a.room(g); last > 0 {
		configs = append(configs, table.ColumnConfig{Number: len(g.head), WidthMax: last, WidthMaxEnforcer: text.WrapSoft})
	}
	return configs
}

// room returns the width that is left for the last column; 0: there is no bound.
func (a *app) room(g *grid) int {
	if a.width == 0 {
		return 0
	}
	left := a.width
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
func (a *app) wrap(s, indent string) string {
	width := a.width - len(indent)
	if a.width == 0 || width < leastOf {
		return s
	}
	return strings.ReplaceAll(text.WrapSoft(s, width), "\n", "\n"+indent)
}
