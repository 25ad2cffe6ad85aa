package classify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
	return classifyAll(host, f, choice, s, now, new(memory))
}

// classifyAll is [Classify], of which the items are in m.
func classifyAll(host string, f *Facts, choice Choice, s Settings, now time.Time, m *memory) *Report {
	if f.retired() {
		return retiredReport(host, f)
	}
	c := &classifier{facts: f, scan: f.scan(), choice: choice, settings: s, now: now, memory: m}
	items := []Item{}
	if c.scan != nil {
		c.prepare(nil)
	}
	if c.judge != nil {
		items = c.items()
	}
	return c.report(host, choice, items, nil)
}

// report puts the items into a report, but those for which a rest stands.
func (c *classifier) report(host string, choice Choice, items []Item, rest *Rest) *Report {
	r := &Report{Host: host, Patches: items, Rest: rest, Baseline: choice.ref(), Group: choice.Group}
	if c.judge != nil {
		r.Refused = c.refused()
	}
	c.head(r)
	tallies := r.Tallies()
	waits := slices.ContainsFunc(tallies, func(t Tally) bool { return t.Waits })
	r.summarise(choice.Baseline, tallies, waits)
	r.Frame = c.frame(waits)
	return r
}

// head fills in what stands in a report beside its items and what follows from them.
func (c *classifier) head(r *Report) {
	r.Conditions = c.conditions()
	r.About, r.Due, r.Waits = c.about(), c.due(), c.waits
	r.About.RebootRequired = stands(r.Conditions, RebootRequired)
}

// classifier holds what is the same for every package of a host.
type classifier struct {
	facts    *Facts
	scan     *ScanFact // the newest complete scan
	choice   Choice
	judge    *judge // nil: no baseline applies
	family   *family
	settings Settings
	now      time.Time
	origins  []originKind // by position in the scan's
	census   census
	kernels  map[PackageKey]bool // installed ones that wait for a boot
	reboot   hostReboot

	attempts map[PackageKey]Outcomes // what runs did, by the keys of keyOf

	own     map[string]bool       // patches whose items rest on an event of their own
	booting map[string]bool       // KBs that wait for a boot, as the scan itself says of them
	matched []bool                // by position in the approved entries: it fits something
	waits   time.Time             // when the first delay is over that stops a version; zero: none does
	notices map[string]*notice    // of the scan, by id; nil is one that was retracted
	lists   *messages.ListChanges // since this; nil: the scan's packages are those of now
	listed  map[PackageKey]bool   // packages of the scan; nil: not asked for yet

	// Memory for the package at hand.
	at     effective
	known  []knownVersion
	search search

	noticed   scratch[noticed]
	noticesAt []*notice

	// Memory that the items keep.
	*memory
	texts texts
}

// prepare works out what is the same for every package of a host that was scanned. counted is the census of the packages, nil
// where they are there to be counted.
func (c *classifier) prepare(counted *census) {
	scan := c.scan.Scan
	c.origins = originKinds(scan, c.settings)
	if c.family = familyOf(scan.OS.System); c.family == nil {
		c.choice = Choice{Reason: UnsupportedSystem}
		return
	}
	if c.choice.Baseline != nil && c.judge == nil {
		c.judge = c.judgeOf(c.choice.Baseline, c.family, scan.OS.Product, or(c.now, scan.TakenAt))
	}
	c.attempts = c.facts.Outcomes
	if c.family.namesAlone {
		c.attempts = c.byName()
	}
	switch {
	case counted != nil:
		c.census = *counted
	case c.family.census != nil:
		c.census = c.family.census(c)
	}
	if c.asksKernels() {
		c.kernels = setOf(c.census.Kernels)
	}
	c.reboot = c.hostReboot()
}

func (c *classifier) items() []Item {
	packages := c.scan.Scan.Packages
	items := c.takeItems(len(packages) + len(c.attempts) + len(c.judge.approvedPatches))
	c.matched, c.own, c.booting = make([]bool, len(c.judge.approvedPatches)), make(map[string]bool), make(map[string]bool)
	c.readNotices()
	listed := make(map[PackageKey]bool, len(c.attempts))
	for i := range packages {
		p := &packages[i]
		key := c.keyOf(p.Name, p.Arch)
		kept, attempted := c.outcomes(key)
		if attempted {
			listed[key] = true
		}
		items = c.addListed(items, p, kept)
	}
	for _, key := range slices.SortedFunc(maps.Keys(c.attempts), PackageKey.compare) {
		kept, _ := c.outcomes(key)
		if listed[key] {
			continue
		}
		if item, ok := c.unlistedItem(key, kept); ok {
			items = append(items, item)
		}
	}
	return c.finish(items)
}

// finish adds the entries that fit nothing, puts the overrides on all items, and sorts them.
func (c *classifier) finish(items []Item) []Item {
	items = append(items, c.unmatchedEntries(items)...)
	if len(c.facts.Overrides) > 0 {
		for i := range items {
			c.override(&items[i])
		}
	}
	SortItems(items)
	return items
}

// refused returns why the packages could not be judged, or nil.
func (c *classifier) refused() error {
	if !c.judge.spent() {
		return nil
	}
	return &messages.FieldError{Field: "packages", Problem: fmt.Sprintf("their names and versions take too long to match with the %d entries of the baseline",
		len(c.judge.approvedPatches)+len(c.judge.rejectedPatches))}
}

// keyOf is what the outcomes of a package are found by.
func (c *classifier) keyOf(name, arch string) PackageKey {
	if c.family.namesAlone {
		arch = ""
	}
	return PackageKey{name, arch}
}

// byName puts together the outcomes of one name, whatever the architecture.
func (c *classifier) byName() map[PackageKey]Outcomes {
	all := make(map[PackageKey]Outcomes, len(c.facts.Outcomes))
	for key, kept := range c.facts.Outcomes {
		key = c.keyOf(key.Name, key.Arch)
		one := all[key]
		if kept.Installed.newerThan(one.Installed) {
			one.Installed = kept.Installed
		}
		if kept.Failed.newerThan(one.Failed) {
			one.Failed = kept.Failed
		}
		all[key] = one
	}
	return all
}

// outcomes returns what runs did to a package, as far as the order of the system's versions has a place for it.
func (c *classifier) outcomes(key PackageKey) (Outcomes, bool) {
	if len(c.attempts) == 0 {
		return Outcomes{}, false
	}
	kept, attempted := c.attempts[key]
	for _, o := range []**OutcomeFact{&kept.Installed, &kept.Failed} {
		if *o != nil && c.family.ordered((*o).To) != nil {
			*o = nil
		}
	}
	return kept, attempted
}

// unmatchedEntries lists every entry of ApprovedPatches that fits nothing on the host, under its own text. Of several of one text,
// and of one by which an item goes already, it lists none.
func (c *classifier) unmatchedEntries(items []Item) []Item {
	list := c.unmatched()
	if len(list) == 0 {
		return nil
	}
	taken := c.takenBy(items, list)
	var more []Item
	for _, e := range list {
		if taken[e.lower] {
			continue
		}
		taken[e.lower] = true
		more = append(more, Item{
			Patch: e.text, Name: e.text, State: messages.NotApplicable, Level: messages.Unspecified,
			Reason: messages.Reason{Code: messages.BecauseNoSuchPackage, Event: c.scan.ID, Matched: &e.matched},
		})
	}
	return more
}

// unmatched are the entries of ApprovedPatches that fit nothing.
func (c *classifier) unmatched() (list []*entry) {
	approved := c.judge.approved()
	for i := range approved.list {
		if e := &approved.list[i]; e.text != "" && !c.matched[approved.exact[e.key]] {
			list = append(list, e)
		}
	}
	return list
}

// takenBy returns which of the texts of entries items go by.
func (c *classifier) takenBy(items []Item, list []*entry) map[string]bool {
	taken, asked := make(map[string]bool, len(list)), new(ends)
	for _, e := range list {
		taken[e.lower] = false
		asked.add(e.lower)
	}
	for i := range items {
		if !asked.has(items[i].Patch) {
			continue
		}
		patch := strings.ToLower(items[i].Patch)
		if _, listed := taken[patch]; listed {
			taken[patch] = true
		}
	}
	return taken
}

// noteEntries notes which entries of ApprovedPatches fit a version of a package.
func (c *classifier) noteEntries(name, arch, version string) {
	if len(c.matched) > 0 {
		c.namedAt(c.matched, name, arch, version)
	}
}

// due returns the first time after now at which the report may change without any event.
func (c *classifier) due() time.Time {
	if c.now.IsZero() {
		return time.Time{}
	}
	times := []time.Time{c.sharing().until, c.waits}
	if c.scan != nil {
		times = append(times, c.scan.Scan.TakenAt.Add(c.settings.ScanMaxAge.or(defaultScanMaxAge)+1))
		for _, o := range c.facts.Overrides {
			if !o.Override.Withdraw {
				times = append(times, o.Override.ExpiresAt)
			}
		}
	}
	var first time.Time
	for _, t := range times {
		if t.After(c.now) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func (c *classifier) about() About {
	a := About{BootedAt: c.facts.BootedAt, LastRun: c.facts.LastRun, HeardAt: c.facts.heardAt()}
	if c.scan != nil {
		s := c.scan.Scan
		a.OS, a.ScanAt, a.FullScanAt, a.IndexAt = s.OS, s.TakenAt, c.facts.Full.Scan.TakenAt, s.IndexAt
		a.SecurityListsAt = c.securityListsAt()
		a.TagGroup = tagGroup(s.Tags)
	}
	if why, failing := c.scanFailing(); failing {
		a.ScanFailedAt, a.ScanError = c.facts.Incomplete.At, why
	}
	return a
}

// String prints the report's verdict in one line, for logs and tests.
func (r *Report) String() string {
	return fmt.Sprintf("%s %s %v %s, %d patches", r.Host, r.Status, r.Reasons, r.Level, len(r.Patches))
}
