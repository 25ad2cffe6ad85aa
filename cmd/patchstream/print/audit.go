package print

import "github.com/patchstream/patchstream/worker/query"

// Audit prints a line for each thing that was decided.
func (p *Printer) Audit(list []query.AuditEntry) {
	if len(list) == 0 {
		p.Printf("Nothing was decided.\n")
		return
	}
	g := &grid{head: []string{"AT", "BY", "ABOUT", "NAME", "DECIDED"}, cut: []int{4, 2}, leastOfLast: 16}
	for _, e := range list {
		decided := e.Value
		if decided == "" {
			decided = "withdrawn"
		}
		g.add(Clock(e.At), Plain(OrNone(e.By)), e.About, Plain(OrNone(e.Name)), Plain(decided))
	}
	p.grid(g)
}
