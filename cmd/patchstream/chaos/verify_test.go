package chaos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// verdict holds what was said against what was published.
type verdict struct {
	history *history
	ledger  *ledger
	seen    *observed
	wrongs  []string
}

// verify returns what is wrong, one line each.
func verify(h *history, l *ledger, o *observed) []string {
	v := &verdict{history: h, ledger: l, seen: o}
	if !o.pending.nothing() || o.pending.kept > 0 && o.crashes == 0 {
		v.wrong("still pending: %+v", o.pending)
	}
	v.accepted()
	v.dead()
	byHost := make(map[string][]published)
	for _, m := range o.published {
		byHost[m.host] = append(byHost[m.host], m)
	}
	for _, host := range h.hosts {
		v.host(host, byHost[host])
		delete(byHost, host)
	}
	for host := range byHost {
		v.wrong("%s: something was published of a host that never spoke", host)
	}
	return v.wrongs
}

func (v *verdict) wrong(format string, args ...any) {
	v.wrongs = append(v.wrongs, fmt.Sprintf(format, args...))
}

// accepted: every send was acknowledged at last, each sequence is of one event, and the stream holds no more than
// what was sent.
func (v *verdict) accepted() {
	owner := make(map[uint64]int)
	most := 0
	for _, e := range v.history.events {
		entry := v.ledger.of[e.number]
		if entry == nil || entry.accepted < entry.asked || entry.accepted == 0 {
			v.wrong("event %d was not acknowledged each time it was sent", e.number)
			continue
		}
		most += len(entry.stored) + entry.unknown
		for sequence := range entry.stored {
			if other, taken := owner[sequence]; taken {
				v.wrong("sequence %d was acknowledged for event %d and for event %d", sequence, other, e.number)
			}
			owner[sequence] = e.number
			if sequence > v.seen.pending.last {
				v.wrong("event %d was acknowledged as sequence %d, but the stream ends at %d", e.number, sequence, v.seen.pending.last)
			}
		}
	}
	if int(v.seen.pending.last) > most {
		v.wrong("PATCH_EVENTS took %d messages, at most %d were sent", v.seen.pending.last, most)
	}
}

// keptLetters is how many dead letters of one host are kept; the oldest go.
const keptLetters = 32

// dead: every malformed event is in the dead letters, once for each time it was stored, with its field named,
// and nothing else is; but of a host that had more of them than are kept only so many are.
func (v *verdict) dead() {
	letters := make(map[int]map[uint64]bool) // sequences by event
	sequences := make(map[uint64]bool)
	for _, l := range v.seen.dead {
		number, err := strconv.Atoi(l.header.Get(headerEvent))
		if err != nil || number < 0 || number >= len(v.history.events) {
			v.wrong("dead letter %d is of no event that was sent: %v", l.sequence, l.header)
			continue
		}
		sequence, err := strconv.ParseUint(l.header.Get("Patch-Dead-Sequence"), 10, 64)
		if err != nil || sequences[sequence] {
			v.wrong("dead letter %d: the message with the sequence %q is there twice", l.sequence, l.header.Get("Patch-Dead-Sequence"))
		}
		sequences[sequence] = true
		if letters[number] == nil {
			letters[number] = make(map[uint64]bool)
		}
		letters[number][sequence] = true
		v.letter(&l, v.history.events[number])
	}
	kept, stored := v.lettersByHost()
	for host, n := range kept {
		if n > keptLetters {
			v.wrong("%s has %d dead letters, %d are kept", host, n, keptLetters)
		}
	}
	for _, e := range v.history.events {
		if e.said == nil {
			v.buried(e, letters[e.number], stored[letterHost(e)] > keptLetters)
		}
	}
}

// lettersByHost counts the dead letters that are kept of each host, and those that were stored at the least, its own and those of
// events that workers died of.
func (v *verdict) lettersByHost() (kept, stored map[string]int) {
	kept, stored = make(map[string]int), make(map[string]int)
	for _, l := range v.seen.dead {
		kept[strings.SplitN(l.subject, ".", 4)[3]]++ // patch.dead.<kind>.<host>
	}
	for _, e := range v.history.events {
		if entry := v.ledger.of[e.number]; e.said == nil && entry != nil {
			stored[letterHost(e)] += len(entry.stored) + entry.unknown
		}
	}
	return kept, stored
}

// letterHost is the host under which the dead letter of a malformed event stands.
func letterHost(e *event) string {
	if e.field == "subject" {
		return "_"
	}
	return e.host
}

// buried: a malformed event has a dead letter for each sequence under which it was acknowledged, and no more
// than for those and the attempts of which nobody knows. Of a crowded host older ones may be gone.
func (v *verdict) buried(e *event, letters map[uint64]bool, crowded bool) {
	entry := v.ledger.of[e.number]
	if entry == nil {
		return
	}
	for sequence := range entry.stored {
		if !letters[sequence] && !crowded {
			v.wrong("malformed event %d (%s), sequence %d, is not in the dead letters", e.number, e.sort, sequence)
		}
	}
	if len(letters) == 0 && !crowded || len(letters) > len(entry.stored)+entry.unknown {
		v.wrong("malformed event %d (%s) is in the dead letters %d times; it was stored %d times, and perhaps %d more",
			e.number, e.sort, len(letters), len(entry.stored), entry.unknown)
	}
}

// letter: it is of a malformed event, and says so.
func (v *verdict) letter(l *letter, e *event) {
	reason := l.header.Get("Patch-Dead-Reason")
	if e.said != nil {
		if !innocent(l) {
			v.wrong("event %d is well formed, and was dead-lettered: %s", e.number, reason)
		}
		return
	}
	if !strings.HasPrefix(reason, e.field+": ") && !innocent(l) { // what kills is not read again
		v.wrong("event %d (%s): the reason is %q, it must name %s", e.number, e.sort, reason, e.field)
	}
	if want := messages.DeadSubject(e.kind, letterHost(e)); l.subject != want {
		v.wrong("event %d (%s) is on %s, not on %s", e.number, e.sort, l.subject, want)
	}
	if said := l.header.Get("Patch-Dead-Subject"); said != e.subject {
		v.wrong("event %d (%s): its dead letter says that the subject was %q, it was %q", e.number, e.sort, said, e.subject)
	}
	if !slices.Equal(l.payload, e.payload) {
		v.wrong("event %d (%s): its dead letter holds %d other bytes", e.number, e.sort, len(l.payload))
	}
	for name, values := range e.header {
		if kept := l.header[name]; !slices.Equal(kept, values) && !slices.Equal(l.header["Patch-Original-"+name], values) {
			v.wrong("event %d (%s): its dead letter lost the header %s", e.number, e.sort, name)
		}
	}
}

// innocent reports whether an event was dead-lettered only because workers died while they handled it, as they
// do here. A well-formed one has to be replayed.
func innocent(l *letter) bool {
	return strings.Contains(l.header.Get("Patch-Dead-Reason"), "workers died while they handled it")
}

// host: what was published of a host is what follows from its events.
func (v *verdict) host(host string, published []published) {
	facts, spoke := v.expected(host)
	record := v.seen.records[host]
	if !spoke {
		if len(published) > 0 || record != nil {
			v.wrong("%s: %d messages and the record %v, though no event was accepted", host, len(published), record != nil)
		}
		return
	}
	f := &follower{verdict: v, host: host, events: v.causes(host)}
	for i := range published {
		f.follow(&published[i])
	}
	f.settle()
	var library classify.Library
	f.ends(library.Judge(host, facts, v.seen.at))
	switch {
	case record == nil:
		v.wrong("%s: no record", host)
	case record.Revision != f.revision:
		v.wrong("%s: the record is at revision %d, and %d was published", host, record.Revision, f.revision)
	default:
		for _, lost := range differences(&record.Facts, facts) {
			v.wrong("%s: the record's facts are not those of its events: %s", host, lost)
		}
	}
}

// expected returns the facts of all accepted events, and whether there are any that could be published.
func (v *verdict) expected(host string) (*classify.Facts, bool) {
	facts, spoke := new(classify.Facts), false
	for _, e := range v.history.events {
		if entry := v.ledger.of[e.number]; e.host == host && e.said != nil && entry != nil && entry.accepted > 0 {
			facts.Add(e.said, messages.ContentSum(e.said))
			spoke = spoke || e.kind != messages.KindRecheck
		}
	}
	return facts, spoke
}

// causes returns what may stand as the cause of a change, by kind and id.
func (v *verdict) causes(host string) map[string][]*event {
	causes := make(map[string][]*event)
	for _, e := range v.history.events {
		if e.host == host && e.said != nil {
			key := string(e.kind) + "/" + e.id
			causes[key] = append(causes[key], e)
		}
	}
	return causes
}
