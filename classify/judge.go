package classify

import (
	"strings"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// judge is a baseline and the settings, compiled for the scans of one product. It is not changed after it
// was made.
type judge struct {
	block    bool // the rejected action is BLOCK
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
}

func newJudge(b *baseline.Baseline, family *baseline.Family, product string) *judge {
	j := &judge{
		block:               b.RejectedPatchesAction == baseline.ActionBlock,
		product:             product,
		global:              compileFilters(b.GlobalFilters, family.FilterKeys),
		approved:            parseEntries(b.ApprovedPatches),
		rejected:            parseEntries(b.RejectedPatches),
		approvedLevel:       orUnspecified(b.ApprovedPatchesComplianceLevel),
		approvedNonSecurity: b.ApprovedPatchesEnableNonSecurity,
	}
	for i, r := range b.ApprovalRules.PatchRules {
		fs := compileFilters(*r.PatchFilterGroup, family.FilterKeys)
		j.rules = append(j.rules, rule{fs, orUnspecified(r.ComplianceLevel), r.EnableNonSecurity, fs.describe(), &i})
	}
	return j
}

func orUnspecified(l messages.Level) messages.Level {
	if l == "" {
		return messages.Unspecified
	}
	return l
}

// knownVersion is one version of a package as the rules see it.
type knownVersion struct {
	text     string
	priority string
	section  string
	security bool
	phased   bool  // offered to a part of all hosts only
	forms    forms // empty where the baseline names nothing
}

// match is the verdict on one version: accepted at a level by what matched, or kept out by what stopped it.
type match struct {
	ok      bool
	level   messages.Level
	matched messages.Matched
	stopped messages.Stopped
}

// match decides whether the baseline approves a version (classification.md, section 3). Every rule is tried,
// not only the first, since a later one may raise the level.
func (j *judge) match(v *knownVersion) match {
	if f, value := j.global.refuses(j.product, v); f != nil {
		return match{stopped: messages.Stopped{Version: v.text, By: messages.StoppedByGlobalFilter, Key: f.key, Value: value, Text: f.text}}
	}
	if e := j.rejected.first(v.forms[:]); e != nil {
		return match{stopped: e.rejects(v.text)}
	}
	m := match{level: messages.Unspecified}
	m.stopped = messages.Stopped{Version: v.text, By: messages.StoppedByNoRule}
	for i := range j.rules {
		j.tryRule(&m, &j.rules[i], v)
	}
	j.tryApproved(&m, v)
	return m
}

// tryRule lets a rule accept v, or notes what in it stopped v. Of several rules the one that came nearest is
// noted: where only the security test failed, everything else fitted.
func (j *judge) tryRule(m *match, r *rule, v *knownVersion) {
	if f, value := r.filters.refuses(j.product, v); f != nil {
		if m.stopped.By == messages.StoppedByNoRule {
			m.stopped = messages.Stopped{Version: v.text, By: messages.StoppedByFilter, Rule: r.at, Key: f.key, Value: value, Text: f.text}
		}
		return
	}
	if !r.nonSecurity && !v.security {
		if m.stopped.By != messages.StoppedBySecurity {
			m.stopped = messages.Stopped{Version: v.text, By: messages.StoppedBySecurity, Rule: r.at, Text: r.text}
		}
		return
	}
	m.accept(r.level, messages.Matched{Rule: r.at, Text: r.text})
}

func (j *judge) tryApproved(m *match, v *knownVersion) {
	e := j.approved.first(v.forms[:])
	if e == nil {
		return
	}
	if !j.approvedNonSecurity && !v.security {
		m.stopped = messages.Stopped{Version: v.text, By: messages.StoppedBySecurity, Entry: e.at, Text: e.text}
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
