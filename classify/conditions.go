package classify

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// The conditions that may stand on a host (classification.md, section 1), in their order.
const (
	NoCompleteScan        = "no_complete_scan"
	NoBaseline            = "no_baseline"
	UnsupportedSystem     = "unsupported_system"
	NoSecuritySource      = "no_security_source"
	SecurityListsOld      = "security_lists_old"
	NoLists               = "no_lists"
	ListsOld              = "lists_old"
	ScanOld               = "scan_old"
	ScanSuperseded        = "scan_superseded"
	BaselineNotForProduct = "baseline_not_for_product"
	NameShared            = "name_shared"
	RebootRequired        = "reboot_required"
	ScanFailing           = "scan_failing"
	RunFailed             = "run_failed"
	RecordFull            = "record_full"
)

// conditionRule is a row of the table of conditions.
type conditionRule struct {
	code    string
	needs   need
	unknown bool // it makes a host without non-compliant items UNKNOWN
	stands  func(*classifier) (detail string, stands bool)
}

// need is what must be known of a host for a condition to be asked at all.
type need uint8

const (
	needsNothing need = iota
	needsScan
	needsBaseline // and a scan
)

var conditionRules = []conditionRule{
	{NoCompleteScan, needsNothing, true, (*classifier).noCompleteScan},
	{NoBaseline, needsScan, true, (*classifier).noBaseline},
	{UnsupportedSystem, needsScan, true, (*classifier).unsupportedSystem},
	{NoSecuritySource, needsBaseline, true, (*classifier).noSecuritySource},
	{SecurityListsOld, needsScan, true, (*classifier).securityListsOld},
	{NoLists, needsBaseline, true, (*classifier).noLists},
	{ListsOld, needsScan, true, (*classifier).listsOld},
	{ScanOld, needsScan, true, (*classifier).scanOld},
	{ScanSuperseded, needsScan, true, (*classifier).scanSuperseded},
	{BaselineNotForProduct, needsBaseline, true, (*classifier).baselineNotForProduct},
	{NameShared, needsNothing, true, (*classifier).nameShared},
	{RebootRequired, needsScan, true, (*classifier).rebootRequired},
	{ScanFailing, needsNothing, false, (*classifier).scanFailing},
	{RunFailed, needsNothing, false, (*classifier).runFailed},
	{RecordFull, needsNothing, false, (*classifier).recordFull},
}

// Conditions returns the codes of all conditions, in their order.
func Conditions() []string {
	var codes []string
	for _, rule := range conditionRules {
		codes = append(codes, rule.code)
	}
	return codes
}

// place is where a condition stands in the order of all.
func place(code string) int {
	return slices.IndexFunc(conditionRules, func(rule conditionRule) bool { return rule.code == code })
}

// conditions returns the conditions that stand, in their order.
func (c *classifier) conditions() []messages.Condition {
	standing := []messages.Condition{}
	for _, rule := range conditionRules {
		if rule.needs >= needsScan && c.scan == nil || rule.needs == needsBaseline && c.judge == nil {
			continue
		}
		if detail, stands := rule.stands(c); stands {
			standing = append(standing, messages.Condition{Code: rule.code, Detail: detail})
		}
	}
	return standing
}

// reasonsOf returns those of the conditions that make a host UNKNOWN. A host of which an item is waiting for a reboot is
// judged by that item.
func reasonsOf(conditions []messages.Condition, waiting bool) []string {
	reasons := []string{}
	for _, rule := range conditionRules {
		if rule.unknown && stands(conditions, rule.code) && (rule.code != RebootRequired || !waiting) {
			reasons = append(reasons, rule.code)
		}
	}
	return reasons
}

// waits reports whether an item waits for a reboot, computed or shown.
func waits(i *Item) bool {
	o := i.Reason.Override
	return i.State == messages.InstalledPendingReboot || o != nil && o.ComputedState == messages.InstalledPendingReboot
}

func stands(conditions []messages.Condition, code string) bool {
	return slices.ContainsFunc(conditions, func(c messages.Condition) bool { return c.Code == code })
}

func (c *classifier) noCompleteScan() (string, bool) { return "", c.scan == nil }

func (c *classifier) noBaseline() (string, bool) {
	return "", c.judge == nil && c.choice.Reason != UnsupportedSystem
}

func (c *classifier) unsupportedSystem() (string, bool) {
	return c.scan.Scan.OS.System, c.judge == nil && c.choice.Reason == UnsupportedSystem
}

// NoSecurityArchive is the detail of [NoSecuritySource] where there is none to be had.
const NoSecurityArchive = "this system has no security archive: a baseline with EnableNonSecurity can judge it"

// noSecuritySource: what the vendor fixed is not known, or only in part.
func (c *classifier) noSecuritySource() (string, bool) {
	if c.family.noSecuritySource == nil {
		return "", false
	}
	return c.family.noSecuritySource(c)
}

// notRead begins a detail that says which origins could not be read.
const notRead = "not read: "

// noOwnSource is noSecuritySource of apt.
func (c *classifier) noOwnSource() (string, bool) {
	var unread []string
	read := false
	for i, k := range c.origins {
		o := &c.scan.Scan.Origins[i]
		if k.own && o.Unread {
			unread = append(unread, strings.Join(strings.Fields(o.Site+" "+o.Archive+" "+o.Component), " "))
		}
		read = read || k.own && k.read
	}
	switch {
	case len(unread) > 0:
		return cut(notRead + strings.Join(unread, ", ")), true
	case read || !c.judge.securityOnly():
		return "", false
	case withoutSecurity(c.scan.Scan):
		return NoSecurityArchive, true
	}
	return "", true
}

func (c *classifier) securityListsOld() (string, bool) {
	date := c.securityListsAt()
	return instant(date), !date.IsZero() && c.scan.Scan.TakenAt.Sub(date) > c.settings.ListsMaxAge.or(defaultListsMaxAge)
}

// datesAhead is how far a date of the lists may be ahead of the scan: further, one of two clocks is wrong, and it proves
// nothing.
const datesAhead = 24 * time.Hour

// securityListsAt returns of when the lists are that say what is fixed; zero: nobody knows.
func (c *classifier) securityListsAt() time.Time {
	switch {
	case c.family == nil:
		return c.ownListsAt()
	case c.family.securityListsAt == nil:
		return time.Time{}
	}
	return c.family.securityListsAt(c)
}

// ownListsAt is securityListsAt of apt: the newest date of the own security origins that were read.
func (c *classifier) ownListsAt() time.Time {
	var newest time.Time
	for i, o := range c.scan.Scan.Origins {
		if k := c.origins[i]; k.own && k.read && !o.Date.After(c.scan.Scan.TakenAt.Add(datesAhead)) {
			newest = latest(newest, o.Date)
		}
	}
	return newest
}

// noLists: without any list no version is newer than the installed one, whatever the rules ask.
func (c *classifier) noLists() (string, bool) {
	if c.family.noLists == nil || !c.judge.approves() {
		return "", false
	}
	return c.family.noLists(c)
}

// readsNothing: no origin was read.
func (c *classifier) readsNothing() (string, bool) {
	return "", !slices.ContainsFunc(c.origins, func(k originKind) bool { return k.read })
}

// listsOld: the lists were not asked for in a long time, or at one that cannot be, left by a clock that was ahead: it would
// keep the host fresh until then. Where hosts have no lists with dates, that they asked is all there is.
func (c *classifier) listsOld() (string, bool) {
	scan := c.scan.Scan
	if scan.IndexAt.IsZero() {
		return "", c.family != nil && c.family.securityListsAt == nil
	}
	old := scan.TakenAt.Sub(scan.IndexAt) > c.settings.ListsMaxAge.or(defaultListsMaxAge)
	return instant(scan.IndexAt), old || scan.IndexAt.After(scan.TakenAt.Add(datesAhead))
}

func (c *classifier) scanOld() (string, bool) {
	taken := c.scan.Scan.TakenAt
	return instant(taken), c.settings.ScanOld(c.now, taken)
}

// scanSuperseded: the host says that its packages are no longer those that are known of it.
func (c *classifier) scanSuperseded() (string, bool) {
	if !c.facts.NeedsFullScan() {
		return "", false
	}
	return instant(c.facts.Unchanged.At), true
}

func (c *classifier) baselineNotForProduct() (string, bool) {
	return c.scan.Scan.OS.Product, c.judge.forOthers()
}

func (c *classifier) nameShared() (string, bool) {
	shared := c.sharing()
	return strings.Join(shared.machines, " and "), len(shared.machines) > 0
}

// rebootRequired: a kernel waits, or the newest that a scan or a run says of it is that the host must boot, and it did
// not since.
func (c *classifier) rebootRequired() (string, bool) {
	if len(c.kernels) > 0 {
		return slices.MinFunc(slices.Collect(maps.Keys(c.kernels)), PackageKey.compare).Name, true
	}
	said := c.facts.RunStatement
	if scan := c.facts.ScanStatement; c.settings.PendingReboot != rebootRuns && scan != nil && (said == nil || scan.compare(said.Stamp) > 0) {
		said = scan
	}
	if said == nil || !said.Required || c.bootedSince(said.At, said.BootID) {
		return "", false
	}
	return cut(strings.Join(said.Packages, " ")), true
}

func (c *classifier) scanFailing() (string, bool) {
	failed := c.facts.Incomplete
	if failed == nil || c.scan != nil && failed.compare(c.scan.Stamp) <= 0 {
		return "", false
	}
	if failed.Scan.Error == "" {
		return "the host gave no reason", true
	}
	return cut(failed.Scan.Error), true
}

func (c *classifier) runFailed() (string, bool) {
	run := c.facts.LastInstall
	if run == nil {
		return "", false
	}
	return run.Problem, run.Problem != ""
}

// recordFull: what is older may have been forgotten.
func (c *classifier) recordFull() (string, bool) { return "", c.facts.AtBound() }

// instant prints a time in the detail of a condition.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
