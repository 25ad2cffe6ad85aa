package print

import "strings"

// Figures prints a table of what was measured, under a title. Columns of figures alone are aligned as such.
func (p *Printer) Figures(title string, head []string, rows [][]string, note string) {
	p.Title(title)
	g := &grid{head: head, rows: rows, foot: note}
	for column := range head {
		if allFigures(rows, column) {
			g.numbers = append(g.numbers, column+1)
		}
	}
	p.grid(g)
}

func allFigures(rows [][]string, column int) bool {
	for _, row := range rows {
		if cell := row[column]; cell == "" || !strings.ContainsAny(cell[:1], "0123456789-") && !strings.HasPrefix(cell, "–") && !strings.HasPrefix(cell, "≥") {
			return false
		}
	}
	return true
}
