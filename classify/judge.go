package classify

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// judge is a baseline and the settings, compiled for the scans of one product. It is not changed after it
// was made.
type judge struct {
	family   *family
	now      time.Time // at which delays are over or not
	block    bool      // the rejected action is BLOCK
	product  string
	global   filters
	rules    []rule
	approved entries
	rejected entries

	approvedLevel       messages.Level
	approvedNonSecurity bool
}

type rule struct {
	filters     filters
	level       messages.Level
	nonSecurity bool
	text        string
	at          *int // its position, as reasons name it
	delay       delay
}

func newJudge(b *baseline.Baseline, of *family, product string, now time.Time) *judge {
	j := &judge{
		family:              of,
		now:                 now,
		block:               b.RejectedPatchesAction == baseline.ActionBlock,
		product:             of.value("PRODUCT", product),
		global:              compileFilters(b.GlobalFilters, of),
		approved:            parseEntries(b.ApprovedPatches, of),
		rejected:            parseEntries(b.RejectedPatches, of),
		approvedLevel:       orUnspecified(b.ApprovedPatchesComplianceLevel),
		approvedNonSecurity: b.ApprovedPatchesEnableNonSecurity || of.AllAlike,
	}
	for i, r := range b.ApprovalRules.PatchRules {
		fs := compileRule(*r.PatchFilterGroup, of)
		j.rules = append(j.rules, rule{fs, orUnspecified(r.ComplianceLevel), r.EnableNonSecurity || of.AllAlike, fs.describe(), &i, delayOf(&r)})
	}
	return j
}

func orUnspecified(l messages.Level) messages.Level {
	if l == "" {
		return messages.Unspecified
	}
	return l
}

// knownVersion is one version of a package as the rules see it, in one of its spellings: 0:1.1 is 1.1.
type knownVersion struct {
	text     string
	priority string
	section  string
	security bool     // in whichever spelling
	phased   bool     // offered to a part of all hosts only
	same     bool     // as the one before it, spelled otherwise
	textOnly bool     // of the installed version, which is listed in another spelling
	refused  bool     // by GlobalFilters
	unruled  bool     // no rule is for it (macOS)
	forms    []string // empty where the baseline names nothing
	noticed  *noticed // of rpm; nil: of apt

	approved, rejected int // positions of the first entries that fit the name, whatever the version
}

func (v *knownVersion) value(key string) string {
	switch key {
	case "PRIORITY":
		return v.priority
	case "SECTION", "CLASSIFICATION": // of macOS the one, of apt the other
		return v.section
	}
	return ""
}

func (v *knownVersion) values(string) []string { return nil }

func (v *knownVersion) excluded() bool { return v.noticed != nil && v.noticed.excluded }

// spellings returns how many of the versions, from the first on, are one.
func spellings(versions []knownVersion) int {
	n := 1
	for n < len(versions) && versions[n].same {
		n++
	}
	return n
}

// match is the verdict on one version: accepted at a level by what matched, or kept out by what stopped it.
type match struct {
	ok      bool
	level   messages.Level
	matched messages.Matched
	stopped messages.Stopped
	due     time.Time // when a delay that stopped it is over, the first of them; zero: none did
}

// dueAt notes that a delay is over at a time: just after it the verdict is another one.
func (m *match) dueAt(t time.Time) {
	if !t.IsZero() {
		m.due = sooner(m.due, t.Add(1))
	}
}

// sooner returns the earlier of two times that are given.
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
	return slices.Index([]string{messages.StoppedByNoRule, messages.StoppedByGlobalFilter, messages.StoppedByFilter,
		messages.StoppedBySecurity, messages.StoppedByDate, messages.StoppedByDelay}, by)
}

// matchVersion decides whether the baseline approves a version of apt, given in all its spellings (classification.md,
// section 3). Every rule is tried, not only the first, since a later one may raise the level.
func (j *judge) matchVersion(one []knownVersion) match {
	if stopped, all := j.refuseAll(one); all {
		return match{stopped: stopped}
	}
	if e := j.rejected.names(one[0].rejected, one); e != nil {
		return match{stopped: e.rejects(one[0].text)}
	}
	m := match{level: messages.Unspecified}
	m.stopped = messages.Stopped{Version: one[0].text, By: messages.StoppedByNoRule}
	j.tryRules(&m, one)
	j.tryApproved(&m, one)
	return m
}

// tryRules lets the rules accept a version in one of the spellings that the global filters accept.
func (j *judge) tryRules(m *match, one []knownVersion) {
	for i := range one {
		if one[i].refused {
			continue
		}
		for r := range j.rules {
			j.tryRule(m, &j.rules[r], &one[i])
		}
	}
}

// refuseAll notes which spellings the global filters refuse, and reports whether they refuse all, and why.
func (j *judge) refuseAll(one []knownVersion) (stopped messages.Stopped, all bool) {
	all = true
	for i := range one {
		v := &one[i]
		v.refused = v.textOnly
		if v.textOnly {
			continue
		}
		f, value := j.global.refuses(j.product, v)
		if v.refused = f != nil; !v.refused {
			all = false
		} else if stopped.By == "" {
			stopped = messages.Stopped{Version: one[0].text, By: messages.StoppedByGlobalFilter, Key: f.key, Value: value, Text: f.text}
		}
	}
	return stopped, all
}

// tryRule lets a rule accept v, or notes what in it stopped v. Of several rules the one that came nearest is
// noted: where only the security test failed, everything else fitted.
func (j *judge) tryRule(m *match, r *rule, v *knownVersion) {
	if f, value := r.filters.refuses(j.product, v); f != nil {
		m.stop(messages.Stopped{Version: v.text, By: messages.StoppedByFilter, Rule: r.at, Key: f.key, Value: value, Text: f.text})
		return
	}
	if !r.nonSecurity && !v.security {
		m.stop(messages.Stopped{Version: v.text, By: messages.StoppedBySecurity, Rule: r.at, Text: r.text})
		return
	}
	m.accept(r.level, messages.Matched{Rule: r.at, Text: r.text})
}

func (j *judge) tryApproved(m *match, one []knownVersion) {
	e := j.approved.names(one[0].approved, one)
	if e == nil {
		return
	}
	if !j.approvedNonSecurity && !one[0].security {
		m.stopped = messages.Stopped{Version: one[0].text, By: messages.StoppedBySecurity, Entry: e.at, Text: e.text}
		return
	}
	m.accept(j.approvedLevel, messages.Matched{Entry: e.at, Text: e.text})
}

func (m *match) accept(level messages.Level, by messages.Matched) {
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
func (j *judge) named() bool { return len(j.approved.list)+len(j.rejected.list) > 0 }

// spent reports whether the scan's names and versions were put together such that the patterns of the baseline could not be
// matched with all of them.
func (j *judge) spent() bool { return j.approved.spent() || j.rejected.spent() }

// approves reports whether there is a rule or an entry by which a version could be approved.
func (j *judge) approves() bool { return len(j.rules)+len(j.approved.list) > 0 }

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
	return len(j.approved.list) > 0 && !j.approvedNonSecurity
}

func containsFold(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
