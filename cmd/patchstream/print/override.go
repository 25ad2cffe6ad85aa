package print

import (
	"strings"

	"github.com/patchstream/patchstream/worker/query"
)

// Overrides prints a line for each override.
func (p *Printer) Overrides(list []query.OverrideView) {
	if len(list) == 0 {
		p.Printf("There is no override.\n")
		return
	}
	g := &grid{head: []string{"HOST", "PATCH", "STATE", "COMPUTED", "STANDING", "EXPIRES", "BY", "REASON"}}
	for _, o := range list {
		expires := "never"
		if o.ExpiresAt != nil {
			expires = Clock(*o.ExpiresAt)
		}
		g.add(Plain(o.Host), Plain(o.Patch), p.paint().state(o.State), OrNone(o.ComputedState), strings.ReplaceAll(o.Standing, "_", " "),
			expires, Plain(OrNone(o.By)), Plain(o.Reason))
	}
	p.grid(g)
}
