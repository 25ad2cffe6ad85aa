package classify

import (
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// judge is a baseline, compiled for the scans of one product. It is not safe for concurrent use: it keeps what it found out.
type judge struct {
	baseline *baseline.Baseline
	family   *family
	now      time.Time // at which delays are over or not
	block    bool      // the rejected action is BLOCK
	product  string
	global   filters
	rules    []rule

	approvedPatches, rejectedPatches []string
	approvedEntries, rejectedEntries *entries // of those; nil: not asked for yet

	approvedLevel       messages.Level
	approvedNonSecurity bool

	rulings map[traits]*ruling // of all traits that were met
	last    *[slots]*ruling    // those asked for last, found four times as fast as in a map. Nil: none was, as where no package is judged

	unnoticed *match // what the rules say of what has no notice, while nothing waits; nil: not asked yet
}

type rule struct {
	filters     filters
	level       messages.Level
	nonSecurity bool
	text        string
	at          *int // its position, as reasons name it
	matched     messages.Matched
	delay       delay
}

func newJudge(b *baseline.Baseline, of *family, product string, now time.Time) *judge {
	j := &judge{
		baseline:            b,
		family:              of,
		now:                 now,
		block:               b.RejectedPatchesAction == baseline.ActionBlock,
		product:             of.value("PRODUCT", product),
		global:              compileFilters(b.GlobalFilters, of),
		approvedPatches:     b.ApprovedPatches,
		rejectedPatches:     b.RejectedPatches,
		approvedLevel:       orUnspecified(b.ApprovedPatchesComplianceLevel),
		approvedNonSecurity: b.ApprovedPatchesEnableNonSecurity || of.AllAlike,
		rules:               make([]rule, 0, len(b.ApprovalRules.PatchRules)),
		rulings:             make(map[traits]*ruling),
	}
	for i, r := range b.ApprovalRules.PatchRules {
		fs := compileRule(*r.PatchFilterGroup, of)
		text := fs.describe()
		j.rules = append(j.rules, rule{
			fs, orUnspecified(r.ComplianceLevel), r.EnableNonSecurity || of.AllAlike, text, &i, messages.Matched{Rule: &i, Text: text}, delayOf(&r),
		})
	}
	return j
}

// maxKeptRulings is how many a judge may have found out that judges another host: a fleet of Debian asks for 160.
const maxKeptRulings = 512

// judgeOf returns the judge of a baseline: the one of the report before, where that is the same.
func (m *memory) judgeOf(b *baseline.Baseline, of *family, product string, now time.Time) *judge {
	j := m.judge
	if j == nil || j.baseline != b || j.family != of || j.product != of.value("PRODUCT", product) {
		j = newJudge(b, of, product, now)
	}
	j.now = now
	m.judge = j
	return j
}

// forget leaves of a judge what is the same for all hosts, and is bounded. How long patterns take is for each host by itself.
func (j *judge) forget() {
	j.unnoticed = nil
	for _, es := range []**entries{&j.approvedEntries, &j.rejectedEntries} {
		if *es != nil && (*es).globs != nil {
			*es = nil
		}
	}
}

// approved returns the entries of ApprovedPatches. They are parsed where packages are judged, which most events do not ask for.
func (j *judge) approved() *entries {
	if j.approvedEntries == nil {
		j.approvedEntries = parseEntries(j.approvedPatches, j.family)
	}
	return j.approvedEntries
}

// rejected is approved for RejectedPatches.
func (j *judge) rejected() *entries {
	if j.rejectedEntries == nil {
		j.rejectedEntries = parseEntries(j.rejectedPatches, j.family)
	}
	return j.rejectedEntries
}

func orUnspecified(l messages.Level) messages.Level {
	if l == "" {
		return messages.Unspecified
	}
	return l
}

// knownVersion is one version of a package as the rules see it, in one of its spellings: 0:1.1 is 1.1.
type knownVersion struct {
	text string
	traits
	named    named
	above    bool     // what the scan says is installed; where it says nothing, or what nothing can be compared with, none is
	phased   bool     // offered to a part of all hosts only
	same     bool     // as the one before it, spelled otherwise
	textOnly bool     // of the installed version, which is listed in another spelling
	unruled  bool     // no rule is for it (macOS)
	noticed  *noticed // of rpm; nil: of apt
}

func (v *knownVersion) excluded() bool { return v.noticed != nil && v.noticed.excluded }

// spellings returns how many of the versions, from the first on, are one.
func spellings(versions []knownVersion) int {
	n := 1
	for n < len(versions) && versions[n].same {
		n++
	}
	return n
}

// match is the verdict on one version: accepted at a level by what matched, or kept out by what stopped it. It is shared by all
// versions of which it is the same, and not changed once it was given.
type match struct {
	ok      bool
	level   messages.Level
	matched *messages.Matched
	stopped messages.Stopped // its Version may be left out
	due     time.Time        // when a delay that stopped it is over, the first of them; zero: none did
}

// dueAt notes that a delay is over at a time: just after it the verdict is another one.
func (m *match) dueAt(t time.Time) {
	if !t.IsZero() {
		m.due = sooner(m.due, t.Add(1))
	}
}

// sooner returns the earlier of two times; zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// stop notes what stopped a version, where it came nearer to being accepted than with what is noted.
func (m *match) stop(s messages.Stopped) {
	if nearness(s.By) > nearness(m.stopped.By) {
		m.stopped = s
	}
}

// nearness orders what may stop a version by how much of the baseline accepted it.
func nearness(by string) int {
	switch by {
	case messages.StoppedByNoRule:
		return 0
	case messages.StoppedByGlobalFilter:
		return 1
	case messages.StoppedByFilter:
		return 2
	case messages.StoppedBySecurity:
		return 3
	case messages.StoppedByDate:
		return 4
	case messages.StoppedByDelay:
		return 5
	}
	return -1
}

// matchVersion decides whether the baseline approves a version of apt, given in all its spellings (classification.md,
// section 3).
func (j *judge) matchVersion(one []knownVersion) *match {
	r := j.ruling(one)
	if r.refused {
		return &r.match
	}
	if e := j.rejectedBy(one); e != nil {
		return &match{stopped: e.rejects(one[0].text)}
	}
	return j.withApproved(&r.match, one)
}

// withApproved is a verdict after ApprovedPatches was asked too.
func (j *judge) withApproved(m *match, one []knownVersion) *match {
	e := j.approvedBy(one)
	if e == nil {
		return m
	}
	more := *m
	if !j.approvedNonSecurity && !one[0].security {
		more.stopped = messages.Stopped{Version: one[0].text, By: messages.StoppedBySecurity, Entry: e.at, Text: e.text}
		return &more
	}
	more.accept(j.approvedLevel, &e.matched)
	return &more
}

func (m *match) accept(level messages.Level, by *messages.Matched) {
	if !m.ok || level.Above(m.level) {
		m.level, m.matched = level, by
	}
	m.ok = true
}

// rejects says that an entry of RejectedPatches stops a version.
func (e *entry) rejects(version string) messages.Stopped {
	return messages.Stopped{Version: version, By: messages.StoppedByRejected, Entry: e.at, Text: e.text}
}

// named reports whether the baseline names packages at all.
func (j *judge) named() bool { return len(j.approvedPatches)+len(j.rejectedPatches) > 0 }

// spent reports whether the scan's names and versions were put together such that the patterns of the baseline could not be
// matched with all of them.
func (j *judge) spent() bool { return j.approved().spent() || j.rejected().spent() }

// approves reports whether there is a rule or an entry by which a version could be approved.
func (j *judge) approves() bool { return len(j.rules)+len(j.approvedPatches) > 0 }

// forOthers reports whether the baseline is for other products than the host's: nothing of it fits, so all would look
// in order.
func (j *judge) forOthers() bool {
	if j.global.refuseProduct(j.product) {
		return j.approves()
	}
	for i := range j.rules {
		if !j.rules[i].filters.refuseProduct(j.product) {
			return false
		}
	}
	return len(j.rules) > 0
}

// securityOnly reports whether some rule, or a list of approved patches that is not empty, accepts security
// versions only: then a host that knows no security source cannot be judged.
func (j *judge) securityOnly() bool {
	for _, r := range j.rules {
		if !r.nonSecurity {
			return true
		}
	}
	return len(j.approvedPatches) > 0 && !j.approvedNonSecurity
}

func containsFold(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
