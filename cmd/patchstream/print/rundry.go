package print

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// Intention is what a run would do and send.
type Intention struct {
	Command []string    `json:"command"`
	Host    string      `json:"host"`
	RunID   string      `json:"run_id"`
	Plan    *host.Plan  `json:"plan"` // null: the command cannot tell
	Send    []Addressed `json:"send"`
	Server  string      `json:"server"`
	Spool   string      `json:"spool"`
}

// Addressed is an event that would be sent.
type Addressed struct {
	Kind    messages.Kind `json:"kind"`
	Subject string        `json:"subject"`
}

// Intention prints what a run would do and send.
func (p *Printer) Intention(i *Intention) {
	switch {
	case i.Plan == nil:
		p.Printf("%s cannot say what it would do: the packages are compared before and after it.\n", Plain(i.Command[0]))
	case len(i.Plan.Steps) == 0:
		p.Printf("%s would change no package.\n", Plain(strings.Join(i.Command, " ")))
	default:
		g := &grid{head: []string{"ACTION", "PACKAGE", "VERSION", "REASON"}}
		for _, s := range i.Plan.Steps {
			g.add(string(s.Action), Plain(s.Name+"."+s.Arch), Plain(arrow(s.From, s.To)), Plain(OrNone(s.Reason)))
		}
		if !slices.ContainsFunc(i.Plan.Steps, func(s host.Step) bool { return s.Reason != "" }) {
			g = g.without(map[int]bool{4: true})
		}
		g.cut = []int{2}
		p.grid(g)
	}
	p.Printf("\n%s\n", p.wrap(fmt.Sprintf("Nothing was run. A run would send to %s, or keep in %s:", i.Server, i.Spool), ""))
	for _, s := range i.Send {
		p.Printf("  %-4s  %s\n", s.Kind, s.Subject)
	}
	p.Printf("as run %s of %s.\n", i.RunID, i.Host)
}
