package classify

import (
	"iter"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Before is the last report on a host, and the facts of which it was made, by the same baseline and settings.
type Before struct {
	Facts  *Facts  // see [Facts.Fork]
	Report *Report // with its items, where [Judging.Needs] asks for them, and those for which it does

	// Lists is how what the newest full scan lists differs from what the one of before did, where that is another. Nil: that is not
	// known, and all is judged.
	Lists *messages.ListChanges
}

// Judging makes a report, and judges of it only what may be otherwise than in the report before. An item is a function of what
// its package says, its outcomes, its override and what all packages share (sameFrame); time alone changes none before the
// first delay is over. Nobody can tell the report from one for which everything was judged.
type Judging struct {
	host   string
	choice Choice
	c      *classifier
	was    *classifier // as which the report before was made; nil: all is judged
	before *Report

	memory   *memory               // of the report and the transitions
	items    []Item                // of a report for which all was judged
	moved    []messages.Transition // to the report
	packages map[PackageKey]bool   // that are judged anew, by the keys of keyOf
	selected *Selection            // the same; nil: not asked for yet
	lists    *messages.ListChanges // nil: the newest full scan is that of before
}

// Begin begins to judge a host by the baseline that the library chooses for it. Before is nil where nothing is to be kept.
func (l *Library) Begin(host string, f *Facts, now time.Time, before *Before) *Judging {
	if f.Full == nil {
		return begin(host, f, Choice{}, l.Settings, now, before)
	}
	scan := f.Full.Scan
	return begin(host, f, l.Choose(host, scan.OS.System, scan.Tags), l.Settings, now, before)
}

func begin(host string, f *Facts, choice Choice, s Settings, now time.Time, before *Before) *Judging {
	m := memories.Get().(*memory)
	j := &Judging{host: host, choice: choice, memory: m, c: &classifier{facts: f, scan: f.scan(), choice: choice, settings: s, now: now, memory: m}}
	if before != nil && j.mayKeep(before) {
		j.before = before.Report
		j.compare(before)
	}
	return j
}

// mayKeep reports whether time and the list of packages leave the items as they are, and the rules are those of before.
func (j *Judging) mayKeep(before *Before) bool {
	r, now := before.Report, j.c.now
	return r != nil && r.Frame != nil && r.Frame.Rules == ruleset() &&
		!j.c.facts.retired() && knowsLists(before, j.c.facts) &&
		!r.Frame.At.IsZero() && !now.Before(r.Frame.At) && (r.Waits.IsZero() || now.Before(r.Waits))
}

// knowsLists reports whether it is known how the packages differ from those of before, on the same system.
func knowsLists(before *Before, now *Facts) bool {
	was := before.Facts.Full
	return was == now.Full || was != nil && now.Full != nil && before.Lists != nil && was.Scan.OS == now.Full.Scan.OS
}

// compare finds out what is to be judged, if not all.
func (j *Judging) compare(before *Before) {
	c, counted := j.c, &before.Report.Frame.Census
	if before.Facts.Full != c.facts.Full {
		j.lists = before.Lists
	}
	was := &classifier{facts: before.Facts, scan: before.Facts.scan(), choice: j.choice, settings: c.settings, now: before.Report.Frame.At, memory: new(memory)}
	if c.scan != nil {
		if j.lists != nil && AsksAllPackages(c.scan.Scan.OS.System) {
			c.prepare(nil)
		} else {
			c.prepare(counted)
		}
		was.judge = c.judge
		was.prepare(counted)
		if j.lists != nil && !c.recount(was, j.lists) {
			return
		}
	}
	if c.family != nil && c.family.census == nil || !c.sameFrame(was) || c.overridesChanged(was) {
		return
	}
	if j.lists != nil && len(j.lists.Notices) > 0 && c.family != nil && c.family.unordered {
		return // a notice may say that it takes the place of any other
	}
	j.was = was
	if c.judge == nil {
		return
	}
	j.packages = c.outcomesChanged(was)
	if j.lists != nil {
		j.listsChanged()
	}
}

// Needs is what a judging must be given before it makes its report.
type Needs struct {
	Items    bool // of the report before
	Bare     bool // of their reasons nothing is asked for but the override: [Judging.Diff] alone looks at them
	Packages bool // of the newest full scan, and its advisories

	// Only is of which packages the items are needed, and a [Rest] for those of the others; nil: all are.
	Only *Selection
}

// Needs returns what must be put into the facts and the report before for [Judging.Report].
func (j *Judging) Needs() Needs {
	switch {
	case j.was == nil:
		return Needs{Items: true, Bare: true, Packages: j.c.scan != nil}
	case len(j.packages) > 0:
		return Needs{Items: true, Packages: true, Only: j.selection()}
	}
	return Needs{}
}

// selection are the packages that are judged anew.
func (j *Judging) selection() *Selection {
	if j.selected == nil {
		j.selected = newSelection(j.packages, j.c.family.namesAlone)
	}
	return j.selected
}

// Report returns the report. One in which no item changed is Kept; one in which some did has a Rest. It returns nil where all items
// turn out to be needed: then it must be given what [Judging.NeedsAll] says, and asked again.
func (j *Judging) Report() *Report {
	switch {
	case j.was == nil:
		r := classifyAll(j.host, j.c.facts, j.choice, j.c.settings, j.c.now, j.memory)
		j.items = r.Patches
		return r
	case len(j.packages) == 0:
		return j.kept()
	}
	return j.some()
}

// Diff is [Diff] of the report before and the one that was made.
func (j *Judging) Diff(before, after *Report, when time.Time) []messages.Transition {
	j.moved = diff(j.memory.takeTransitions(), before, after, when)
	return j.moved
}

// Release gives back the memory of the items of the report, and of the transitions: nothing of either may be used from then on. Who does
// not call it may use them for as long as they like.
func (j *Judging) Release() {
	j.memory.takeBack(j.items, j.moved)
	memories.Put(j.memory)
	j.memory, j.items, j.moved = nil, nil, nil
}

// NeedsAll has all judged, whatever the report before says, and returns what is needed for that.
func (j *Judging) NeedsAll() Needs {
	j.was = nil
	return j.Needs()
}

// kept is the report on a host of which no item changed.
func (j *Judging) kept() *Report {
	c, frame := j.c, *j.before.Frame
	c.waits, frame.Census = j.before.Waits, c.census
	c.date(&frame)
	r := &Report{Host: j.host, Kept: true, Frame: &frame, Baseline: j.before.Baseline, Group: j.before.Group, Counts: j.before.Counts, Level: j.before.Level}
	c.head(r)
	r.Reasons = reasonsOf(r.Conditions, frame.Waits)
	r.Status = statusOf(nonCompliant(r.Counts), r.Reasons)
	return r
}

// some judges the packages that may be otherwise. It returns nil where what they had before cannot be taken away: then all must be judged.
func (j *Judging) some() *Report {
	c, frame, selected := j.c, j.before.Frame, j.selection()
	c.matched = make([]bool, len(c.judge.approvedPatches))
	c.own, c.booting = make(map[string]bool), make(map[string]bool)
	items := j.judgeAnew()
	if !j.replaces() {
		return nil
	}
	for _, i := range frame.Entries {
		c.matched[i] = true
	}
	c.waits = sooner(c.waits, j.before.Waits)
	dated := *frame
	c.date(&dated)
	said, unmatched := make(map[string]bool, len(j.before.Patches)), make(map[string]bool)
	for _, item := range j.before.Patches {
		said[item.Patch] = true
		if item.Reason.Code == messages.BecauseNoSuchPackage {
			unmatched[item.Patch] = true
			continue
		}
		if selected.Has(item.Name, item.Arch) {
			continue
		}
		if dated.Rest(&item); !dated.Rests(&item) {
			c.own[item.Patch] = true
		}
		if _, ofKB := slices.BinarySearch(frame.Booting, item.Patch); ofKB {
			c.booting[item.Patch] = true
		}
		item.Since = time.Time{}
		withoutOverride(&item)
		items = append(items, item)
	}
	keepUnless(said, c.own, frame.Own)
	keepUnless(said, c.booting, frame.Booting)
	items = c.finish(items)
	if slices.ContainsFunc(items, func(i Item) bool { return i.Reason.Code == messages.BecauseNoSuchPackage && !unmatched[i.Patch] }) {
		return nil // a package had the entry's name, and whether another has it is not known
	}
	return c.report(j.host, j.choice, items, &Rest{selected, j.before.Rest.Tallies})
}

// keepUnless adds to a set of patches those that were in it, and of which nothing else was said.
func keepUnless(said, set map[string]bool, were []string) {
	for _, patch := range were {
		if !said[patch] {
			set[patch] = true
		}
	}
}

// judgeAnew judges the packages that may be otherwise, as they are and as they were.
func (j *Judging) judgeAnew() []Item {
	c, was, selected := j.c, j.was, j.selection()
	j.provide()
	packages, listed := c.scan.Scan.Packages, make(map[PackageKey]bool, len(j.packages))
	items := make([]Item, 0, len(j.packages))
	for i := range packages {
		p := &packages[i]
		if !selected.Has(p.Name, p.Arch) {
			continue
		}
		key := c.keyOf(p.Name, p.Arch)
		listed[key] = true
		now, _ := c.outcomes(key)
		items = c.addListed(items, p, now)
	}
	for key := range j.packages {
		if now, _ := c.outcomes(key); !listed[key] {
			if item, ok := c.unlistedItem(key, now); ok {
				items = append(items, item)
			}
		}
	}
	clear(listed)
	item := new(Item)
	for p := range j.earlier() {
		if selected.Has(p.Name, p.Arch) {
			key := was.keyOf(p.Name, p.Arch)
			listed[key] = true
			before, _ := was.outcomes(key)
			*item = Item{}
			was.listedItem(item, p, before)
		}
	}
	for key := range j.packages {
		if before, _ := was.outcomes(key); !listed[key] {
			was.unlistedItem(key, before)
		}
	}
	return items
}

// provide gives both classifiers the packages and advisories that they judge.
func (j *Judging) provide() {
	c, was, full := j.c, j.was, j.c.facts.Full.Scan
	c.scan.Scan.Packages, c.scan.Scan.Advisories = full.Packages, full.Advisories
	earlier := *was.scan.Scan
	earlier.Packages, earlier.Advisories = full.Packages, full.Advisories
	was.scan, was.lists = &ScanFact{was.scan.Stamp, &earlier}, j.lists
	was.matched, was.own, was.booting = make([]bool, len(c.matched)), make(map[string]bool), make(map[string]bool)
	if j.lists != nil && len(j.lists.Notices) > 0 {
		earlier.Advisories = j.lists.Advisories
		c.readNotices()
		was.readNotices()
		return
	}
	was.readNotices() // what they fit is the same
	clear(was.matched)
	c.notices = was.notices
}

// earlier returns the packages of the full scan of before. Those that did not change are those of the newest.
func (j *Judging) earlier() iter.Seq[*messages.Package] {
	return func(yield func(*messages.Package) bool) {
		packages, added := j.c.scan.Scan.Packages, []int(nil)
		if j.lists != nil {
			added = j.lists.Added
			for i := range j.lists.Gone {
				if !yield(&j.lists.Gone[i]) {
					return
				}
			}
		}
		for i := range packages {
			if len(added) > 0 && added[0] == i {
				added = added[1:]
			} else if !yield(&packages[i]) {
				return
			}
		}
	}
}

// listsChanged adds the packages of which the scan says something else than before: of themselves, of a notice of theirs, or,
// since one may stand in for the other, of a package of the same name.
func (j *Judging) listsChanged() {
	c, packages := j.c, j.c.facts.Full.Scan.Packages
	arches := make(map[PackageKey]int, len(j.lists.Gone)+len(j.lists.Added)) // how much more often a package is listed than before
	for i := range j.lists.Gone {
		arches[PackageKey{j.lists.Gone[i].Name, j.lists.Gone[i].Arch}]--
	}
	for _, i := range j.lists.Added {
		arches[PackageKey{packages[i].Name, packages[i].Arch}]++
	}
	names := make(map[string]bool)
	for key, more := range arches {
		j.packages[c.keyOf(key.Name, key.Arch)] = true
		if more != 0 {
			names[key.Name] = true
		}
	}
	if len(names)+len(j.lists.Notices) == 0 {
		return
	}
	for i := range packages {
		if p := &packages[i]; names[p.Name] || refersTo(p, j.lists.Notices) {
			j.packages[c.keyOf(p.Name, p.Arch)] = true
		}
	}
}

func refersTo(p *messages.Package, notices map[string]bool) bool {
	if len(notices) == 0 {
		return false
	}
	any := func(ids []string) bool { return slices.ContainsFunc(ids, func(id string) bool { return notices[id] }) }
	return any(p.Advisories) || slices.ContainsFunc(p.Versions, func(v messages.Version) bool { return any(v.Advisories) })
}

// replaces reports whether what the packages judged anew had before may be taken away: no entry was fitted by them alone, and
// no delay of theirs was perhaps the first to be over.
func (j *Judging) replaces() bool {
	for i, fitted := range j.was.matched {
		if fitted && !j.c.matched[i] {
			return false
		}
	}
	first := j.before.Waits
	return first.IsZero() || !j.was.waits.Equal(first) || j.c.waits.Equal(first)
}
