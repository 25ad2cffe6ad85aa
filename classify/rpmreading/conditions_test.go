package rpmreading

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// conditions are those of section 1, in its order, as section 8 changes them.
func (r *reading) conditions(now time.Time) (codes []string) {
	add := func(code string, stands bool) {
		if stands {
			codes = append(codes, code)
		}
	}
	if add("no_complete_scan", r.scan == nil); r.scan != nil {
		at, index := r.scan.TakenAt, r.scan.IndexAt
		add("no_security_source", r.noSecuritySource())
		add("security_lists_old", r.securityListsOld())
		add("no_lists", r.asks() && !slices.ContainsFunc(r.scan.Origins, wasRead))
		add("lists_old", !index.IsZero() && (at.Sub(index) > r.listsMaxAge || index.Sub(at) > 24*time.Hour))
		add("scan_old", !now.IsZero() && now.Sub(at) > r.scanMaxAge)
		add("scan_superseded", r.unchanged.is != nil && r.unchanged.cmp(r.full.stamp) > 0 && !r.confirmed)
		add("baseline_not_for_product", r.notForProduct())
	}
	add("name_shared", r.nameShared(now))
	add("reboot_required", r.scan != nil && r.rebootRequired())
	add("scan_failing", r.incomplete.is != nil && (r.scan == nil || r.incomplete.cmp(r.scanAt) > 0))
	add("run_failed", r.runFailed())
	return codes
}

// asks: there is a rule or an entry.
func (r *reading) asks() bool { return len(r.ApprovalRules.PatchRules)+len(r.ApprovedPatches) > 0 }

func wasRead(o messages.Origin) bool { return o.Trusted && !o.Unread }

func saysWhatFor(o messages.Origin) bool { return wasRead(o) && o.Notices }

func (r *reading) noSecuritySource() bool {
	if slices.ContainsFunc(r.scan.Origins, func(o messages.Origin) bool { return o.Unread }) {
		return true
	}
	only := len(r.ApprovedPatches) > 0 && !r.ApprovedPatchesEnableNonSecurity ||
		slices.ContainsFunc(r.ApprovalRules.PatchRules, func(rule baseline.Rule) bool { return !rule.EnableNonSecurity })
	return only && !slices.ContainsFunc(r.scan.Origins, saysWhatFor)
}

// securityListsOld goes by the oldest date among the main origins.
func (r *reading) securityListsOld() bool {
	var oldest time.Time
	for _, i := range r.mainOrigins() {
		date := r.scan.Origins[i].Date
		if !date.IsZero() && !date.After(r.scan.TakenAt.AddDate(0, 0, 1)) && (oldest.IsZero() || date.Before(oldest)) {
			oldest = date
		}
	}
	return !oldest.IsZero() && r.scan.TakenAt.Sub(oldest) > r.listsMaxAge
}

func (r *reading) mainOrigins() []int {
	carried, installed, most := map[int]int{}, 0, 0
	for i := range r.scan.Packages {
		p := &r.scan.Packages[i]
		if _, there := p.InstalledVersion(); !there {
			continue
		}
		installed++
		for o := range r.scan.Origins {
			if saysWhatFor(r.scan.Origins[o]) && slices.ContainsFunc(p.Versions, func(v messages.Version) bool { return slices.Contains(v.Origins, o) }) {
				carried[o]++
				most = max(most, carried[o])
			}
		}
	}
	var main []int
	for o := range r.scan.Origins {
		if saysWhatFor(r.scan.Origins[o]) && (10*carried[o] >= installed || 10*most < installed && carried[o] == most) {
			main = append(main, o)
		}
	}
	return main
}

func (r *reading) notForProduct() bool {
	refuses := func(g baseline.FilterGroup) bool {
		var of baseline.FilterGroup
		for _, f := range g.PatchFilters {
			if f.Key == "PRODUCT" {
				of.PatchFilters = append(of.PatchFilters, f)
			}
		}
		return !r.pass(of, nil)
	}
	if refuses(r.GlobalFilters) {
		return r.asks()
	}
	all := r.ApprovalRules.PatchRules
	return len(all) > 0 && !slices.ContainsFunc(all, func(rule baseline.Rule) bool { return !refuses(*rule.PatchFilterGroup) })
}

// nameShared: two machines share two days that have not ended, or not longer ago than a scan may be old.
func (r *reading) nameShared(now time.Time) bool {
	var days []string
	for day := range r.machines {
		days = append(days, day)
	}
	slices.Sort(days)
	shared := map[[2]string]int{}
	for _, day := range days[max(0, len(days)-16):] {
		began, _ := time.Parse(time.DateOnly, day)
		if !now.IsZero() && now.Sub(began.AddDate(0, 0, 1)) >= r.scanMaxAge {
			continue
		}
		of := slices.Sorted(slices.Values(r.machines[day]))
		of = of[max(0, len(of)-4):]
		for i, a := range of {
			for _, b := range of[i+1:] {
				if shared[[2]string{a, b}]++; shared[[2]string{a, b}] == 2 {
					return true
				}
			}
		}
	}
	return false
}

func (r *reading) rebootRequired() bool {
	said := r.runSays
	if !r.runsOnly {
		if r.scanSays.is != nil {
			said.offer(r.scanSays.stamp, r.scanSays.is)
		}
		for i := range r.scan.Packages {
			if r.kernelWaits(&r.scan.Packages[i]) {
				return true
			}
		}
	}
	return said.is != nil && said.is.required && !r.booted(said.stamp, said.is.bootID)
}

func (r *reading) runFailed() bool {
	run := r.install.is
	if run == nil {
		return false
	}
	failed := slices.ContainsFunc(run.Outcomes, func(o messages.Outcome) bool {
		return o.Result == messages.ResultFailed || o.Result == messages.ResultInstalled && o.Error != ""
	})
	switch {
	case failed || run.Error != "":
		return true
	case run.Succeeded != nil:
		return !*run.Succeeded
	}
	return run.ExitCode != nil && *run.ExitCode != 0
}
