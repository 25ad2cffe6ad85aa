package print

import (
	"strconv"
	"strings"

	"github.com/patchstream/patchstream/worker/query"
)

// Baselines prints a line for each baseline.
func (p *Printer) Baselines(list []query.BaselineView) {
	g := &grid{head: []string{"BASELINE", "OS", "REVISION", "STORED", "RULES", "WARNINGS", "APPLIES TO"}, numbers: []int{3, 5, 6}}
	for _, b := range list {
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
}
