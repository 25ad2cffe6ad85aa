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

// best asks the baseline about every version at or above the effective one, oldest first.
func (c *classifier) best(p *effective) best {
	var b best
	for rest := p.known; len(rest) > 0; {
		one := rest[:spellings(rest)]
		rest = rest[len(one):]
		above := 1 // than what cannot be compared, every version is taken for newer
		if p.ordered {
			above = version.CompareDeb(one[0].text, p.installed)
		}
		if above < 0 {
			continue
		}
		m := c.judge.match(one)
		b.newest, b.stopped = &one[0], m.stopped
		if !m.ok {
			continue
		}
		b.approved, b.verdict = &one[0], m
		if above == 0 {
			continue
		}
		if !b.due.level.Above(m.level) {
			b.due = m
		}
		if one[0].security {
			b.classification = Security
		}
	}
	return b
}
