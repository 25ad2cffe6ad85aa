package console

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
)

// changeRow is a change as people read it.
type changeRow struct {
	Sequence, Revision uint64
	At, Now            time.Time
	Host               string
	Cause              string
	From, To           messages.HostStatus // of the host; the same: it did not change
	Came, Gone         []string            // conditions
	Transitions        []changedPatch      // at most transitionsShown, the most serious first
	More               int                 // transitions besides
	InOrder            int                 // packages of a first scan or a recheck that are in order, of which there is nothing to say
}

// changedPatch is what became of a patch.
type changedPatch struct {
	Patch, Words, Version string
	From, To              messages.State
	Level                 messages.Level
}

// transitionsShown is how many transitions of a change are shown; the page of the host has all.
const transitionsShown = 6

// rowOf is a change as it is shown; picked: its transitions are those that were asked for.
func rowOf(e *history.Entry, now time.Time, picked bool) changeRow {
	return rowWith(e, now, picked, transitionsShown)
}

// rowWith is rowOf with at most so many transitions.
func rowWith(e *history.Entry, now time.Time, picked bool, most int) changeRow {
	row := changeRow{Sequence: e.Sequence, Revision: e.Revision, At: e.At, Now: now, Host: e.Host, Cause: causeWords(e.Cause), From: e.Status.From, To: e.Status.To}
	row.Came, row.Gone = cameAndGone(e.Changed)
	if e.Status.To == messages.Retired { // all that it had is gone, which its status says
		return row
	}
	var shown []*messages.Transition
	for i := range e.Transitions {
		if t := &e.Transitions[i]; !picked && inOrder(e.Changed, t) {
			row.InOrder++
		} else {
			shown = append(shown, t)
		}
	}
	slices.SortStableFunc(shown, func(a, b *messages.Transition) int { return pressing(a) - pressing(b) })
	row.More = max(0, len(shown)-most)
	for _, t := range shown[:min(len(shown), most)] {
		row.Transitions = append(row.Transitions, patchOf(t))
	}
	return row
}

func patchOf(t *messages.Transition) changedPatch {
	p := changedPatch{Patch: t.Patch, From: t.From, To: t.State, Level: t.Level, Version: t.Version}
	if t.State == "" {
		return p
	}
	if words := explain.Words(&t.Item); !strings.EqualFold(words, stateChip(t.State).Word) { // else the chip says it
		p.Words = words
	}
	if t.Level == messages.Unspecified {
		p.Level = ""
	}
	if t.Installed != "" && t.Installed != t.Version {
		p.Version = t.Installed + " → " + t.Version
	}
	return p
}

// pressing orders transitions by what somebody has to do about them.
func pressing(t *messages.Transition) int {
	if at := slices.Index(outstanding(), t.State); at >= 0 {
		return at
	}
	return len(outstanding())
}

// inOrder reports whether a transition is one of the many that a first scan or a recheck has, and news to nobody: a package is as it should
// be, and was not otherwise before.
func inOrder(m *messages.Changed, t *messages.Transition) bool {
	many := m.Initial || m.Cause.Kind == messages.KindRecheck
	return many && t.State.Compliant() && t.Reason.Override == nil && (t.From == "" || t.From.Compliant() || t.From == messages.NotApplicable)
}

// cameAndGone are the conditions that stand since a change, and those that do no more.
func cameAndGone(m *messages.Changed) (came, gone []string) {
	if m.ConditionsFrom == nil {
		return nil, nil
	}
	for _, c := range m.Conditions {
		if !slices.Contains(m.ConditionsFrom, c.Code) {
			came = append(came, c.Code)
		}
	}
	for _, code := range m.ConditionsFrom {
		if !slices.ContainsFunc(m.Conditions, func(c messages.Condition) bool { return c.Code == code }) {
			gone = append(gone, code)
		}
	}
	return came, gone
}

func causeWords(c messages.Cause) string {
	words := string(c.Kind)
	if c.Kind == messages.KindDue {
		words = "time passed"
	}
	if c.By != "" {
		words += " by " + c.By
	}
	return words
}
