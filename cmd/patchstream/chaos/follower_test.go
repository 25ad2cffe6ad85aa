package chaos

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// follower is a subscriber who follows one host, and trusts nothing.
type follower struct {
	*verdict
	host   string
	events map[string][]*event

	revision      uint64
	items         []classify.Item
	last          *messages.Changed
	scanned       bool            // a revision rested on a complete scan
	statusChanges map[uint64]bool // revisions that changed the status; true once a message said so
	status        uint64          // the last one that a status message was of
}

// follow takes the next message.
func (f *follower) follow(t *published) {
	head := t.head()
	if head.Host != f.host {
		f.wrong("%s, sequence %d: the payload says %s", t.subject, t.sequence, head.Host)
	}
	if id := t.header.Get("ce-id"); id != head.ID {
		f.wrong("%s, sequence %d: ce-id is %q, id is %q", t.subject, t.sequence, id, head.ID)
	}
	if t.changed != nil {
		f.changed(t, t.changed)
	} else {
		f.statusChanged(t, t.status)
	}
}

func (f *follower) changed(t *published, c *messages.Changed) {
	if c.Revision != f.revision+1 {
		f.wrong("%s, sequence %d: revision %d comes after revision %d", t.subject, t.sequence, c.Revision, f.revision)
	}
	if want := messages.ChangedID(f.seen.incarnation, f.host, c.Revision); c.ID != want {
		f.wrong("%s, sequence %d: id %s, want %s", t.subject, t.sequence, c.ID, want)
	}
	f.chain(c)
	f.cause(c)
	f.fold(c)
	if f.statusChanges == nil {
		f.statusChanges = make(map[uint64]bool)
	}
	if c.Status.From != c.Status.To || c.ConditionsFrom != nil {
		f.statusChanges[c.Revision] = false
	}
	f.revision, f.last = c.Revision, c
}

// chain: a change begins where the one before ended, and is one.
func (f *follower) chain(c *messages.Changed) {
	var before messages.Changed
	if f.last != nil {
		before = *f.last
	}
	if c.Status.From != before.Status.To || c.Level.From != before.Level.To {
		f.wrong("%s, revision %d: it begins at %q %q, the one before ended at %q %q", f.host, c.Revision,
			c.Status.From, c.Level.From, before.Status.To, before.Level.To)
	}
	if len(c.Transitions) == 0 && c.Status.From == c.Status.To && c.Level.From == c.Level.To &&
		c.Baseline == before.Baseline && slices.Equal(c.Status.Reasons, before.Status.Reasons) && c.ConditionsFrom == nil {
		f.wrong("%s, revision %d: nothing changed", f.host, c.Revision)
	}
	stood := codes(before.Conditions)
	if others := !slices.Equal(stood, codes(c.Conditions)); others != (c.ConditionsFrom != nil) || others && !slices.Equal(stood, c.ConditionsFrom) {
		f.wrong("%s, revision %d: its conditions are %q from %q, the change before had %q", f.host, c.Revision, codes(c.Conditions), c.ConditionsFrom, stood)
	}
	if c.Initial == f.scanned {
		f.wrong("%s, revision %d: initial is %t", f.host, c.Revision, c.Initial)
	}
	f.scanned = f.scanned || !slices.Contains(c.Status.Reasons, classify.NoCompleteScan)
}

func codes(conditions []messages.Condition) []string {
	var all []string
	for _, c := range conditions {
		all = append(all, c.Code)
	}
	return all
}

// cause: it is an event that the host sent, or time alone.
func (f *follower) cause(c *messages.Changed) {
	for _, e := range f.events[string(c.Cause.Kind)+"/"+c.Cause.ID] {
		if e.kind == messages.KindRecheck || e.said.Time().Equal(c.Cause.OccurredAt) {
			return
		}
	}
	if c.Cause.Kind == messages.KindDue && f.overrideEndedBy(c.Cause.OccurredAt) {
		return
	}
	f.wrong("%s, revision %d: its cause %+v is no event of the host", f.host, c.Revision, c.Cause)
}

// overrideEndedBy reports whether there was anything to fall due: an override of the host that ended by then.
func (f *follower) overrideEndedBy(at time.Time) bool {
	for _, events := range f.events {
		for _, e := range events {
			if o, ok := e.said.(*messages.Override); ok && !o.ExpiresAt.IsZero() && !o.ExpiresAt.After(at) {
				return true
			}
		}
	}
	return false
}

// fold: the transitions begin at the states that were published before, and lead to the counts that are published now.
func (f *follower) fold(c *messages.Changed) {
	states := make(map[string]messages.State, len(f.items))
	for _, i := range f.items {
		states[i.Patch] = i.State
	}
	for _, transition := range c.Transitions {
		if transition.From != states[transition.Patch] {
			f.wrong("%s, revision %d: %s comes from %q, it was published as %q", f.host, c.Revision, transition.Patch, transition.From, states[transition.Patch])
		}
	}
	f.items = classify.Apply(f.items, c.Transitions)
	counts := count(f.items)
	for key, n := range counts {
		if c.Counts[key] != n {
			f.wrong("%s, revision %d: it counts %d %s, its items are %d", f.host, c.Revision, c.Counts[key], key, n)
		}
	}
	if len(c.Counts) != len(counts) {
		f.wrong("%s, revision %d: it counts %v", f.host, c.Revision, c.Counts)
	}
}

// count counts as the contract says.
func count(items []classify.Item) map[string]int {
	counts := map[string]int{messages.CriticalNonCompliant: 0, messages.SecurityNonCompliant: 0, messages.OtherNonCompliant: 0}
	for _, s := range messages.States() {
		counts[string(s)] = 0
	}
	for i := range items {
		item := &items[i]
		counts[string(item.State)]++
		if !item.State.NonCompliant() && item.State != messages.AvailableSecurityUpdate {
			continue
		}
		critical, security := item.Level == messages.Critical, item.Classification == classify.Security
		if critical {
			counts[messages.CriticalNonCompliant]++
		}
		if security {
			counts[messages.SecurityNonCompliant]++
		}
		if !critical && !security {
			counts[messages.OtherNonCompliant]++
		}
	}
	return counts
}

func (f *follower) statusChanged(t *published, s *messages.StatusChanged) {
	if want := messages.StatusID(f.seen.incarnation, f.host, s.Revision); s.ID != want {
		f.wrong("%s, sequence %d: id %s, want %s", t.subject, t.sequence, s.ID, want)
	}
	before, changed := f.statusChanges[s.Revision]
	if !changed || before || s.Revision <= f.status {
		f.wrong("%s, sequence %d: revision %d after %d; a change of status: %t, published before: %t", t.subject, t.sequence, s.Revision, f.status, changed, before)
		return
	}
	f.statusChanges[s.Revision], f.status = true, s.Revision
	if f.last.Revision == s.Revision && (s.Status.From != f.last.Status.From || s.Status.To != f.last.Status.To || s.Level != f.last.Level) {
		f.wrong("%s, sequence %d: it says %+v, the change says %+v", t.subject, t.sequence, s.Status, f.last.Status)
	}
}

// settle: no status message is missing.
func (f *follower) settle() {
	for revision, published := range f.statusChanges {
		if !published {
			f.wrong("%s: no status message for revision %d", f.host, revision)
		}
	}
}

// ends: what was published adds up to the report.
func (f *follower) ends(want *classify.Report) {
	if f.last == nil {
		f.wrong("%s: nothing was published, its report is %s", f.host, want)
		return
	}
	if f.last.Status.To != want.Status || f.last.Level.To != want.Level || !slices.Equal(f.last.Status.Reasons, want.Reasons) || f.last.Baseline != want.Baseline ||
		!slices.Equal(codes(f.last.Conditions), want.Codes()) {
		f.wrong("%s: published %s %v %q by %v, its events say %s %v %q by %v", f.host, f.last.Status.To, f.last.Status.Reasons, f.last.Level.To,
			f.last.Baseline, want.Status, want.Reasons, want.Level, want.Baseline)
	}
	for key, n := range want.Counts {
		if f.last.Counts[key] != n {
			f.wrong("%s: published %d %s, its events say %d", f.host, f.last.Counts[key], key, n)
		}
	}
	have, should := essence(f.items), essence(want.Patches)
	for patch, item := range should {
		if have[patch] != item {
			f.wrong("%s: published %+v of %s, its events say %+v", f.host, have[patch], patch, item)
		}
	}
	for patch, item := range have {
		if _, ok := should[patch]; !ok {
			f.wrong("%s: published %+v of %s, which its events do not know", f.host, item, patch)
		}
	}
}

// core is what of an item makes a change.
type core struct {
	state                                        messages.State
	level                                        messages.Level
	version, installed, classification, blocked  string
	by, reason, expires, computed, computedLevel string // of its override
}

func essence(items []classify.Item) map[string]core {
	all := make(map[string]core, len(items))
	for _, i := range items {
		c := core{state: i.State, level: i.Level, version: i.Version, installed: i.Installed, classification: i.Classification, blocked: i.Blocked}
		if o := i.Reason.Override; o != nil {
			c.by, c.reason, c.expires = o.By, o.Reason, o.ExpiresAt.UTC().String()
			c.computed, c.computedLevel = string(o.ComputedState), string(o.ComputedLevel)
		}
		all[i.Patch] = c
	}
	return all
}
