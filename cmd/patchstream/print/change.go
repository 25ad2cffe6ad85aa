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

// Change prints what became of a host: a line for each transition that the states ask for, and one for the host where its
// status changes, or a condition comes or goes; as JSON the whole change in one line, if such a transition is in it.
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
	folded := 0
	for i := range m.Transitions {
		if states == nil && inOrder(m, &m.Transitions[i]) {
			folded++
			continue
		}
		// All that a retired host had is gone, which is said of the host in one line.
		if asked(m.Transitions[i]) && m.Status.To != messages.Retired {
			p.transition(m, &m.Transitions[i])
		}
	}
	if states == nil && (m.Status.From != m.Status.To || m.ConditionsFrom != nil) {
		p.statusChange(m)
	}
	if folded > 0 {
		p.InOrder(m, folded)
	}
	return p.Err()
}

// inOrder reports whether a transition is one of the many that a first scan or a recheck has, and news to nobody: a package is as it should
// be, and was not otherwise before.
func inOrder(m *messages.Changed, t *messages.Transition) bool {
	many := m.Initial || m.Cause.Kind == messages.KindRecheck
	return many && t.State.Compliant() && t.Reason.Override == nil && (t.From == "" || t.From.Compliant() || t.From == messages.NotApplicable)
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
	if m.Status.From != "" && m.Status.From != m.Status.To {
		fromTo = fmt.Sprintf("%s → %s", m.Status.From, fromTo)
	}
	p.changeLine(m, p.paint().bold("(the host)"), fromTo, p.conditionsChange(m))
}

// conditionsChange shows the conditions that came with a plus and those that went with a minus. Of those that stood before
// it names the ones that make a host UNKNOWN, where it is.
func (p *Printer) conditionsChange(m *messages.Changed) string {
	var words []string
	stood := func(code string) bool { return m.ConditionsFrom == nil || slices.Contains(m.ConditionsFrom, code) }
	for _, code := range m.Status.Reasons {
		if m.Status.To == messages.Unknown && stood(code) {
			words = append(words, Plain(code))
		}
	}
	for _, c := range m.Conditions {
		if !stood(c.Code) {
			words = append(words, p.paint().yellow("+"+Plain(c.Code)))
		}
	}
	for _, code := range m.ConditionsFrom {
		if !slices.ContainsFunc(m.Conditions, func(c messages.Condition) bool { return c.Code == code }) {
			words = append(words, p.paint().green("-"+Plain(code)))
		}
	}
	return strings.Join(words, " ")
}

// The widths to which the columns of watch are filled up. A longer text moves what follows it in its line. That of the hosts
// is of the longest one so far.
const (
	patchWidth   = 26
	fromToWidth  = 26
	versionWidth = 30
	levelWidth   = 11
)

// changeLine prints one line: what of which host, and what became of it.
func (p *Printer) changeLine(m *messages.Changed, patch string, words ...string) {
	host := Plain(m.Host)
	p.hostWidth = max(p.hostWidth, text.StringWidthWithoutEscSequences(host))
	line := p.paint().dim(Clock(m.At)) + "  " + fill(p.paint().bold(host), p.hostWidth) + "  " + fill(patch, patchWidth)
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
