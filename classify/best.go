package classify

// best is the newest approved version of a package, and the newest version of all.
type best struct {
	approved *knownVersion
	verdict  *match
	newest   []knownVersion
	last     *match // the verdict on newest

	// Of all approved versions that are newer than the installed one, the strongest verdict, whether any is security, their
	// notices, and whether one of them is open to the host: its configuration does not keep it out.
	due      *match // nil: there is none
	security bool
	notices  []*notice
	open     bool
}

// best asks the baseline about every version at or above the effective one, oldest first.
func (c *classifier) best(p *effective) best {
	var b best
	for rest := p.known; len(rest) > 0; {
		one := rest[:spellings(rest)]
		rest = rest[len(one):]
		order := p.held(&one[0])
		if order < 0 {
			continue
		}
		m := c.family.match(c.judge, one)
		c.waits = sooner(c.waits, m.due)
		b.newest, b.last = one, m
		if !m.ok {
			continue
		}
		b.approved, b.verdict = &one[0], m
		if order == 0 {
			continue
		}
		if b.due == nil || !b.due.level.Above(m.level) {
			b.due = m
		}
		b.addDue(one)
	}
	return b
}

// held compares a known version with what is installed. Than what cannot be compared, every version is taken for newer.
func (p *effective) held(v *knownVersion) int {
	switch {
	case !p.ordered:
		return 1
	case p.byRun:
		return p.family.compare(v.text, p.installed)
	}
	return boolRank(v.above) // none is below what the scan says
}

// addDue adds an approved version that is newer than the installed one.
func (b *best) addDue(one []knownVersion) {
	excluded := true
	for i := range one {
		b.security = b.security || one[i].security
		if n := one[i].noticed; n != nil {
			b.notices = append(b.notices, n.own...)
		}
		excluded = excluded && one[i].excluded()
	}
	b.open = b.open || !excluded
}

// classification is Security where any of the approved newer versions is, else what their most serious notice is for.
func (b *best) classification(f *family) string {
	if b.security {
		return Security
	}
	return f.classificationOf(b.notices)
}
