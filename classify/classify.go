package classify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Judge classifies a host by the baseline that the library chooses for it. Now decides what is too old and
// what has expired; where it is zero neither is judged.
func (l *Library) Judge(host string, f *Facts, now time.Time) *Report {
	if f.Full == nil {
		return Classify(host, f, Choice{}, l.Settings, now)
	}
	scan := f.Full.Scan
	return Classify(host, f, l.Choose(host, scan.OS.System, scan.Tags), l.Settings, now)
}

// Classify returns the report on a host: a function of its facts, the chosen baseline, the settings and the
// time, and of nothing else.
func Classify(host string, f *Facts, choice Choice, s Settings, now time.Time) *Report {
	r := &Report{Host: host, Patches: []Item{}, Baseline: choice.ref(), Group: choice.Group}
	c := &classifier{facts: f, scan: f.scan(), settings: s, now: now}
	if c.scan == nil {
		r.About = c.about()
		r.summarise(nil, []string{NoCompleteScan})
		return r
	}
	c.security = securityOrigins(c.scan.Scan.Origins, s)
	r.About, r.Due = c.about(), c.due()
	family := baseline.FamilyOf(c.scan.Scan.OS.System)
	if family == nil {
		choice = Choice{Reason: UnsupportedSystem}
	}
	if choice.Baseline == nil {
		r.summarise(nil, append([]string{cmp.Or(choice.Reason, NoBaseline)}, c.old()...))
		return r
	}
	c.judge = newJudge(choice.Baseline, family, c.scan.Scan.OS.Product)
	r.Patches = c.items()
	var unknown []string
	if !slices.Contains(c.security, true) && c.judge.securityOnly() {
		unknown = append(unknown, NoSecuritySource)
	}
	r.summarise(choice.Baseline, append(unknown, c.old()...))
	return r
}

// classifier holds what is the same for every package of a host.
type classifier struct {
	facts    *Facts
	scan     *ScanFact // the newest complete scan
	judge    *judge
	settings Settings
	now      time.Time
	security []bool // by position in the scan's origins

	matched []bool // by position in the approved entries: it fits something

	// Memory for the package at hand.
	known []knownVersion
	forms []string
}

func (c *classifier) items() []Item {
	packages := c.scan.Scan.Packages
	items := make([]Item, 0, len(packages))
	c.matched = make([]bool, len(c.judge.approved.list))
	listed := make(map[PackageKey]bool, len(c.facts.Outcomes))
	for i := range packages {
		p := &packages[i]
		key := PackageKey{p.Name, p.Arch}
		kept, attempted := c.facts.Outcomes[key]
		if attempted {
			listed[key] = true
		}
		if item, ok := c.listedItem(p, kept); ok {
			items = append(items, item)
		}
	}
	for key, kept := range c.facts.Outcomes {
		if listed[key] {
			continue
		}
		if item, ok := c.unlistedItem(key, kept); ok {
			items = append(items, item)
		}
	}
	items = append(items, c.unmatchedEntries(items)...)
	for i := range items {
		c.override(&items[i])
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Or(strings.Compare(a.Patch, b.Patch), strings.Compare(a.Name, b.Name)) })
	return items
}

// unmatchedEntries lists every entry of ApprovedPatches that fits nothing on the host, under its own text.
func (c *classifier) unmatchedEntries(items []Item) []Item {
	if !slices.Contains(c.matched, false) {
		return nil
	}
	taken := make(map[string]bool, len(items))
	for i := range items {
		taken[strings.ToLower(items[i].Patch)] = true
	}
	approved := &c.judge.approved
	var more []Item
	for _, e := range approved.list {
		if e.text == "" || taken[e.lower] || c.matched[approved.exact[e.lower]] {
			continue
		}
		taken[e.lower] = true
		more = append(more, Item{
			Patch: e.text, Name: e.text, State: messages.NotApplicable, Level: messages.Unspecified,
			Reason: messages.Reason{Code: messages.BecauseNoSuchPackage, Event: c.scan.ID, Matched: &messages.Matched{Entry: e.at, Text: e.text}},
		})
	}
	return more
}

// noteEntries notes which entries of ApprovedPatches fit a version of a package.
func (c *classifier) noteEntries(name, arch, version string) {
	if len(c.matched) > 0 {
		n := namesOf(name, arch)
		forms := n.forms(version)
		c.judge.approved.mark(c.matched, forms[:])
	}
}

// old returns the reasons for which the host cannot be called compliant because what it said is too old.
func (c *classifier) old() []string {
	var reasons []string
	taken, lists := c.scan.Scan.TakenAt, c.securityListsAt()
	if !lists.IsZero() && taken.Sub(lists) > c.settings.ListsMaxAge.or(defaultListsMaxAge) {
		reasons = append(reasons, SecurityListsOld)
	}
	if c.settings.scanOld(c.now, taken) {
		reasons = append(reasons, ScanOld)
	}
	return reasons
}

func (c *classifier) securityListsAt() time.Time {
	var newest time.Time
	for i, o := range c.scan.Scan.Origins {
		if c.security[i] && o.Date.After(newest) {
			newest = o.Date
		}
	}
	return newest
}

// due returns the first time after now at which the report may change without any event.
func (c *classifier) due() time.Time {
	if c.now.IsZero() {
		return time.Time{}
	}
	due := c.scan.Scan.TakenAt.Add(c.settings.ScanMaxAge.or(defaultScanMaxAge) + 1)
	if !due.After(c.now) {
		due = time.Time{}
	}
	for _, o := range c.facts.Overrides {
		if at := o.Override.ExpiresAt; !o.Override.Withdraw && at.After(c.now) && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	return due
}

func (c *classifier) about() About {
	a := About{BootedAt: c.facts.BootedAt, LastRun: c.facts.LastRun}
	if c.scan != nil {
		s := c.scan.Scan
		a.OS, a.ScanAt, a.FullScanAt, a.IndexAt = s.OS, s.TakenAt, c.facts.Full.Scan.TakenAt, s.IndexAt
		a.SecurityListsAt = c.securityListsAt()
		a.RebootRequired = isTrue(s.RebootRequired) && !c.bootedSince(s.TakenAt, s.BootID)
	}
	if failed := c.facts.Incomplete; failed != nil && (c.scan == nil || failed.compare(c.scan.Stamp) > 0) {
		a.ScanFailedAt, a.ScanError = failed.At, failed.Scan.Error
		if a.ScanError == "" {
			a.ScanError = "the host gave no reason"
		}
	}
	return a
}

// String prints the report's verdict in one line, for logs and tests.
func (r *Report) String() string {
	return fmt.Sprintf("%s %s %v %s, %d patches", r.Host, r.Status, r.Reasons, r.Level, len(r.Patches))
}
