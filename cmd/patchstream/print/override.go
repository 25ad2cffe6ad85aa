package print

import (
	"strings"
	"time"

	"github.com/patchstream/patchstream/worker/query"
)

// Overrides prints a line for each override.
func (p *Printer) Overrides(list []query.OverrideView) {
	if len(list) == 0 {
		p.Printf("There is no override.\n")
		return
	}
	g := &grid{head: []string{"HOST", "PATCH", "STATE", "COMPUTED", "STANDING", "EXPIRES", "BY", "REASON"}, least: []int{5, 4, 3}, cut: []int{1, 2, 7}, leastOfLast: 16}
	for _, o := range list {
		expires := "never"
		if o.ExpiresAt != nil {
			expires = p.dayOrClock(*o.ExpiresAt)
		}
		g.add(Plain(o.Host), Plain(o.Patch), p.paint().state(o.State), OrNone(o.ComputedState), strings.ReplaceAll(o.Standing, "_", " "),
			expires, Plain(OrNone(o.By)), Plain(o.Reason))
	}
	p.grid(g)
}

// dayOrClock prints a time, on a narrow terminal without the time of day.
func (p *Printer) dayOrClock(t time.Time) string {
	if p.Columns > 0 && p.Columns < 100 {
		return t.UTC().Format(time.DateOnly)
	}
	return Clock(t)
}
