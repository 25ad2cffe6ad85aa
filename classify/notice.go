package classify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// notice is an update notice as the rules see it.
type notice struct {
	*messages.Advisory
	at       time.Time // last updated, else issued
	kind     string    // its type
	severity string
	products []string // where filters ask for them
	families []string
	security bool

	approved, rejected *entry // the first ones that name it
	ruling             *match // what the rules say of it, while nothing waits; nil: not asked yet
}

// noticed is what a version of rpm has beside its text.
type noticed struct {
	own       []*notice // that list exactly this version
	fulfilled []*notice // of an installed version: that list it or one below it
	installed bool
	carried   bool // by a repository
	excluded  bool
	built     time.Time
	arch      string // empty: the package's
}

// readNotices compiles the notices of the scan. Those that were retracted do not exist.
func (c *classifier) readNotices() {
	list := c.scan.Scan.Advisories
	c.notices = make(map[string]*notice, len(list))
	for i := range list {
		a := &list[i]
		c.notices[a.ID] = nil
		if !retracted(a) {
			c.notices[a.ID] = c.newNotice(a)
		}
	}
}

func retracted(a *messages.Advisory) bool { return strings.EqualFold(a.Status, "retracted") }

func (c *classifier) newNotice(a *messages.Advisory) *notice {
	f, words := c.family, &c.family.words
	n := &notice{
		Advisory: a, at: words.at(a),
		kind: f.value("CLASSIFICATION", a.Type), severity: cmp.Or(f.value(words.severity, a.Severity), words.none),
	}
	n.security = strings.EqualFold(n.kind, words.security)
	if len(f.many) > 0 {
		n.products, n.families = f.values("PRODUCT", a.Products), f.values("PRODUCT_FAMILY", a.Families)
	}
	if !c.judge.named() {
		return n
	}
	globbed, exact := words.forms(a)
	n.rejected = c.judge.rejected().ofNotice(globbed, exact, nil)
	n.approved = c.judge.approved().ofNotice(globbed, exact, c.matched)
	return n
}

// noticeWords are how a family's notices are read.
type noticeWords struct {
	severity string // the key of filters on it
	none     string // what one without a severity has there
	security string // the type of those that are for security
	at       func(*messages.Advisory) time.Time
	forms    func(*messages.Advisory) (globbed, exact []string) // the strings by which an entry may name one; no pattern fits the exact ones
	shown    func(kind string) string                           // a type that is not empty, as items show it
	aliased  bool                                               // reasons show their other names too
	unsaid   valued                                             // what filters are asked of where there is no notice
}

// errata are the notices of Linux distributions.
var errata = noticeWords{
	severity: "SEVERITY", none: noSeverity, security: Security,
	at: func(a *messages.Advisory) time.Time { return or(a.UpdatedAt, a.IssuedAt) }, forms: errataForms, shown: capitalised,
	unsaid: withoutNotice{},
}

// errataForms are its own ids, which a pattern may fit, and those of CVEs and of Bugzilla, which none does.
func errataForms(a *messages.Advisory) (globbed, exact []string) {
	for _, id := range append([]string{a.ID}, a.Aliases...) {
		globbed = append(globbed, strings.ToLower(id))
	}
	for _, id := range a.CVEs {
		exact = append(exact, strings.ToLower(id))
	}
	for _, id := range a.Bugs {
		exact = append(exact, bugzilla+strings.ToLower(id))
	}
	return globbed, exact
}

// noticesOf returns the notices of those ids. One that the scan does not have is a notice of which nothing more is known.
// The list is good until the next package.
func (c *classifier) noticesOf(ids []string) []*notice {
	first := len(c.noticesAt)
	for _, id := range ids {
		n, known := c.notices[id]
		if !known {
			n = c.newNotice(&messages.Advisory{ID: id})
			c.notices[id] = n
		}
		if n != nil {
			c.noticesAt = append(c.noticesAt, n)
		}
	}
	return c.noticesAt[first:len(c.noticesAt):len(c.noticesAt)]
}

func (n *notice) value(key string) string {
	switch key {
	case "CLASSIFICATION":
		return n.kind
	case "SEVERITY", "MSRC_SEVERITY":
		return n.severity
	case "PATCH_SET":
		return cmp.Or(n.Set, messages.SetOS)
	}
	return ""
}

func anySecurity(list []*notice) bool {
	return slices.ContainsFunc(list, func(n *notice) bool { return n.security })
}

func (n *notice) values(key string) []string {
	if key == "PRODUCT" {
		return n.products
	}
	return n.families
}

// moreSerious orders notices by what they are for, by severity, and by date, the newest first.
func moreSerious(a, b *notice) int {
	return cmp.Or(boolRank(b.security)-boolRank(a.security), b.rank()-a.rank(), b.at.Compare(a.at), cmp.Compare(a.ID, b.ID))
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rank is that of the severity.
func (n *notice) rank() int {
	return 1 + slices.Index([]string{"low", "moderate", "important", "critical"}, strings.ToLower(n.severity))
}

// classificationOf is the type of the most serious notice.
func (f *family) classificationOf(list []*notice) string {
	if len(list) == 0 {
		return ""
	}
	kind := slices.MinFunc(list, moreSerious).kind
	if kind == "" {
		return ""
	}
	return f.words.shown(kind)
}

func capitalised(kind string) string {
	kind = strings.ToLower(kind)
	return strings.ToUpper(kind[:1]) + kind[1:]
}

// inReason puts the most serious of the notices into a reason.
func (f *family) inReason(r *messages.Reason, list []*notice) {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, moreSerious)
	sorted = slices.Compact(sorted)
	r.MoreNotices = max(0, len(sorted)-messages.MaxNotices)
	for _, n := range sorted[:len(sorted)-r.MoreNotices] {
		shown := messages.Notice{ID: n.ID, Type: n.Type, Severity: n.Severity, At: n.at, CVEs: n.CVEs}
		shown.MoreCVEs = max(0, len(n.CVEs)-messages.MaxNoticeCVEs)
		shown.CVEs = n.CVEs[:len(n.CVEs)-shown.MoreCVEs]
		if f.words.aliased {
			shown.Aliases = n.Aliases[:min(len(n.Aliases), messages.MaxNoticeCVEs)]
		}
		r.Notices = append(r.Notices, shown)
	}
}

// matchNotices decides whether the baseline approves a version of rpm: by its notices, each of which is tried on its own.
func (j *judge) matchNotices(one []knownVersion) *match {
	of := gathered(one)
	e := j.rejectedBy(one)
	for _, n := range of.own {
		e = earlier(e, n.rejected)
	}
	if e != nil {
		return &match{stopped: e.rejects(one[0].text)}
	}
	if of.installed && !of.carried && len(of.own)+len(of.fulfilled) == 0 {
		return &notCarried
	}
	m := &noRule
	if len(of.own) == 0 && (of.carried || !of.installed) {
		m = m.with(j.rulingOn(nil, of.built))
	}
	for _, list := range [...][]*notice{of.own, of.fulfilled} {
		for _, n := range list {
			m = m.with(j.rulingOn(n, or(n.at, of.built)))
		}
	}
	return j.withNamed(m, one, of)
}

var notCarried = match{stopped: messages.Stopped{By: messages.StoppedByNotCarried}}

// gathered is what a version has in all its spellings.
func gathered(one []knownVersion) *noticed {
	if len(one) == 1 {
		return one[0].noticed
	}
	all := new(noticed)
	for i := range one {
		n := one[i].noticed
		all.own, all.fulfilled = append(all.own, n.own...), append(all.fulfilled, n.fulfilled...)
		all.installed, all.carried = all.installed || n.installed, all.carried || n.carried
		all.built = or(all.built, n.built)
	}
	return all
}

// withNamed is a verdict after ApprovedPatches was asked too, which stands above global filters and delays.
func (j *judge) withNamed(m *match, one []knownVersion, of *noticed) *match {
	e := j.approvedBy(one)
	for _, list := range [...][]*notice{of.own, of.fulfilled} {
		for _, n := range list {
			e = earlier(e, n.approved)
		}
	}
	if e == nil {
		return m
	}
	more := *m
	if j.approvedNonSecurity || len(of.own)+len(of.fulfilled) > 0 {
		more.accept(j.approvedLevel, &e.matched)
	} else {
		more.stopped = messages.Stopped{Version: one[0].text, By: messages.StoppedBySecurity, Entry: e.at, Text: e.text}
	}
	return &more
}

// rulingOn returns what the global filters and the rules say of a version because of one notice, or, where n is nil, as of one
// without any. at is when it was released, zero where nobody knows: then nothing waits. While nothing does, it is the same for all
// versions.
func (j *judge) rulingOn(n *notice, at time.Time) *match {
	if j.delays(at) {
		return j.tryNotice(n, at)
	}
	kept := &j.unnoticed
	if n != nil {
		kept = &n.ruling
	}
	if *kept == nil {
		*kept = j.tryNotice(n, time.Time{})
	}
	return *kept
}

// delays reports whether a rule does not take yet what was released at a time.
func (j *judge) delays(at time.Time) bool {
	for i := range j.rules {
		if d := &j.rules[i].delay; d.waits(at, j.now).By != "" {
			return true
		}
	}
	return false
}

// tryNotice lets every rule accept a version.
func (j *judge) tryNotice(n *notice, at time.Time) *match {
	of, id := j.family.words.unsaid, ""
	if n != nil {
		of, id = n, n.ID
	}
	m := noRule
	if f, value := j.global.refuses(j.product, of); f != nil {
		m.stop(messages.Stopped{By: messages.StoppedByGlobalFilter, Key: f.key, Value: value, Text: f.text, Notice: id})
		return &m
	}
	for i := range j.rules {
		r := &j.rules[i]
		if f, value := r.filters.refuses(j.product, of); f != nil {
			m.stop(messages.Stopped{By: messages.StoppedByFilter, Rule: r.at, Key: f.key, Value: value, Text: f.text, Notice: id})
			continue
		}
		if n == nil && !r.nonSecurity {
			m.stop(messages.Stopped{By: messages.StoppedBySecurity, Rule: r.at, Text: r.text})
			continue
		}
		if stopped := r.delay.waits(at, j.now); stopped.By != "" {
			stopped.Rule, stopped.Text, stopped.Notice = r.at, r.text, id
			m.stop(stopped)
			m.dueAt(stopped.Until)
			continue
		}
		m.accept(r.level, &messages.Matched{Rule: r.at, Text: r.text, Notice: id})
	}
	return &m
}

// withoutNotice is what filters are asked of where there is no notice.
type withoutNotice struct{}

func (withoutNotice) value(string) string    { return "" }
func (withoutNotice) values(string) []string { return nil }
