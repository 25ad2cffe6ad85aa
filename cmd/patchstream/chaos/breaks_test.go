package chaos

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// A proof that cannot fail is none: everything that verify looks at is broken once, and has to be found.
func TestTheProofFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	p := plan{seed: 7, lasts: 2 * time.Second, hosts: 24, rate: 200, began: time.Now().UTC().Truncate(time.Hour)}
	h, l := newHistory(p), newLedger()
	w := newWorld(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.publish(ctx, ctx, h, l)
	seen := w.settle(ctx, t, h, l)
	check(t, verify(h, l, seen))
	for name, b := range breaks() {
		t.Run(name, func(t *testing.T) {
			broken, other := seen.clone(), l.clone()
			b.do(t, h, other, broken)
			finds(t, verify(h, other, broken), b.want)
		})
	}
	t.Run("a revision forged in the stream", func(t *testing.T) {
		last := seen.published[changeAt(t, seen, 1)]
		forge(t, w, last.message)
		broken, err := w.observe(ctx)
		if err != nil {
			t.Fatal(err)
		}
		finds(t, verify(h, l, broken), "comes after revision")
	})
	w.end(t.Context())
	check(t, w.report.wrongs)
}

func finds(t *testing.T, wrongs []string, want string) {
	t.Helper()
	if !slices.ContainsFunc(wrongs, func(s string) bool { return strings.Contains(s, want) }) {
		t.Errorf("nothing says %q: %q", want, wrongs)
	}
}

// forge publishes a message once more, without its fence.
func forge(t *testing.T, w *world, m message) {
	t.Helper()
	m.header = maps.Clone(m.header)
	m.header.Del(jetstream.ExpectedLastSubjSeqHeader)
	if _, err := w.js.PublishMsg(t.Context(), &nats.Msg{Subject: m.subject, Header: m.header, Data: m.payload}); err != nil {
		t.Fatal(err)
	}
}

// damage is one thing broken, and the words that must tell of it.
type damage struct {
	do   func(t *testing.T, h *history, l *ledger, o *observed)
	want string
}

func breaks() map[string]damage {
	all := map[string]damage{
		"pending":   {func(_ *testing.T, _ *history, _ *ledger, o *observed) { o.pending.inHand = 1 }, "still pending"},
		"left over": {func(_ *testing.T, _ *history, _ *ledger, o *observed) { o.pending.kept = 1 }, "still pending"},
		"not acknowledged": {func(_ *testing.T, _ *history, _ *ledger, o *observed) {
			o.crashes, o.pending.kept, o.pending.keptLast = 1, 1, o.pending.acknowledged+1
		}, "still pending"},
		"no answer": {func(t *testing.T, h *history, l *ledger, _ *observed) { l.of[wellFormed(t, h, "").number].accepted = 0 }, "was not acknowledged"},
		"an event that the model lacks": {func(t *testing.T, h *history, l *ledger, _ *observed) {
			*l.of[wellFormed(t, h, messages.KindRun).number] = entry{}
		}, "the record's facts are not those of its events"},
		"an event that the record lacks": {func(t *testing.T, h *history, _ *ledger, o *observed) {
			stored := o.records[wellFormed(t, h, messages.KindOverride).host]
			stored.Facts.Overrides = nil
		}, "should be"},
		"sequence of another event": {func(t *testing.T, h *history, l *ledger, _ *observed) {
			maps.Copy(l.of[h.events[0].number].stored, l.of[h.events[1].number].stored)
		}, "was acknowledged for event"},
		"stream shorter than an acknowledgement": {func(_ *testing.T, _ *history, _ *ledger, o *observed) { o.pending.last = 3 }, "but the stream ends at 3"},
		"stream longer than what was sent":       {func(_ *testing.T, _ *history, _ *ledger, o *observed) { o.pending.last += 1000 }, "at most"},
		"no record":                              {func(t *testing.T, h *history, _ *ledger, o *observed) { delete(o.records, wellFormed(t, h, "").host) }, "no record"},
		"a record of another revision": {func(t *testing.T, h *history, _ *ledger, o *observed) {
			o.records[wellFormed(t, h, messages.KindScan).host].Revision--
		}, "the record is at revision"},
	}
	maps.Copy(all, brokenChanges())
	maps.Copy(all, brokenLetters())
	return all
}

// brokenChanges spoil what was published.
func brokenChanges() map[string]damage {
	change := func(revision uint64, do func(*messages.Changed), want string) damage {
		return damage{func(t *testing.T, _ *history, _ *ledger, o *observed) {
			do(o.published[changeAt(t, o, revision)].changed)
		}, want}
	}
	return map[string]damage{
		"a gap": {func(t *testing.T, _ *history, _ *ledger, o *observed) {
			i := changeAt(t, o, 2)
			o.published = slices.Delete(o.published, i, i+1)
		}, "revision 3 comes after revision 1"},
		"a repeat": {func(t *testing.T, _ *history, _ *ledger, o *observed) {
			i := changeAt(t, o, 2)
			o.published = slices.Insert(o.published, i, o.published[i])
		}, "revision 2 comes after revision 2"},
		"nothing published of a host": {func(t *testing.T, h *history, _ *ledger, o *observed) {
			host := wellFormed(t, h, "").host
			o.published = slices.DeleteFunc(o.published, func(m published) bool { return m.host == host })
		}, "nothing was published"},
		"a status message lost": {func(t *testing.T, _ *history, _ *ledger, o *observed) {
			i := statusAt(t, o)
			o.published = slices.Delete(o.published, i, i+1)
		}, "no status message for revision"},
		"a status message twice": {func(t *testing.T, _ *history, _ *ledger, o *observed) {
			i := statusAt(t, o)
			o.published = slices.Insert(o.published, i, o.published[i])
		}, "published before: true"},
		"another status": {func(t *testing.T, _ *history, _ *ledger, o *observed) {
			o.published[statusAt(t, o)].status.Status.To = "FINE"
		}, "it says"},
		"a stranger": {func(t *testing.T, _ *history, _ *ledger, o *observed) {
			o.published[changeAt(t, o, 1)].host = "stranger"
		}, "a host that never spoke"},
		"another id":            change(2, func(c *messages.Changed) { c.ID += "0" }, "want"),
		"another host":          change(2, func(c *messages.Changed) { c.Host += "x" }, "the payload says"),
		"another status before": change(2, func(c *messages.Changed) { c.Status.From = "FINE" }, "it begins at"),
		"another level":         change(2, func(c *messages.Changed) { c.Level.From = "NICE" }, "it begins at"),
		"another condition":     change(2, func(c *messages.Changed) { c.Conditions = append(c.Conditions, messages.Condition{Code: "lost"}) }, "its conditions are"),
		"another cause":         change(2, func(c *messages.Changed) { c.Cause.ID = "nobody" }, "is no event of the host"),
		"another time":          change(2, func(c *messages.Changed) { c.Cause.OccurredAt = c.Cause.OccurredAt.Add(1) }, "is no event of the host"),
		"initial":               change(1, func(c *messages.Changed) { c.Initial = false }, "initial is false"),
		"another count":         change(2, func(c *messages.Changed) { c.Counts["MISSING"]++ }, "its items are"),
		"one count more":        change(2, func(c *messages.Changed) { c.Counts["LOST"] = 1 }, "it counts map"),
		"nothing to tell": change(1, func(c *messages.Changed) {
			c.Transitions, c.Status, c.Level.To, c.Baseline = nil, messages.StatusChange{}, "", messages.BaselineRef{}
			c.Conditions, c.ConditionsFrom = nil, nil
		}, "nothing changed"),
		"another version":  lastTransition(func(transition *messages.Transition) { transition.Version += "~" }, "its events say"),
		"another state":    lastTransition(func(transition *messages.Transition) { transition.State = "BETTER" }, "its events say"),
		"another from":     lastTransition(func(transition *messages.Transition) { transition.From = "WORSE" }, "it was published as"),
		"an item too many": lastTransition(func(transition *messages.Transition) { transition.Patch = "nothing.amd64" }, "which its events do not know"),
	}
}

// lastTransition spoils the last transition into a state that was published of a host: nothing overwrites it.
func lastTransition(do func(*messages.Transition), want string) damage {
	return damage{func(t *testing.T, h *history, _ *ledger, o *observed) {
		host, later := wellFormed(t, h, messages.KindRun).host, make(map[string]bool)
		for i := range slices.Backward(o.published) {
			if c := o.published[i].changed; c != nil && o.published[i].host == host {
				for j := range c.Transitions {
					if transition := &c.Transitions[j]; transition.State != "" && !later[transition.Patch] {
						do(transition)
						return
					}
					later[c.Transitions[j].Patch] = true
				}
			}
		}
		t.Fatalf("no transition of %s was published", host)
	}, want}
}

// brokenLetters spoil the dead letters.
func brokenLetters() map[string]damage {
	first := func(do func(*letter), want string) damage {
		return damage{func(_ *testing.T, _ *history, _ *ledger, o *observed) { do(&o.dead[0]) }, want}
	}
	set := func(name, value, want string) damage {
		return first(func(l *letter) { l.header.Set(name, value) }, want)
	}
	return map[string]damage{
		"a dead letter lost":  {func(_ *testing.T, _ *history, _ *ledger, o *observed) { o.dead = o.dead[1:] }, "is not in the dead letters"},
		"a dead letter twice": {func(_ *testing.T, _ *history, _ *ledger, o *observed) { o.dead = append(o.dead, o.dead[0]) }, "is there twice"},
		"a dead letter more": {func(_ *testing.T, _ *history, _ *ledger, o *observed) {
			o.dead = append(o.dead, letter0(o.dead[0], "999999"))
		}, "in the dead letters 2 times"},
		"an innocent buried": {func(t *testing.T, h *history, _ *ledger, o *observed) {
			l := letter0(o.dead[0], "999999")
			l.header.Set(headerEvent, wellFormed(t, h, "").header.Get(headerEvent))
			o.dead = append(o.dead, l)
		}, "is well formed"},
		"a dead letter of nobody": set(headerEvent, "none", "of no event that was sent"),
		"another reason":          set("Patch-Dead-Reason", "bad luck", "it must name"),
		"another subject":         set("Patch-Dead-Subject", "patch.scan.other", "says that the subject was"),
		"another content type":    set("Content-Type", "text/html", "lost the header Content-Type"),
		"another place":           first(func(l *letter) { l.subject += "x" }, "not on"),
		"another payload":         first(func(l *letter) { l.payload = []byte("?") }, "other bytes"),
	}
}

// letter0 is a letter of another sequence.
func letter0(l letter, sequence string) letter {
	l.header = maps.Clone(l.header)
	l.header.Set("Patch-Dead-Sequence", sequence)
	return l
}

// wellFormed returns an event that counts: of an ordinary host, and of a kind, where one is named.
func wellFormed(t *testing.T, h *history, kind messages.Kind) *event {
	t.Helper()
	for _, e := range h.events {
		if e.said != nil && strings.HasPrefix(e.host, string(ordinary)) && (kind == "" || e.kind == kind) {
			return e
		}
	}
	t.Fatalf("no %s in the history", kind)
	return nil
}

// changeAt returns where a change of that revision was published, of a host that has three and came to be scanned.
func changeAt(t *testing.T, o *observed, revision uint64) int {
	t.Helper()
	for i, m := range o.published {
		if m.changed == nil || m.changed.Revision != revision {
			continue
		}
		if slices.ContainsFunc(o.published, func(n published) bool { return n.host == m.host && n.changed != nil && n.changed.Revision == 3 }) {
			return i
		}
	}
	t.Fatalf("no host has a revision %d and a third", revision)
	return 0
}

func statusAt(t *testing.T, o *observed) int {
	t.Helper()
	i := slices.IndexFunc(o.published, func(m published) bool { return m.status != nil && m.status.Revision > 1 })
	if i < 0 {
		t.Fatal("no status ever changed")
	}
	return i
}

// clone returns a copy that may be broken.
func (o *observed) clone() *observed {
	c := *o
	c.published, c.dead, c.records = slices.Clone(o.published), slices.Clone(o.dead), make(map[string]*record.Record)
	for i := range c.published {
		m := &c.published[i]
		if m.changed != nil {
			changed := *m.changed
			changed.Counts, changed.Transitions = maps.Clone(changed.Counts), slices.Clone(changed.Transitions)
			m.changed = &changed
		} else {
			status := *m.status
			m.status = &status
		}
	}
	for i := range c.dead {
		c.dead[i].header = maps.Clone(c.dead[i].header)
	}
	for host, stored := range o.records {
		r := *stored
		c.records[host] = &r
	}
	return &c
}

func (l *ledger) clone() *ledger {
	c := &ledger{of: make(map[int]*entry), tally: l.tally}
	for number, e := range l.of {
		other := *e
		other.stored = maps.Clone(e.stored)
		c.of[number] = &other
	}
	return c
}
