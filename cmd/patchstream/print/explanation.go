package print

import "github.com/patchstream/patchstream/worker/query"

// Explanation prints why a patch is in its state, and what to do next.
func (p *Printer) Explanation(e *query.ExplanationView) {
	p.Printf("%s  %s  %s\n", p.paint().bold(Plain(e.Patch)+" on "+Plain(e.Host)), p.paint().state(e.State), p.paint().level(e.Level))
	for _, s := range e.Sentences {
		p.Printf("  %s\n", p.wrap(Plain(s), "  "))
	}
	if e.Next != "" {
		p.Title("Next step")
		p.nextStep(e.Next, "  ")
	}
	p.conditions("What stands on the host", e.Conditions)
	if len(e.WouldChange) > 0 {
		p.Title("What would change it")
	}
	for _, s := range e.WouldChange {
		p.Printf("  - %s\n", p.wrap(Plain(s), "    "))
	}
}
