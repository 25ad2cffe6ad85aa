package classify

import (
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// What is special about Windows (classification.md, section 9): a patch is a KB, which the host has or has not. None is newer
// than another, so that all versions of one are one.
var windows = family{
	Family:    baseline.Windows,
	compare:   func(string, string) int { return 0 },
	ordered:   anything,
	valid:     anything,
	canonical: asItIs,

	forms:  nameForms,
	key:    kbKey,
	value:  kbValue,
	many:   []string{"PRODUCT", "PRODUCT_FAMILY"},
	unsaid: baseline.Filter{Key: "PATCH_SET", Values: []string{messages.SetOS}},
	match:  (*judge).matchNotices,
	list: func(c *classifier, p *effective, v *messages.Version, known *knownVersion) bool {
		*known = c.kbVersion(p, v)
		return true
	},
	words: noticeWords{
		severity: "MSRC_SEVERITY", none: unspecifiedSeverity, security: "SecurityUpdates", at: kbDate, forms: bulletins, shown: asItIs, aliased: true,
		unsaid: &notice{Advisory: new(messages.Advisory), severity: unspecifiedSeverity},
	},
	alone: func(c *classifier, p *effective, text string) knownVersion {
		return c.kbVersion(p, &messages.Version{Version: text})
	},
	absent:  (*classifier).absentKB,
	census:  (*classifier).kbCensus,
	noLists: (*classifier).kbsUnread,

	triedMustMatch: true, namesAlone: true, unordered: true,
}

func anything(string) error { return nil }

// nameForms: a patch is named by its name alone.
func nameForms(*search, *names, string) {}

// kbKey: the number of a KB is the KB.
func kbKey(entry string) string {
	if entry != "" && strings.Trim(entry, "0123456789") == "" {
		return "kb" + entry
	}
	return entry
}

const unspecifiedSeverity = "Unspecified"

// kbValue: Microsoft writes with spaces what AWS writes without.
func kbValue(_, value string) string { return strings.ReplaceAll(value, " ", "") }

// bulletins are what names a KB beside its own name: MS10-048. Its own is the package's.
func bulletins(a *messages.Advisory) (globbed, exact []string) {
	for _, alias := range a.Aliases {
		exact = append(exact, kbKey(strings.ToLower(alias)))
	}
	return nil, exact
}

// kbDate is when the deployment of a KB last changed. AWS puts the beginning of 1970 where there is no date.
func kbDate(a *messages.Advisory) time.Time { return or(dateOfKB(a.UpdatedAt), dateOfKB(a.IssuedAt)) }

func dateOfKB(t time.Time) time.Time {
	if t.Unix() < 24*60*60 {
		return time.Time{}
	}
	return t
}

// kbVersion is the revision of a KB, with what is said of the KB.
func (c *classifier) kbVersion(p *effective, v *messages.Version) knownVersion {
	own := append(c.noticesOf(v.Advisories), c.noticesOf(p.Advisories)...)
	return knownVersion{
		text: v.Version, traits: traits{security: anySecurity(own)},
		noticed: &noticed{carried: true, built: dateOfKB(v.ReleasedAt), own: own},
	}
}

// offline is what Microsoft's offline file has, by classification.
var offline = []string{"SecurityUpdates", "UpdateRollups", "ServicePacks"}

// kbsUnread: something was not asked for KBs that the baseline may approve. What the offline file has is no reason for that.
func (c *classifier) kbsUnread() (string, bool) {
	var unread []string
	for i, k := range c.origins {
		o := &c.scan.Scan.Origins[i]
		if k.unread && (o.Archive != messages.ArchiveNotOffline || c.judge.approvesBeyond(offline) || c.census.Unlisted) {
			unread = append(unread, strings.Join(strings.Fields(o.Origin+" "+o.Site+" "+o.Archive), " "))
		}
	}
	if len(unread) == 0 {
		return "", false
	}
	return cut(notRead + strings.Join(unread, ", ")), true
}

// approvesBeyond reports whether some rule may accept an update of another classification than these.
func (j *judge) approvesBeyond(known []string) bool {
	accepts := func(fs filters, classification string) bool {
		i := slices.IndexFunc(fs, func(f filter) bool { return f.key == "CLASSIFICATION" })
		return i < 0 || containsFold(fs[i].values, classification)
	}
	asked := func(fs filters) []string {
		if i := slices.IndexFunc(fs, func(f filter) bool { return f.key == "CLASSIFICATION" }); i >= 0 {
			return fs[i].values
		}
		return []string{""} // any, as one that has no name
	}
	for _, r := range j.rules {
		for _, fs := range []filters{r.filters, j.global} {
			for _, value := range asked(fs) {
				if !containsFold(known, value) && accepts(r.filters, value) && accepts(j.global, value) {
					return true
				}
			}
		}
	}
	return false
}

// approvesUnlisted reports whether ApprovedPatches names a KB of which the scan says nothing.
func (c *classifier) approvesUnlisted() bool {
	if c.judge == nil || len(c.judge.approvedPatches) == 0 {
		return false
	}
	listed := make(map[string]bool)
	for i := range c.scan.Scan.Packages {
		listed[kbKey(strings.ToLower(c.scan.Scan.Packages[i].Name))] = true
	}
	for i := range c.scan.Scan.Advisories {
		a := &c.scan.Scan.Advisories[i]
		if retracted(a) {
			continue
		}
		_, names := bulletins(a)
		for _, name := range names {
			listed[name] = true
		}
	}
	return slices.ContainsFunc(c.judge.approved().list, func(e entry) bool { return !listed[e.key] })
}

// absentKB decides about a KB that is not installed.
func (c *classifier) absentKB(p *effective, item *Item) bool {
	if p.State == messages.KBSuperseded {
		named := c.notInstalled(p, item)
		item.Reason.Code = messages.BecauseSuperseded
		c.family.inReason(&item.Reason, c.superseding(p.Name))
		return named
	}
	one := p.known
	m := c.family.match(c.judge, one)
	c.waits = sooner(c.waits, m.due)
	item.Version, item.Classification = one[0].text, p.classification(one[0].text)
	c.family.inReason(&item.Reason, noticesOfAll(one))
	switch {
	case m.ok:
		item.State, item.Level, item.Reason.Code = messages.Missing, m.level, messages.BecauseApplicable
		item.Reason.Matched = m.matched
		if p.State == messages.KBHidden {
			item.Blocked = BlockedByHiding
		}
	case m.stopped.By == messages.StoppedByRejected || !one[0].security:
		return false
	default:
		item.State, item.Reason.Code = messages.AvailableSecurityUpdate, messages.BecauseSecurityAvailable
		item.Reason.Stopped = c.stoppedAt(m, one)
	}
	return true
}

// superseding are the notices that say of themselves that they take the place of a KB.
func (c *classifier) superseding(name string) []*notice {
	var list []*notice
	for _, n := range c.notices {
		if n != nil && containsFold(n.Supersedes, name) {
			list = append(list, n)
		}
	}
	return list
}

// pendingOfKB reports whether the scan says of this very KB that it waits for a boot, and there was none since.
func (c *classifier) pendingOfKB(p *effective) bool {
	return p.State == messages.KBReboot && c.awaitsBoot()
}

// awaitsBoot reports whether what a scan says of a boot counts, and there was none since the newest.
func (c *classifier) awaitsBoot() bool {
	return c.settings.PendingReboot != rebootRuns && !c.bootedSince(c.scan.At, c.scan.Scan.BootID)
}

func (c *classifier) kbCensus() census {
	return census{
		Booting:  slices.ContainsFunc(c.scan.Scan.Packages, func(p messages.Package) bool { return p.State == messages.KBReboot }),
		Unlisted: c.approvesUnlisted(),
	}
}
