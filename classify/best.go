package classify

import (
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// best is the newest approved version of a package, and the newest version of all.
type best struct {
	approved *knownVersion
	verdict  match
	newest   *knownVersion
	stopped  messages.Stopped // what keeps newest out

	// Of all approved versions that are newer than the installed one, the strongest verdict, and whether any is security.
	due            match
	classification string
}

func (c *classifier) best(p *effective) best {
	var b best
	for i := range p.known {
		v := &p.known[i]
		above := 1 // than what cannot be compared, every version is taken for newer
		if p.ordered {
			above = version.CompareDeb(v.text, p.installed)
		}
		if above < 0 {
			continue
		}
		m := c.judge.match(v)
		if b.newest == nil || version.CompareDeb(v.text, b.newest.text) > 0 {
			b.newest, b.stopped = v, m.stopped
		}
		if !m.ok {
			continue
		}
		preferred := b.approved == nil || p.prefers(v, &m, &b)
		if preferred {
			b.approved, b.verdict = v, m
		}
		if above == 0 {
			continue
		}
		if !b.due.ok || m.level.Above(b.due.level) || m.level == b.due.level && preferred {
			b.due = m
		}
		if v.security {
			b.classification = Security
		}
	}
	return b
}

// prefers reports whether v is to be shown rather than the best so far: the newer one; of two that are equal
// in Debian's order though written differently, the installed one, else the one of the higher level.
func (p *effective) prefers(v *knownVersion, m *match, b *best) bool {
	if order := version.CompareDeb(v.text, b.approved.text); order != 0 {
		return order > 0
	}
	if v.text == p.installed || b.approved.text == p.installed {
		return v.text == p.installed
	}
	if m.level != b.verdict.level {
		return m.level.Above(b.verdict.level)
	}
	return v.text < b.approved.text
}
