package classify

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Diff returns the transitions that lead from one report of a host to the next, sorted by patch, and sets
// Since in the items of after: to when, where the state of an item is another than before, and else to what it
// was. It does not start again between MISSING and FAILED: the patch is due all the same. before may be nil.
//
// The same of the conditions: Since is when one came, and it starts again only where it was gone.
//
// An item changed when its state, version, installed version, level, classification, blocking or override did.
// Another reason alone, or another time or event id, is no change. In a report that is Kept none did, and before needs no items.
func Diff(before, after *Report, when time.Time) []messages.Transition {
	return diff(nil, before, after, when)
}

// diff is [Diff], and appends to a list that is empty.
func diff(transitions []messages.Transition, before, after *Report, when time.Time) []messages.Transition {
	var old []Item
	if before != nil {
		old = before.Patches
	}
	carry(before, after, when)
	if after.Kept {
		return transitions
	}
	if len(old) == 0 {
		transitions = slices.Grow(transitions, len(after.Patches)) // all are new
	}
	i := 0
	for j := range after.Patches {
		now := &after.Patches[j]
		for ; i < len(old) && old[i].Patch < now.Patch; i++ {
			transitions = append(transitions, gone(&old[i]))
		}
		since, from, unchanged := when, messages.State(""), false
		if i < len(old) && old[i].Patch == now.Patch {
			was := &old[i]
			i++
			from, unchanged = was.State, same(was, now)
			if sameStretch(from, now.State) {
				since = was.Since
			}
		}
		now.Since = since
		if !unchanged {
			transitions = append(transitions, messages.Transition{From: from, Item: *now})
			publish(&transitions[len(transitions)-1].Reason, now.State)
		}
	}
	for ; i < len(old); i++ {
		transitions = append(transitions, gone(&old[i]))
	}
	return transitions
}

// publish leaves in the reason of an item what a transition says of it. Of a package in order that is which rule or entry has it so, and no
// more: there are hundreds of them on a host, and the report has the rest.
func publish(r *messages.Reason, state messages.State) {
	if state == messages.Installed || state == messages.InstalledOther {
		*r = messages.Reason{Code: r.Code, Matched: r.Matched, Override: r.Override}
	}
}

// carry sets since when the conditions of a report stand: from the report before, or from when.
func carry(before, after *Report, when time.Time) {
	for i := range after.Conditions {
		c := &after.Conditions[i]
		c.Since = when
		if before == nil {
			continue
		}
		for _, was := range before.Conditions {
			if was.Code == c.Code {
				c.Since = or(was.Since, when)
			}
		}
	}
}

func sameStretch(a, b messages.State) bool {
	return a == b || a.Outstanding() && b.Outstanding()
}

func same(a, b *Item) bool {
	return a.State == b.State && a.Version == b.Version && a.Installed == b.Installed && a.Level == b.Level &&
		a.Classification == b.Classification && a.Blocked == b.Blocked && sameOverride(a.Reason.Override, b.Reason.Override)
}

func sameOverride(a, b *messages.OverrideReason) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Reason == b.Reason && a.By == b.By && a.ExpiresAt.Equal(b.ExpiresAt) &&
		a.ComputedState == b.ComputedState && a.ComputedLevel == b.ComputedLevel
}

func gone(i *Item) messages.Transition {
	t := messages.Transition{From: i.State, Item: *i}
	t.State, t.Since, t.Blocked, t.Reason = "", time.Time{}, "", messages.Reason{Code: messages.BecauseGone}
	return t
}

// Apply returns the items that result when the transitions of one [Diff] are published to somebody who keeps items,
// sorted by patch: what a subscriber does to follow a host.
func Apply(items []Item, transitions []messages.Transition) []Item {
	byPatch := make(map[string]Item, len(items)+len(transitions))
	for _, i := range items {
		byPatch[i.Patch] = i
	}
	for _, t := range transitions {
		if t.State == "" {
			delete(byPatch, t.Patch)
			continue
		}
		byPatch[t.Patch] = t.Item
	}
	result := make([]Item, 0, len(byPatch))
	for _, i := range byPatch {
		result = append(result, i)
	}
	slices.SortFunc(result, func(a, b Item) int { return strings.Compare(a.Patch, b.Patch) })
	return result
}

// Changed reports whether anything of a host changed that is worth publishing: a patch, its status and the
// reasons for it, a condition that came or went, its level, or the baseline that judges it. The first report of a host
// is always a change.
func Changed(before, after *Report, transitions []messages.Transition) bool {
	return before == nil || len(transitions) > 0 || before.Status != after.Status || before.Level != after.Level ||
		before.Baseline != after.Baseline || !slices.Equal(before.Reasons, after.Reasons) || !slices.Equal(before.Codes(), after.Codes())
}
