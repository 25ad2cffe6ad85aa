package rpmreading

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// settings are those that the page knows.
type settings struct {
	nextScan, runsOnly      bool
	listsMaxAge, scanMaxAge time.Duration
}

// answer is what is said of a host.
type answer struct {
	Status     messages.HostStatus
	Level      messages.Level
	Conditions []string
	Items      []item
	Counts     map[string]int // without those that are 0
}

// read is the page's report of a host. Where now is not known it is zero.
func read(events []messages.Event, b *baseline.Baseline, s settings, now time.Time) *answer {
	r := &reading{facts: gather(events), settings: s, table: map[string]*messages.Advisory{}}
	a := &answer{Counts: map[string]int{}}
	if r.retired.is != nil && r.full.is == nil {
		a.Status = messages.Retired
		return a
	}
	r.rules = &rules{Baseline: b, now: now, approved: entriesOf(b.ApprovedPatches), rejected: entriesOf(b.RejectedPatches)}
	if r.scan != nil {
		r.product = r.scan.OS.Product
		if now.IsZero() {
			r.rules.now = r.scan.TakenAt
		}
		for i := range r.scan.Advisories {
			if n := &r.scan.Advisories[i]; !strings.EqualFold(n.Status, "retracted") {
				r.table[n.ID] = n
			}
		}
		a.Items = r.items(now)
	}
	a.Conditions = r.conditions(now)
	r.conclude(a)
	return a
}

func (r *reading) items(now time.Time) (items []item) {
	runs := map[patch]bool{}
	for p := range r.succeeded {
		runs[p] = true
	}
	for p := range r.failed {
		runs[p] = true
	}
	add := func(it *item) {
		if it != nil {
			items = append(items, *it)
		}
	}
	for i := range r.scan.Packages {
		p := &r.scan.Packages[i]
		delete(runs, patch{p.Name, p.Arch})
		add(r.listed(p))
	}
	for p := range runs {
		add(r.unlisted(p))
	}
	items = append(items, r.unmatched(items)...)
	for i := range items {
		r.override(&items[i], now)
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.Patch, b.Patch) })
	return items
}

// unmatched are the entries of ApprovedPatches that fit no package, version or notice.
func (r *reading) unmatched(items []item) (list []item) {
	taken := map[string]bool{}
	for i := range items {
		taken[strings.ToLower(items[i].Patch)] = true
	}
	for i, text := range r.ApprovedPatches {
		if low := strings.ToLower(text); !taken[low] && !r.fitsSomething(r.approved[i], items) {
			taken[low] = true
			list = append(list, item{Patch: text, State: messages.NotApplicable, Level: messages.Unspecified, Code: messages.BecauseNoSuchPackage})
		}
	}
	return list
}

func (r *reading) fitsSomething(e entry, items []item) bool {
	for _, n := range r.table {
		if e.namesNotice(n) {
			return true
		}
	}
	for i := range r.scan.Packages {
		p := r.effective(&r.scan.Packages[i])
		beside, ok := parse(p.scanned())
		if e.fits(p.Name, p.patch.String()) || ok && e.namesVersion(p.Name, p.Arch, p.Arch, beside) ||
			slices.ContainsFunc(p.known, func(v *version) bool { return v.namedBy(e, p.Name) }) {
			return true
		}
	}
	return slices.ContainsFunc(items, func(it item) bool {
		return slices.ContainsFunc(it.known, func(v *version) bool { return v.namedBy(e, it.name) })
	})
}

// scanned is the version beside the package's state.
func (p *pkg) scanned() string {
	if p.Installed == nil {
		return ""
	}
	return *p.Installed
}

func (r *reading) override(it *item, now time.Time) {
	it.computed = it.State
	kept := r.overrides[it.Patch]
	if kept == nil || kept.is.Withdraw || !now.IsZero() && !kept.is.ExpiresAt.IsZero() && !now.Before(kept.is.ExpiresAt) {
		return
	}
	it.State, it.Level = kept.is.State, cmp.Or(kept.is.Level, it.Level)
}

// conclude adds status, level and counts.
func (r *reading) conclude(a *answer) {
	red, pending := false, false
	for i := range a.Items {
		it := &a.Items[i]
		a.Counts[string(it.State)]++
		pending = pending || it.State == messages.InstalledPendingReboot || it.computed == messages.InstalledPendingReboot
		if !it.State.NonCompliant() && (it.State != messages.AvailableSecurityUpdate || r.AvailableSecurityUpdatesComplianceStatus == "COMPLIANT") {
			continue
		}
		red, a.Level = true, higher(a.Level, it.Level)
		critical, security := it.Level == messages.Critical, it.Classification == "Security"
		for name, counts := range map[string]bool{"critical": critical, "security": security, "other": !critical && !security} {
			if counts {
				a.Counts[name+"_noncompliant"]++
			}
		}
	}
	a.Status = messages.Compliant
	if slices.ContainsFunc(a.Conditions, func(c string) bool { return makesUnknown(c, pending) }) {
		a.Status = messages.Unknown
	}
	if red {
		a.Status = messages.NonCompliant
	}
}

func makesUnknown(condition string, pending bool) bool {
	switch condition {
	case "scan_failing", "run_failed":
		return false
	case "reboot_required":
		return !pending
	}
	return true
}
