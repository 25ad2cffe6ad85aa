package messages

import "time"

// maxTransitions bounds the transitions of one change: what a scan and a run may name, and entries of the
// baseline that fit nothing.
const maxTransitions = 4 * MaxPackages

// maxCounts bounds the keys of [Counts].
const maxCounts = 64

var changedFields = mapOf(append(headFields(func(c *Changed) *Head { return &c.Head }),
	allRecords("transitions", maxTransitions, transitionFields, func(c *Changed) *[]Transition { return &c.Transitions }))...)

var statusChangedFields = mapOf(headFields(func(c *StatusChanged) *Head { return &c.Head })...)

// headFields is a head on the wire, as part of a message.
func headFields[T any](head func(*T) *Head) []field[T] {
	return []field[T]{
		{
			name:     "v",
			read:     func(d *decoder, c *T) { head(c).V = d.major() },
			write:    func(e *encoder, _ *T) { e.integer(SchemaVersion) },
			required: true,
		},
		filled("host", func(c *T) *string { return &head(c).Host }),
		filled("id", func(c *T) *string { return &head(c).ID }),
		counter("revision", func(c *T) *uint64 { return &head(c).Revision }),
		instant("at", func(c *T) *time.Time { return &head(c).At }),
		nested("cause", causeFields, func(c *T) *Cause { return &head(c).Cause }),
		nested("baseline", baselineFields, func(c *T) *BaselineRef { return &head(c).Baseline }),
		{
			name:  "initial",
			read:  func(d *decoder, c *T) { head(c).Initial = d.flag() },
			write: func(e *encoder, c *T) { e.flag(head(c).Initial) },
		},
		nested("status", statusFields, func(c *T) *StatusChange { return &head(c).Status }),
		nested("level", levelFields, func(c *T) *LevelChange { return &head(c).Level }),
		{
			name:  "counts",
			read:  func(d *decoder, c *T) { head(c).Counts = readPairs(d, maxCounts, d.int) },
			write: func(e *encoder, c *T) { writePairs(e, head(c).Counts, func(n int) { e.integer(int64(n)) }) },
		},
	}
}

var causeFields = mapOf(
	filled("kind", func(c *Cause) *Kind { return &c.Kind }),
	filled("id", func(c *Cause) *string { return &c.ID }),
	instant("occurred_at", func(c *Cause) *time.Time { return &c.OccurredAt }),
)

var baselineFields = mapOf(
	filled("id", func(b *BaselineRef) *string { return &b.ID }),
	filled("name", func(b *BaselineRef) *string { return &b.Name }),
	counter("version", func(b *BaselineRef) *uint64 { return &b.Version }),
)

var statusFields = mapOf(
	filled("from", func(s *StatusChange) *HostStatus { return &s.From }),
	filled("to", func(s *StatusChange) *HostStatus { return &s.To }),
	texts("reasons", func(s *StatusChange) *[]string { return &s.Reasons }),
)

var levelFields = mapOf(
	filled("from", func(l *LevelChange) *Level { return &l.From }),
	filled("to", func(l *LevelChange) *Level { return &l.To }),
)

// patchName is name.arch, each of which may be as long as any string.
func patchName[T any](name string, at func(*T) *string) field[T] {
	f := filled(name, at)
	f.read = func(d *decoder, rec *T) { *at(rec) = d.keep(2*MaxStringBytes + 1) }
	return f
}

var transitionFields = mapOf(
	patchName("patch", func(t *Transition) *string { return &t.Patch }),
	filled("name", func(t *Transition) *string { return &t.Name }),
	filled("arch", func(t *Transition) *string { return &t.Arch }),
	filled("from", func(t *Transition) *State { return &t.From }),
	filled("to", func(t *Transition) *State { return &t.State }),
	filled("version", func(t *Transition) *string { return &t.Version }),
	filled("installed", func(t *Transition) *string { return &t.Installed }),
	filled("level", func(t *Transition) *Level { return &t.Level }),
	filled("classification", func(t *Transition) *string { return &t.Classification }),
	instant("since", func(t *Transition) *time.Time { return &t.Since }),
	text("blocked", func(t *Transition) *string { return &t.Blocked }),
	nested("reason", reasonFields, func(t *Transition) *Reason { return &t.Reason }),
)
