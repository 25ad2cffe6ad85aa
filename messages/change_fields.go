package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// maxTransitions bounds the transitions of one change: what a scan and a run may name, and entries of the
// baseline that fit nothing.
const maxTransitions = 4 * MaxPackages

// maxCounts bounds the keys of [Counts].
const maxCounts = 64

// maxConditions bounds the conditions of a host. There are fewer codes.
const maxConditions = 64

var changedFields = wire.MapOf(append(headFields(func(c *Changed) *Head { return &c.Head }),
	wire.Records("transitions", maxTransitions, transitionFields, func(c *Changed) *[]Transition { return &c.Transitions }).Always())...)

var statusChangedFields = wire.MapOf(headFields(func(c *StatusChanged) *Head { return &c.Head })...)

// headFields is a head on the wire, as part of a message.
func headFields[T any](head func(*T) *Head) []wire.Field[T] {
	return []wire.Field[T]{
		major[T](),
		text("host", func(c *T) *string { return &head(c).Host }).Always(),
		text("id", func(c *T) *string { return &head(c).ID }).Always(),
		wire.Counter("revision", func(c *T) *uint64 { return &head(c).Revision }),
		wire.Instant("at", func(c *T) *time.Time { return &head(c).At }),
		wire.Nested("cause", causeFields, func(c *T) *Cause { return &head(c).Cause }),
		wire.Nested("baseline", baselineFields, func(c *T) *BaselineRef { return &head(c).Baseline }),
		wire.Flag("initial", func(c *T) *bool { return &head(c).Initial }).Always(),
		wire.Nested("status", statusFields, func(c *T) *StatusChange { return &head(c).Status }),
		wire.Nested("level", levelFields, func(c *T) *LevelChange { return &head(c).Level }),
		wire.IntMap("counts", maxCounts, func(c *T) *Counts { return &head(c).Counts }),
		wire.Records("conditions", maxConditions, conditionFields, func(c *T) *[]Condition { return &head(c).Conditions }),
		wire.TextsOrNil("conditions_from", func(c *T) *[]string { return &head(c).ConditionsFrom }),
		wire.NestedOrNil("run", runSummaryFields, func(c *T) **RunSummary { return &head(c).Run }),
	}
}

var conditionFields = wire.MapOf(
	text("code", func(c *Condition) *string { return &c.Code }).Always(),
	wire.Instant("since", func(c *Condition) *time.Time { return &c.Since }),
	text("detail", func(c *Condition) *string { return &c.Detail }),
)

var causeFields = wire.MapOf(
	word("kind", func(c *Cause) *Kind { return &c.Kind }).Always(),
	text("id", func(c *Cause) *string { return &c.ID }).Always(),
	wire.Instant("occurred_at", func(c *Cause) *time.Time { return &c.OccurredAt }),
	text("by", func(c *Cause) *string { return &c.By }),
)

var baselineFields = wire.MapOf(
	text("id", func(b *BaselineRef) *string { return &b.ID }).Always(),
	text("name", func(b *BaselineRef) *string { return &b.Name }).Always(),
	wire.Counter("version", func(b *BaselineRef) *uint64 { return &b.Version }),
)

var statusFields = wire.MapOf(
	word("from", func(s *StatusChange) *HostStatus { return &s.From }).Always(),
	word("to", func(s *StatusChange) *HostStatus { return &s.To }).Always(),
	wire.Texts("reasons", func(s *StatusChange) *[]string { return &s.Reasons }),
)

var levelFields = wire.MapOf(
	word("from", func(l *LevelChange) *Level { return &l.From }).Always(),
	word("to", func(l *LevelChange) *Level { return &l.To }).Always(),
)

// maxPatchBytes bounds name.arch, each of which may be as long as any string.
const maxPatchBytes = 2*MaxStringBytes + 1

var transitionFields = wire.MapOf(
	wire.Text("patch", maxPatchBytes, func(t *Transition) *string { return &t.Patch }).Always(),
	text("name", func(t *Transition) *string { return &t.Name }).Always(),
	text("version", func(t *Transition) *string { return &t.Version }).Always(),
	text("installed", func(t *Transition) *string { return &t.Installed }).Always(),
	text("arch", func(t *Transition) *string { return &t.Arch }).Always(),
	word("from", func(t *Transition) *State { return &t.From }).Always(),
	word("to", func(t *Transition) *State { return &t.State }).Always(),
	word("level", func(t *Transition) *Level { return &t.Level }).Always(),
	text("classification", func(t *Transition) *string { return &t.Classification }).Always(),
	wire.Instant("since", func(t *Transition) *time.Time { return &t.Since }),
	text("blocked", func(t *Transition) *string { return &t.Blocked }),
	wire.Nested("reason", reasonFields, func(t *Transition) *Reason { return &t.Reason }),
).EndingAlike(4, endAlike)

// endAlike reports whether two transitions have the same but for what the package is called and its versions. Of most that is known at a
// glance: of packages in order they say which rule or entry has it so, and no more.
func endAlike(a, b *Transition) bool {
	return a.State == b.State && a.Reason.Matched == b.Reason.Matched && a.Reason.Code == b.Reason.Code && a.Arch == b.Arch && a.From == b.From &&
		a.Level == b.Level && a.Classification == b.Classification && a.Blocked == b.Blocked && a.Since.Equal(b.Since) &&
		a.Reason.plain() && b.Reason.plain()
}

// plain reports whether a reason has nothing beside its code and what matched.
func (r *Reason) plain() bool {
	return r.Stopped == nil && r.Compared == nil && r.Event == "" && r.Outcome == nil && r.Broken == "" && r.Reboot == nil && r.Override == nil &&
		r.Invalid == nil && r.Notices == nil && r.MoreNotices == 0
}
