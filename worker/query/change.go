package query

import (
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
)

// ChangeView is a change as machines read it: as it stands on the wire, with its place in the stream.
type ChangeView struct {
	Sequence       uint64                `json:"sequence"` // in PATCH_CHANGES: where one goes on reading
	Host           string                `json:"host"`
	ID             string                `json:"id"`
	Revision       uint64                `json:"revision"`
	At             time.Time             `json:"at"`
	Cause          messages.Cause        `json:"cause"`
	Baseline       messages.BaselineRef  `json:"baseline"`
	Initial        bool                  `json:"initial"`
	Status         messages.StatusChange `json:"status"`
	Level          messages.LevelChange  `json:"level"`
	Counts         messages.Counts       `json:"counts"`
	Conditions     []messages.Condition  `json:"conditions"`
	ConditionsFrom []string              `json:"conditions_from,omitzero"` // absent: the same; the codes before, which may be none
	Run            *messages.RunSummary  `json:"run,omitempty"`
	Transitions    []TransitionView      `json:"transitions"`
}

// TransitionView is what became of a patch.
type TransitionView struct {
	Patch          string         `json:"patch"`
	Name           string         `json:"name"`
	Arch           string         `json:"arch"`
	From           messages.State `json:"from"` // empty: it was not known before
	To             messages.State `json:"to"`   // empty: it is gone
	Version        string         `json:"version"`
	Installed      string         `json:"installed"`
	Level          messages.Level `json:"level"`
	Classification string         `json:"classification"`
	Since          *time.Time     `json:"since,omitempty"`
	Blocked        string         `json:"blocked"`
	Reason         string         `json:"reason"`       // its code
	By             string         `json:"by,omitempty"` // who set it by hand

	Why *messages.Reason `json:"why,omitempty"` // all that the change says of the reason, where that is asked for
}

// Change returns the view of a change.
func Change(e history.Entry) ChangeView {
	c := e.Changed
	v := ChangeView{
		Sequence: e.Sequence, Host: c.Host, ID: c.ID, Revision: c.Revision, At: c.At, Cause: c.Cause, Baseline: c.Baseline, Initial: c.Initial,
		Status: c.Status, Level: c.Level, Counts: c.Counts, Conditions: append([]messages.Condition{}, c.Conditions...), ConditionsFrom: c.ConditionsFrom, Run: c.Run,
		Transitions: make([]TransitionView, 0, len(c.Transitions)),
	}
	for i := range c.Transitions {
		t := &c.Transitions[i]
		tv := TransitionView{
			Patch: t.Patch, Name: t.Name, Arch: t.Arch, From: t.From, To: t.State, Version: t.Version, Installed: t.Installed, Level: t.Level,
			Classification: t.Classification, Since: timeOrNil(t.Since), Blocked: t.Blocked, Reason: t.Reason.Code,
		}
		if t.Reason.Override != nil {
			tv.By = t.Reason.Override.By
		}
		v.Transitions = append(v.Transitions, tv)
	}
	return v
}

// WholeChange is the view of a change with all that it says of why.
func WholeChange(e history.Entry) ChangeView {
	v := Change(e)
	for i := range v.Transitions {
		v.Transitions[i].Why = &e.Transitions[i].Reason
	}
	return v
}

// Changed is the change of a view that is whole, as it stands on the wire.
func (v *ChangeView) Changed() *messages.Changed {
	c := &messages.Changed{Head: messages.Head{
		V: messages.SchemaVersion, Host: v.Host, ID: v.ID, Revision: v.Revision, At: v.At, Cause: v.Cause, Baseline: v.Baseline, Initial: v.Initial,
		Status: v.Status, Level: v.Level, Counts: v.Counts, Conditions: v.Conditions, ConditionsFrom: v.ConditionsFrom, Run: v.Run,
	}, Transitions: make([]messages.Transition, 0, len(v.Transitions))}
	for i := range v.Transitions {
		t := &v.Transitions[i]
		item := messages.Item{
			Patch: t.Patch, Name: t.Name, Arch: t.Arch, State: t.To, Version: t.Version, Installed: t.Installed, Level: t.Level,
			Classification: t.Classification, Blocked: t.Blocked, Reason: messages.Reason{Code: t.Reason},
		}
		if t.Since != nil {
			item.Since = *t.Since
		}
		if t.Why != nil {
			item.Reason = *t.Why
		}
		c.Transitions = append(c.Transitions, messages.Transition{From: t.From, Item: item})
	}
	return c
}

// RunEntry is a run as a change tells of it.
type RunEntry struct {
	Sequence   uint64    `json:"sequence,omitempty"` // in the stream; absent: not known
	Host       string    `json:"host"`
	Revision   uint64    `json:"revision"`
	ID         string    `json:"id"`
	FinishedAt time.Time `json:"finished_at"`
	messages.RunSummary
}

// Run returns what a change tells of the run that caused it; false where none did.
func Run(e history.Entry) (RunEntry, bool) {
	run, is := RunIn(e.Changed)
	run.Sequence = e.Sequence
	return run, is
}

// RunIn is Run of a change of which it is not known where it is in the stream.
func RunIn(c *messages.Changed) (RunEntry, bool) {
	if c.Run == nil {
		return RunEntry{}, false
	}
	return RunEntry{Host: c.Host, Revision: c.Revision, ID: c.Cause.ID, FinishedAt: c.Cause.OccurredAt, RunSummary: *c.Run}, true
}
