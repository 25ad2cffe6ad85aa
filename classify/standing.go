package classify

// outcomesChanged returns the packages of which the outcomes are others than before, or mean something else by now.
func (c *classifier) outcomesChanged(was *classifier) map[PackageKey]bool {
	changed := make(map[PackageKey]bool)
	for key, now := range c.attempts {
		if before := was.attempts[key]; now != before || c.standingOf(now) != was.standingOf(before) {
			changed[key] = true
		}
	}
	for key := range was.attempts {
		if _, stays := c.attempts[key]; !stays {
			changed[key] = true
		}
	}
	return changed
}

// standing is what the outcomes of a package mean by the newest scan and boot: whether each was before the scan or after it,
// and whether a boot is due.
type standing struct {
	installed, failed int
	failedInFull      int // by the full scan, of which the other may be a later look
	reboot            bool
}

func (c *classifier) standingOf(o Outcomes) (s standing) {
	taken := c.scan.Scan.TakenAt
	if o.Installed != nil {
		s.installed, s.reboot = o.Installed.At.Compare(taken), c.rebootAfterRun(o.Installed)
	}
	if o.Failed != nil {
		s.failed, s.failedInFull = o.Failed.At.Compare(taken), o.Failed.At.Compare(c.facts.Full.Scan.TakenAt)
	}
	return s
}

// overridesChanged reports whether an override stands that did not, or the other way round.
func (c *classifier) overridesChanged(was *classifier) bool {
	if len(c.facts.Overrides) != len(was.facts.Overrides) {
		return true
	}
	for patch, now := range c.facts.Overrides {
		before, there := was.facts.Overrides[patch]
		if !there || before.Stamp != now.Stamp || c.standsNow(&now.Override) != was.standsNow(&before.Override) {
			return true
		}
	}
	return false
}

// withoutOverride takes an override off an item: what it replaced stands in its reason.
func withoutOverride(i *Item) {
	if o := i.Reason.Override; o != nil {
		i.State, i.Level, i.Reason.Override = o.ComputedState, o.ComputedLevel, nil
	}
}
