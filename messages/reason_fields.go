package messages

import "time"

var reasonFields = mapOf(
	filled("code", func(r *Reason) *string { return &r.Code }),
	nestedOrNil("matched", matchedFields, func(r *Reason) **Matched { return &r.Matched }),
	nestedOrNil("stopped", stoppedFields, func(r *Reason) **Stopped { return &r.Stopped }),
	texts("compared", func(r *Reason) *[]string { return &r.Compared }),
	text("event", func(r *Reason) *string { return &r.Event }),
	nestedOrNil("outcome", outcomeReasonFields, func(r *Reason) **OutcomeReason { return &r.Outcome }),
	text("broken", func(r *Reason) *string { return &r.Broken }),
	nestedOrNil("reboot", rebootFields, func(r *Reason) **RebootReason { return &r.Reboot }),
	nestedOrNil("override", overrideReasonFields, func(r *Reason) **OverrideReason { return &r.Override }),
	field[Reason]{
		name: "invalid",
		read: func(d *decoder, r *Reason) {
			r.Invalid = readRecords(d, invalidFields, MaxListItems)
			d.countItems(len(r.Invalid))
		},
		write: func(e *encoder, r *Reason) { writeRecords(e, invalidFields, r.Invalid) },
	},
)

var matchedFields = mapOf(
	intOrNil("rule", func(m *Matched) **int { return &m.Rule }),
	intOrNil("entry", func(m *Matched) **int { return &m.Entry }),
	longText("text", func(m *Matched) *string { return &m.Text }),
)

var stoppedFields = mapOf(
	filled("version", func(s *Stopped) *string { return &s.Version }),
	filled("by", func(s *Stopped) *string { return &s.By }),
	intOrNil("rule", func(s *Stopped) **int { return &s.Rule }),
	text("key", func(s *Stopped) *string { return &s.Key }),
	longText("value", func(s *Stopped) *string { return &s.Value }),
	intOrNil("entry", func(s *Stopped) **int { return &s.Entry }),
	longText("text", func(s *Stopped) *string { return &s.Text }),
)

var outcomeReasonFields = mapOf(
	filled("event", func(o *OutcomeReason) *string { return &o.Event }),
	filled("run_id", func(o *OutcomeReason) *string { return &o.RunID }),
	word("result", func(o *OutcomeReason) *Result { return &o.Result }),
	text("version", func(o *OutcomeReason) *string { return &o.Version }),
	text("stage", func(o *OutcomeReason) *string { return &o.Stage }),
	text("error", func(o *OutcomeReason) *string { return &o.Error }),
	instant("finished_at", func(o *OutcomeReason) *time.Time { return &o.FinishedAt }),
)

var rebootFields = mapOf(
	filled("event", func(r *RebootReason) *string { return &r.Event }),
	instant("at", func(r *RebootReason) *time.Time { return &r.At }),
)

var overrideReasonFields = mapOf(
	filled("event", func(o *OverrideReason) *string { return &o.Event }),
	text("reason", func(o *OverrideReason) *string { return &o.Reason }),
	text("by", func(o *OverrideReason) *string { return &o.By }),
	instant("expires_at", func(o *OverrideReason) *time.Time { return &o.ExpiresAt }),
	filled("computed_state", func(o *OverrideReason) *State { return &o.ComputedState }),
	filled("computed_level", func(o *OverrideReason) *Level { return &o.ComputedLevel }),
)

var invalidFields = mapOf(
	filled("version", func(v *InvalidVersion) *string { return &v.Version }),
	filled("why", func(v *InvalidVersion) *string { return &v.Why }),
)
