package print

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/query"
)

// Baselines prints a line for each baseline.
func (p *Printer) Baselines(list []query.BaselineView) {
	g := &grid{head: []string{"BASELINE", "OS", "REVISION", "STORED", "RULES", "WARNINGS", "APPLIES TO"}, numbers: []int{3, 5, 6}, least: []int{6, 5, 4, 2}}
	odd := 0
	for _, b := range list {
		if len(b.Warnings) > 0 {
			odd++
		}
		revision, stored, rules := "built in", none, strconv.Itoa(b.Rules)
		if !b.Builtin {
			revision, stored = strconv.FormatUint(b.Revision, 10), Clock(*b.StoredAt)
		}
		if !b.Readable {
			rules = p.paint().red("cannot be read")
		}
		system := b.OS
		if system == "" {
			system = "any"
		}
		g.add(Plain(b.ID), system, revision, stored, rules, p.number(len(b.Warnings)), Plain(OrNone(strings.Join(b.Bound, ", "))))
	}
	p.grid(g)
	if odd > 0 {
		p.Printf("\nOf %s there are warnings: \"patchstream baseline get ID\" says which.\n", Count(odd, "baseline"))
	}
}

// BaselineRevision prints the line of one revision of a baseline.
func (p *Printer) BaselineRevision(number uint64, at time.Time, by string, removed bool) {
	what := fmt.Sprintf("revision %d", number)
	if removed {
		what = p.paint().red("removed")
	}
	p.Printf("%s  %s  by %s\n", Clock(at), p.paint().bold(what), Plain(OrNone(by)))
}

// BaselineChanges prints what one baseline says otherwise than another, each with what it was.
func (p *Printer) BaselineChanges(changes []baseline.Change) {
	for _, c := range changes {
		what := Plain(c.What)
		if c.From != "" && c.To != "" {
			p.Printf("  ~ %s\n", what)
			what = " "
		}
		for _, side := range []struct{ mark, text string }{{p.paint().red("-"), c.From}, {p.paint().green("+"), c.To}} {
			if side.text != "" {
				p.Printf("  %s %s\n", side.mark, p.wrap(strings.TrimRight(what+" "+Plain(side.text), " "), "      "))
			}
		}
	}
}
