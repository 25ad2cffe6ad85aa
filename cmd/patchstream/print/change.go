package print

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// Change prints what became of a host: a line for each transition that the states ask for, and one where the status of the
// host changes; as JSON the whole change in one line, if such a transition is in it.
func (p *Printer) Change(as Format, m *messages.Changed, states query.States) error {
	asked := func(t messages.Transition) bool { return states.Has(t.State) }
	if as == JSON {
		if states != nil && !slices.ContainsFunc(m.Transitions, asked) {
			return nil
		}
		if m.Transitions == nil {
			m.Transitions = []messages.Transition{}
		}
		return p.JSONLine(m)
	}
	for i := range m.Transitions {
		if asked(m.Transitions[i]) {
			p.transition(m, &m.Transitions[i])
		}
	}
	if states == nil && m.Status.From != m.Status.To {
		p.statusChange(m)
	}
	return p.Err()
}

// InOrder prints, under a change, how many packages of it are not shown.
func (p *Printer) InOrder(m *messages.Changed, packages int) {
	p.changeLine(m, "", p.paint().dim(fmt.Sprintf("and %d packages in order", packages)))
}

func (p *Printer) transition(m *messages.Changed, t *messages.Transition) {
	fromTo := p.paint().state(t.State)
	switch {
	case t.State == "":
		fromTo = fmt.Sprintf("%s → gone", t.From)
	case t.From != "" && t.From != t.State:
		fromTo = fmt.Sprintf("%s → %s", t.From, p.paint().state(t.State))
	}
	words := []string{fromTo}
	if t.State != "" {
		words = append(words, Plain(arrow(t.Installed, t.Version)), p.paint().level(t.Level), p.paint().dim(Plain(explain.Words(&t.Item))))
	}
	p.changeLine(m, Plain(t.Patch), words...)
}

func (p *Printer) statusChange(m *messages.Changed) {
	fromTo := p.paint().status(m.Status.To)
	if m.Status.From != "" {
		fromTo = fmt.Sprintf("%s → %s", m.Status.From, fromTo)
	}
	words := []string{fromTo}
	if len(m.Status.Reasons) > 0 {
		words = append(words, Plain(strings.Join(m.Status.Reasons, " ")))
	}
	p.changeLine(m, p.paint().bold("(the host)"), words...)
}

// The widths to which the columns of watch are filled up. A longer text moves what follows it in its line.
const (
	patchWidth   = 26
	fromToWidth  = 26
	versionWidth = 30
	levelWidth   = 11
)

// changeLine prints one line: what of which host, and what became of it.
func (p *Printer) changeLine(m *messages.Changed, patch string, words ...string) {
	line := p.paint().dim(Clock(m.At)) + "  " + p.paint().bold(Plain(m.Host)) + "  " + fill(patch, patchWidth)
	for i, width := range []int{fromToWidth, versionWidth, levelWidth, 0} {
		if i < len(words) {
			line += "  " + fill(words[i], width)
		}
	}
	p.Printf("%s\n", strings.TrimRight(line, " "))
}

// fill pads what a terminal shows of s.
func fill(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-text.StringWidthWithoutEscSequences(s)))
}
