package classify_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// The host: conditions, status, level and counts (classification.md, section 1).

// answer is what is said of a host.
type answer struct {
	status     messages.HostStatus
	reasons    []string
	conditions []string
	level      messages.Level
	counts     map[string]int
	items      []verdict
	resend     bool
}

func (r *reading) answer() answer {
	a := answer{counts: map[string]int{}}
	if r.retired() {
		a.status, a.resend = "RETIRED", r.unchanged != nil
		return a
	}
	if r.full != nil && r.baseline != nil {
		a.items = r.items()
	}
	for _, v := range a.items {
		a.counts[string(v.state)]++
		if !r.nonCompliant(v.state) {
			continue
		}
		a.status = messages.NonCompliant
		a.level = cmp.Or(a.level, messages.Unspecified)
		a.level = higher(a.level, v.level)
		if v.level == messages.Critical {
			a.counts["critical_noncompliant"]++
		}
		if v.classification == "Security" {
			a.counts["security_noncompliant"]++
		}
		if v.level != messages.Critical && v.classification != "Security" {
			a.counts["other_noncompliant"]++
		}
	}
	for _, c := range r.conditions(a.items) {
		a.conditions = append(a.conditions, c.code)
		if c.unknown {
			a.reasons = append(a.reasons, c.code)
		}
	}
	if a.status == "" && len(a.reasons) > 0 {
		a.status = messages.Unknown
	}
	a.status = cmp.Or(a.status, messages.Compliant)
	a.resend = r.superseded() || r.full == nil && r.unchanged != nil
	return a
}

func (r *reading) nonCompliant(s messages.State) bool {
	switch s {
	case messages.Installed, messages.InstalledOther, messages.NotApplicable:
		return false
	case messages.AvailableSecurityUpdate:
		return r.baseline.AvailableSecurityUpdatesComplianceStatus != "COMPLIANT"
	}
	return true
}

type condition struct {
	code    string
	unknown bool // makes a host without non-compliant items UNKNOWN
}

func (r *reading) conditions(items []verdict) []condition {
	pending := slices.ContainsFunc(items, func(v verdict) bool {
		return v.state == messages.InstalledPendingReboot || v.computed == messages.InstalledPendingReboot
	})
	var all []condition
	add := func(code string, stands, unknown bool) {
		if stands {
			all = append(all, condition{code, unknown})
		}
	}
	add("no_complete_scan", r.full == nil, true)
	if r.full != nil {
		b := r.baseline
		add("no_baseline", r.missing == "no_baseline", true)
		add("unsupported_system", r.missing == "unsupported_system", true)
		lists := !r.isWindows() && !r.isMacOS()
		add("no_security_source", lists && b != nil && r.noSecuritySource(), true)
		add("security_lists_old", lists && r.securityListsOld(), true)
		add("no_lists", lists && b != nil && b.any() && !slices.ContainsFunc(r.scan.Origins, func(o messages.Origin) bool {
			return o.Trusted && !o.Unread
		}), true)
		add("lists_old", r.listsOld(), true)
		add("scan_old", r.scanOld(), true)
		add("scan_superseded", r.superseded(), true)
		add("baseline_not_for_product", !r.isWindows() && b != nil && r.notForProduct(), true)
	}
	add("name_shared", r.nameShared(), true)
	add("reboot_required", r.full != nil && r.rebootRequired(), !pending)
	add("scan_failing", r.incomplete != nil && (r.full == nil || precedes(r.newestScan(), r.incomplete)), false)
	add("run_failed", r.runFailed(), false)
	return all
}

func (r *reading) noSecuritySource() bool {
	if r.baseline.asksForSecurity() && len(r.securitySources()) == 0 {
		return true
	}
	return slices.ContainsFunc(r.scan.Origins, func(o messages.Origin) bool { return o.Unread && r.own(&o) })
}

func (r *reading) securityListsOld() bool {
	var date time.Time
	for _, o := range r.securitySources() {
		future := o.Date.After(r.scan.TakenAt.Add(24 * time.Hour))
		if o.Date.After(date) && !future {
			date = o.Date
		}
	}
	return !date.IsZero() && r.scan.TakenAt.Sub(date) > r.settings.listsMaxAge()
}

func (r *reading) listsOld() bool {
	if r.scan.IndexAt.IsZero() {
		return r.isWindows() || r.isMacOS()
	}
	age := r.scan.TakenAt.Sub(r.scan.IndexAt)
	return age > r.settings.listsMaxAge() || age < -24*time.Hour
}

func (r *reading) scanOld() bool {
	return !r.now.IsZero() && r.now.Sub(r.scan.TakenAt) > r.settings.scanMaxAge()
}

func (r *reading) notForProduct() bool {
	b, product := r.baseline, r.scan.OS.Product
	refuses := func(g readGroup) bool { return !filterAccepts(g.PatchFilters, "PRODUCT", product) }
	if refuses(b.GlobalFilters) && b.any() {
		return true
	}
	for _, rule := range b.ApprovalRules.PatchRules {
		if !refuses(rule.PatchFilterGroup) {
			return false
		}
	}
	return len(b.ApprovalRules.PatchRules) > 0
}

// rebootRequired: a kernel waits, or the newest statement says so and there was no boot since.
func (r *reading) rebootRequired() bool {
	if r.waitingKernel() != nil {
		return true
	}
	scan, run := r.scanStatement(), runStatement(r)
	if r.settings.PendingReboot == "runs" {
		scan = nil
	}
	if scan != nil && (run == nil || precedes(run, scan)) {
		return says(scan.RebootRequired, true) && !r.bootSince(scan.TakenAt, scan.BootID)
	}
	return run != nil && says(run.RebootRequired, true) && !r.bootSince(run.FinishedAt, run.BootID)
}

func (r *reading) runFailed() bool {
	run, ok := newest(r.events, func(run *messages.Run) bool { return run.Operation == messages.OperationInstall })
	if !ok {
		return false
	}
	for _, o := range run.Outcomes {
		if o.Result == messages.ResultFailed || o.Result == messages.ResultInstalled && o.Error != "" {
			return true
		}
	}
	succeeded := run.Succeeded
	return run.Error != "" || says(succeeded, false) || succeeded == nil && run.ExitCode != nil && *run.ExitCode != 0
}

// nameShared: two machines share two of the days that count (section 6, "Shared names").
func (r *reading) nameShared() bool {
	days := map[time.Time][]string{}
	for _, e := range r.events {
		machine := ""
		switch e := e.(type) {
		case *messages.Scan:
			machine = e.Machine
		case *messages.Run:
			machine = e.Machine
		}
		day := e.Time().UTC().Truncate(24 * time.Hour)
		if machine != "" && day.After(r.retiredAt.UTC().Truncate(24*time.Hour)) && !slices.Contains(days[day], machine) {
			days[day] = append(days[day], machine)
		}
	}
	newest := slices.SortedFunc(maps.Keys(days), func(a, b time.Time) int { return b.Compare(a) })
	shared := map[[2]string]int{}
	for _, day := range newest[:min(16, len(newest))] {
		if end := day.Add(24 * time.Hour); !r.now.IsZero() && r.now.Sub(end) >= r.settings.scanMaxAge() {
			continue
		}
		slices.SortFunc(days[day], func(a, b string) int { return cmp.Compare(b, a) })
		top := days[day][:min(4, len(days[day]))]
		for i, a := range top {
			for _, b := range top[i+1:] {
				shared[[2]string{a, b}]++
			}
		}
	}
	for _, n := range shared {
		if n >= 2 {
			return true
		}
	}
	return false
}

func (s readSettings) listsMaxAge() time.Duration { return days(cmp.Or(s.ListsMaxAge, "14d")) }
func (s readSettings) scanMaxAge() time.Duration  { return days(cmp.Or(s.ScanMaxAge, "7d")) }

// days reads an age in whole days, such as 14d.
func days(age string) time.Duration {
	return time.Duration(number(age[:len(age)-1]).Int64()) * 24 * time.Hour
}
