package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

var reasonFields = wire.MapOf(
	text("code", func(r *Reason) *string { return &r.Code }).Always(),
	wire.NestedOrNil("matched", matchedFields, func(r *Reason) **Matched { return &r.Matched }),
	wire.NestedOrNil("stopped", stoppedFields, func(r *Reason) **Stopped { return &r.Stopped }),
	wire.Texts("compared", func(r *Reason) *[]string { return &r.Compared }),
	text("event", func(r *Reason) *string { return &r.Event }),
	wire.NestedOrNil("outcome", outcomeReasonFields, func(r *Reason) **OutcomeReason { return &r.Outcome }),
	text("broken", func(r *Reason) *string { return &r.Broken }),
	wire.NestedOrNil("reboot", rebootFields, func(r *Reason) **RebootReason { return &r.Reboot }),
	wire.NestedOrNil("override", overrideReasonFields, func(r *Reason) **OverrideReason { return &r.Override }),
	wire.Records("invalid", 0, invalidFields, func(r *Reason) *[]InvalidVersion { return &r.Invalid }),
	wire.Records("notices", 0, noticeFields, func(r *Reason) *[]Notice { return &r.Notices }),
	wire.Int("more_notices", func(r *Reason) *int { return &r.MoreNotices }),
)

var noticeFields = wire.MapOf(
	text("id", func(n *Notice) *string { return &n.ID }).Always(),
	text("type", func(n *Notice) *string { return &n.Type }),
	text("severity", func(n *Notice) *string { return &n.Severity }),
	wire.Instant("at", func(n *Notice) *time.Time { return &n.At }),
	wire.Texts("cves", func(n *Notice) *[]string { return &n.CVEs }),
	wire.Int("more_cves", func(n *Notice) *int { return &n.MoreCVEs }),
	wire.Texts("aliases", func(n *Notice) *[]string { return &n.Aliases }),
)

var matchedFields = wire.MapOf(
	wire.IntOrNil("rule", func(m *Matched) **int { return &m.Rule }),
	wire.IntOrNil("entry", func(m *Matched) **int { return &m.Entry }),
	ruleText("text", func(m *Matched) *string { return &m.Text }),
	text("notice", func(m *Matched) *string { return &m.Notice }),
)

var stoppedFields = wire.MapOf(
	text("version", func(s *Stopped) *string { return &s.Version }).Always(),
	text("by", func(s *Stopped) *string { return &s.By }).Always(),
	wire.IntOrNil("rule", func(s *Stopped) **int { return &s.Rule }),
	text("key", func(s *Stopped) *string { return &s.Key }),
	ruleText("value", func(s *Stopped) *string { return &s.Value }),
	wire.IntOrNil("entry", func(s *Stopped) **int { return &s.Entry }),
	ruleText("text", func(s *Stopped) *string { return &s.Text }),
	text("notice", func(s *Stopped) *string { return &s.Notice }),
	wire.Instant("until", func(s *Stopped) *time.Time { return &s.Until }),
)

var outcomeReasonFields = wire.MapOf(
	text("event", func(o *OutcomeReason) *string { return &o.Event }).Always(),
	text("run_id", func(o *OutcomeReason) *string { return &o.RunID }).Always(),
	word("result", func(o *OutcomeReason) *Result { return &o.Result }),
	text("version", func(o *OutcomeReason) *string { return &o.Version }),
	text("stage", func(o *OutcomeReason) *string { return &o.Stage }),
	text("error", func(o *OutcomeReason) *string { return &o.Error }),
	wire.Instant("finished_at", func(o *OutcomeReason) *time.Time { return &o.FinishedAt }),
)

var rebootFields = wire.MapOf(
	text("event", func(r *RebootReason) *string { return &r.Event }).Always(),
	wire.Instant("at", func(r *RebootReason) *time.Time { return &r.At }),
)

var overrideReasonFields = wire.MapOf(
	text("event", func(o *OverrideReason) *string { return &o.Event }).Always(),
	text("reason", func(o *OverrideReason) *string { return &o.Reason }),
	text("by", func(o *OverrideReason) *string { return &o.By }),
	wire.Instant("expires_at", func(o *OverrideReason) *time.Time { return &o.ExpiresAt }),
	word("computed_state", func(o *OverrideReason) *State { return &o.ComputedState }).Always(),
	word("computed_level", func(o *OverrideReason) *Level { return &o.ComputedLevel }).Always(),
)

var invalidFields = wire.MapOf(
	text("version", func(v *InvalidVersion) *string { return &v.Version }).Always(),
	text("why", func(v *InvalidVersion) *string { return &v.Why }).Always(),
)
