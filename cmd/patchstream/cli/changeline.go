package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// change prints what became of a host: its transitions in JSON's or people's words.
func (a *app) change(m *messages.Changed, states stateSet, out *oneOf) error {
	fits := func(t messages.Transition) bool { return states == nil || states[t.State] }
	if out.json() {
		if states != nil && !slices.ContainsFunc(m.Transitions, fits) {
			return nil
		}
		if m.Transitions == nil {
			m.Transitions = []messages.Transition{}
		}
		return a.jsonLine(m)
	}
	for i := range m.Transitions {
		if fits(m.Transitions[i]) {
			a.transition(m, &m.Transitions[i])
		}
	}
	if states == nil && m.Status.From != m.Status.To {
		a.statusTurn(m)
	}
	return a.stdout.err
}

func (a *app) transition(m *messages.Changed, t *messages.Transition) {
	turn := a.paint.state(t.State)
	switch {
	case t.State == "":
		turn = fmt.Sprintf("%s → gone", t.From)
	case t.From != "" && t.From != t.State:
		turn = fmt.Sprintf("%s → %s", t.From, a.paint.state(t.State))
	}
	words := []string{turn}
	if t.State != "" {
		words = append(words, plain(arrow(t.Installed, t.Version)), a.paint.level(t.Level), a.paint.dim(plain(explain.Words(&t.Item))))
	}
	a.changeLine(m, plain(t.Patch), words...)
}

func (a *app) statusTurn(m *messages.Changed) {
	turn := a.paint.status(m.Status.To)
	if m.Status.From != "" {
		turn = fmt.Sprintf("%s → %s", m.Status.From, turn)
	}
	words := []string{turn}
	if len(m.Status.Reasons) > 0 {
		words = append(words, plain(strings.Join(m.Status.Reasons, " ")))
	}
	a.changeLine(m, a.paint.bold("(the host)"), words...)
}

// The widths to which the columns of watch are filled up. A longer text moves what follows it in its line.
const (
	patchWidth   = 26
	turnWidth    = 26
	versionWidth = 30
	levelWidth   = 11
)

// changeLine prints one line: what of which host, and what became of it.
func (a *app) changeLine(m *messages.Changed, patch string, words ...string) {
	line := a.paint.dim(clock(m.At)) + "  " + a.paint.bold(plain(m.Host)) + "  " + fill(patch, patchWidth)
	for i, width := range []int{turnWidth, versionWidth, levelWidth, 0} {
		if i < len(words) {
			line += "  " + fill(words[i], width)
		}
	}
	a.printf("%s\n", strings.TrimRight(line, " "))
}

// fill pads what a terminal shows of s.
func fill(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-text.StringWidthWithoutEscSequences(s)))
}
