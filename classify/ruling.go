package classify

import (
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// traits are what filters and rules ask of a version of apt or of macOS. The thousands of versions of a host have a few dozen of
// them, so that the rules are tried once for each of those, and not for each version.
type traits struct {
	priority string
	section  string
	security bool // of a version in whichever spelling
}

func (t *traits) value(key string) string {
	switch key {
	case "PRIORITY":
		return t.priority
	case "SECTION", "CLASSIFICATION": // of macOS the one, of apt the other
		return t.section
	}
	return ""
}

func (t *traits) values(string) []string { return nil }

// ruling is what the global filters and the rules say of a version with some traits, whatever its name.
type ruling struct {
	of traits
	match
	refused bool // by the global filters
}

// maxRulings bounds what is kept: a host may make up priorities and sections.
const maxRulings = 4096

// ruling returns what they say of a version in those of its spellings that are listed. One that the global filters accept counts.
func (j *judge) ruling(one []knownVersion) *ruling {
	if len(one) == 1 {
		return j.rulingOf(one[0].traits)
	}
	all := &ruling{refused: true}
	for i := range one {
		if one[i].textOnly {
			continue
		}
		r := j.rulingOf(one[i].traits)
		switch {
		case r.refused && (!all.refused || all.stopped.By != ""):
		case r.refused:
			all.match = r.match
		case all.refused:
			all.refused, all.match = false, noRule
			fallthrough
		default:
			all.add(&r.match, one[i].text)
		}
	}
	return all
}

// slot is a small number that traits of other sections mostly do not share.
func (t *traits) slot() int {
	n := len(t.section)
	slot := n + 3*len(t.priority) + boolRank(t.security)
	if n > 0 {
		slot += 5*int(t.section[0]) + 7*int(t.section[n-1])
	}
	return slot % slots
}

const slots = 64

// noRule is the verdict of no rules at all.
var noRule = match{level: messages.Unspecified, stopped: messages.Stopped{By: messages.StoppedByNoRule}}

// rulingOf returns what they say of all versions with those traits.
func (j *judge) rulingOf(t traits) *ruling {
	if j.last == nil {
		j.last = new([slots]*ruling)
	}
	last := &j.last[t.slot()]
	if r := *last; r != nil && r.of == t {
		return r
	}
	r := j.rulings[t]
	if r == nil {
		r = j.newRuling(t)
	}
	*last = r
	return r
}

// newRuling tries the rules. Every one is tried, not only the first, since a later one may raise the level.
func (j *judge) newRuling(t traits) *ruling {
	t.priority, t.section = strings.Clone(t.priority), strings.Clone(t.section) // they outlast the scan
	r := &ruling{of: t, match: noRule}
	if f, value := j.global.refuses(j.product, &t); f != nil {
		r.refused = true
		r.stopped = messages.Stopped{By: messages.StoppedByGlobalFilter, Key: f.key, Value: value, Text: f.text}
	} else {
		for i := range j.rules {
			j.tryRule(&r.match, &j.rules[i], &t)
		}
	}
	if len(j.rulings) < maxRulings {
		j.rulings[t] = r
	}
	return r
}

// tryRule lets a rule accept what has those traits, or notes what in it stopped it. Of several rules the one that came nearest is
// noted: where only the security test failed, everything else fitted.
func (j *judge) tryRule(m *match, r *rule, t *traits) {
	if f, value := r.filters.refuses(j.product, t); f != nil {
		m.stop(messages.Stopped{By: messages.StoppedByFilter, Rule: r.at, Key: f.key, Value: value, Text: f.text})
		return
	}
	if !r.nonSecurity && !t.security {
		m.stop(messages.Stopped{By: messages.StoppedBySecurity, Rule: r.at, Text: r.text})
		return
	}
	m.accept(r.level, &r.matched)
}

// with is a verdict together with another one on the same version. Mostly that adds nothing.
func (m *match) with(other *match) *match {
	switch {
	case m == &noRule:
		return other
	case !(other.ok && (!m.ok || other.level.Above(m.level))) && nearness(other.stopped.By) <= nearness(m.stopped.By) && other.due.IsZero():
		return m
	}
	both := *m
	both.add(other, "")
	return &both
}

// add adds to a verdict another one on the same version, in the spelling of text.
func (m *match) add(other *match, text string) {
	if other.ok {
		m.accept(other.level, other.matched)
	}
	if nearness(other.stopped.By) > nearness(m.stopped.By) {
		m.stopped = other.stopped
		m.stopped.Version = text
	}
	m.due = sooner(m.due, other.due)
}
