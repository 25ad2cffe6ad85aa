package print

import (
	"fmt"
	"slices"

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
	var lines []changeLine
	folded := 0
	for i := range m.Transitions {
		if states == nil && inOrder(m, &m.Transitions[i]) {
			folded++
			continue
		}
		// All that a retired host had is gone, which is said of the host in one line.
		if asked(m.Transitions[i]) && m.Status.To != messages.Retired {
			lines = append(lines, p.transition(&m.Transitions[i]))
		}
	}
	if states == nil && (m.Status.From != m.Status.To || m.ConditionsFrom != nil) {
		lines = append(lines, p.statusChange(m))
	}
	if folded > 0 {
		lines = append(lines, changeLine{fromTo: p.paint().dim(fmt.Sprintf("and %s in order", Count(folded, "package")))})
	}
	p.changeLines(m, lines)
	return p.Err()
}

// inOrder reports whether a transition is one of the many that a first scan or a recheck has, and news to nobody: a package is as it should
// be, and was not otherwise before.
func inOrder(m *messages.Changed, t *messages.Transition) bool {
	many := m.Initial || m.Cause.Kind == messages.KindRecheck
	return many && t.State.Compliant() && t.Reason.Override == nil && (t.From == "" || t.From.Compliant() || t.From == messages.NotApplicable)
}

func (p *Printer) transition(t *messages.Transition) changeLine {
	l := changeLine{patch: Plain(t.Patch), fromTo: p.fromTo(t)}
	if t.State != "" {
		l.version, l.versions = Plain(OrNone(t.Version)), Plain(arrow(t.Installed, t.Version))
		l.level, l.words = p.paint().level(t.Level), p.paint().dim(Plain(explain.Words(&t.Item)))
	}
	return l
}

func (p *Printer) fromTo(t *messages.Transition) string {
	switch {
	case t.State == "":
		return fmt.Sprintf("%s → gone", t.From)
	case t.From != "" && t.From != t.State:
		return fmt.Sprintf("%s → %s", t.From, p.paint().state(t.State))
	}
	return p.paint().state(t.State)
}

func (p *Printer) statusChange(m *messages.Changed) changeLine {
	fromTo := p.paint().status(m.Status.To)
	if m.Status.From != "" && m.Status.From != m.Status.To {
		fromTo = fmt.Sprintf("%s → %s", m.Status.From, fromTo)
	}
	return changeLine{patch: p.paint().bold("(the host)"), fromTo: fromTo, conditions: p.conditionsChange(m)}
}

// conditionsChange shows the conditions that came with a plus and those that went with a minus. Of those that stood before
// it names the ones that make a host UNKNOWN, where it is.
func (p *Printer) conditionsChange(m *messages.Changed) (words []string) {
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
	return words
}
