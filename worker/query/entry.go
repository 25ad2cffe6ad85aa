package query

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// entry is what an [Index] keeps of a host. There may be a hundred thousand: what hosts have in common is kept once.
type entry struct {
	*common
	*rare
	name   string
	counts [numCounts]uint32

	heardAt, eventAt, scanAt, fullScanAt, listsAt, indexAt, bootedAt nanos
	dueAt, againAt, committedAt                                      nanos

	revision uint64
	outdated bool // under the lock of the index: another baseline, revision or group applies by now

	items     heldItems // as the table has numbered them, and so are the packages
	installed numbers
}

// common is what many hosts have the same of.
type common struct {
	status          messages.HostStatus // as it is stored: see asOf
	level           messages.Level
	os              unique.Handle[messages.OS]
	group, tagGroup unique.Handle[string]
	baseline        unique.Handle[messages.BaselineRef]
	reboot          bool
	availableBad    bool // AVAILABLE_SECURITY_UPDATE makes it non-compliant, as the baseline said
}

// rare is what there is nothing of on most hosts.
type rare struct {
	reasons      []string // shared by all hosts that have the same
	conditions   []messages.Condition
	retired      *classify.Retirement
	run          *run
	scanFailedAt nanos
	scanError    string
	overrides    []OverrideView // that are in force as it is stored
}

// ordinary is of a host of which there is nothing rare.
var ordinary = new(rare)

func (e *entry) like() likeness {
	os := e.os.Value()
	return likeness{os.System, os.Product, e.group.Value()}
}

// nanos is a time in nanoseconds since 1970, of the years 1678 to 2261: one before or after those is their first or last. 0 is none.
type nanos int64

func nanosOf(t time.Time) nanos {
	switch year := t.Year(); {
	case t.IsZero():
		return 0
	case year < 1678:
		return math.MinInt64
	case year > 2261:
		return math.MaxInt64
	}
	return nanos(t.UnixNano())
}

func (n nanos) time() time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

// run is the newest run of a host.
type run struct {
	id, runID, operation, err string
	finishedAt                nanos
	exitCode                  *int
	outcomes                  int
}

// plain reports whether a state is that of most packages, of which there is nothing to say.
func plain(s messages.State) bool { return s == messages.Installed || s == messages.InstalledOther }

// The counts are kept in this order: of the states, then of what makes a host non-compliant.
const numCounts = 11

var countKeys = func() (keys [numCounts]string) {
	for i, s := range messages.States() {
		keys[i] = string(s)
	}
	copy(keys[len(messages.States()):], []string{messages.CriticalNonCompliant, messages.SecurityNonCompliant, messages.OtherNonCompliant})
	return keys
}()

func (e *entry) count(key string) uint32 { return e.counts[slices.Index(countKeys[:], key)] }

func (e *entry) of(s messages.State) int { return int(e.count(string(s))) }

// open is how many patches make the host non-compliant.
func (e *entry) open() int {
	n := e.of(messages.Missing) + e.of(messages.Failed) + e.of(messages.InstalledPendingReboot) + e.of(messages.InstalledRejected)
	if e.availableBad {
		n += e.of(messages.AvailableSecurityUpdate)
	}
	return n
}

// contents are what a host has: its items that are not plainly installed, and what is installed.
type contents struct {
	items     []heldItem
	installed []messages.Installation // one without a version is none
}

// entryOf takes from a report what is kept of it, and what the host has. The strings in it are copies: one of a report
// may keep the whole text alive that it was read from.
func entryOf(h *Host) (*entry, contents) {
	return listedEntry(h, installedOf(h.Report.Patches))
}

// listedEntry is entryOf where the report has not all patches, and it is known otherwise what is installed.
func listedEntry(h *Host, installed []messages.Installation) (*entry, contents) {
	r := h.Report
	a := &r.About
	e := &entry{
		common: &common{
			status: r.Status, level: r.Level, os: unique.Make(a.OS), group: unique.Make(r.Group), tagGroup: unique.Make(a.TagGroup),
			baseline: unique.Make(r.Baseline), reboot: a.RebootRequired,
		},
		rare: rareOf(r), name: strings.Clone(r.Host),
		heardAt: nanosOf(h.heardAt()), eventAt: nanosOf(eventAt(a)), scanAt: nanosOf(a.ScanAt), fullScanAt: nanosOf(a.FullScanAt), listsAt: nanosOf(a.SecurityListsAt), indexAt: nanosOf(a.IndexAt),
		bootedAt: nanosOf(a.BootedAt), dueAt: nanosOf(r.Due), againAt: nanosOf(againAt(r)), committedAt: nanosOf(h.CommittedAt), revision: h.Revision,
	}
	for i, key := range countKeys {
		e.counts[i] = uint32(r.Counts[key])
	}
	e.availableBad = e.of(messages.AvailableSecurityUpdate) > 0 && NonCompliant(r)(messages.AvailableSecurityUpdate)
	return e, contents{itemsOf(r.Patches), installed}
}

func rareOf(r *classify.Report) *rare {
	a := &r.About
	of := &rare{
		reasons: shared(r.Reasons), conditions: conditionsOf(r.Conditions), retired: a.Retired, run: runOf(a.LastRun),
		scanFailedAt: nanosOf(a.ScanFailedAt), scanError: strings.Clone(a.ScanError), overrides: overridesOf(r),
	}
	if reflect.ValueOf(*of).IsZero() {
		return ordinary
	}
	return of
}

func itemsOf(patches []classify.Item) (items []heldItem) {
	n := 0
	for i := range patches {
		if !plain(patches[i].State) {
			n++
		}
	}
	if n > 0 {
		items = make([]heldItem, 0, n)
	}
	for i := range patches {
		if p := &patches[i]; !plain(p.State) {
			items = append(items, heldItem{item{
				p.Patch, p.Name, p.Arch, p.Version, p.Installed, p.Classification, p.Blocked, noticesOf(p), p.State, p.Level,
			}, nanosOf(p.Since)})
		}
	}
	return items
}

func installedOf(patches []classify.Item) []messages.Installation {
	list := make([]messages.Installation, 0, len(patches))
	for i := range patches {
		if p := &patches[i]; p.Installed != "" {
			list = append(list, messages.Installation{Patch: p.Patch, Name: p.Name, Arch: p.Arch, Version: p.Installed})
		}
	}
	return list
}

func runOf(f *classify.RunFact) *run {
	if f == nil {
		return nil
	}
	return &run{strings.Clone(f.ID), strings.Clone(f.RunID), strings.Clone(f.Operation), strings.Clone(f.Error), nanosOf(f.At), f.ExitCode, f.Outcomes}
}

// conditionsOf copies conditions; their codes are kept once.
func conditionsOf(of []messages.Condition) (list []messages.Condition) {
	if len(of) > 0 {
		list = make([]messages.Condition, len(of))
	}
	for i, c := range of {
		list[i] = messages.Condition{Code: unique.Make(c.Code).Value(), Since: c.Since, Detail: strings.Clone(c.Detail)}
	}
	return list
}

// shared copies words; each is kept once.
func shared(words []string) (list []string) {
	if len(words) > 0 {
		list = make([]string, len(words))
	}
	for i, w := range words {
		list[i] = unique.Make(w).Value()
	}
	return list
}

// againAt is from when on a report must be made again from the facts to be true; zero: never. (That a scan becomes old is
// applied without that.)
func againAt(r *classify.Report) time.Time {
	at := r.Expires()
	if slices.Contains(r.Codes(), classify.NameShared) && !r.Due.IsZero() && (at.IsZero() || r.Due.Before(at)) {
		at = r.Due
	}
	return at
}

// asOf is a host as it stands at the moment of a snapshot: what time alone changes is applied.
type asOf struct {
	*entry
	status   messages.HostStatus
	scanOld  bool // and it was not yet when the report was made
	outdated bool
}

// at applies to a host that its scan becomes too old. One whose report must be made again, and was not yet, is compliant no more.
func (s *snapshot) at(e *entry) asOf {
	a := asOf{entry: e, status: e.status, outdated: e.outdated}
	if e.scanAt != 0 && e.scanAt < s.oldBefore {
		a.scanOld = !e.stands(classify.ScanOld)
		a.status = s.settings.StatusAsOf(s.now, e.status, e.scanAt.time())
	}
	if a.status == messages.Compliant && e.overdue(s.now) {
		a.status = messages.Unknown
	}
	return a
}

func (e *entry) overdue(now time.Time) bool {
	return e.againAt != 0 && now.UnixNano() >= int64(e.againAt)
}

func (e *entry) stands(code string) bool {
	return slices.ContainsFunc(e.conditions, func(c messages.Condition) bool { return c.Code == code })
}

// has reports whether a condition stands.
func (a *asOf) has(code string) bool { return a.scanOld && code == classify.ScanOld || a.stands(code) }

// report is the report without its patches, as it stands.
func (s *snapshot) report(a *asOf) *classify.Report {
	e := a.entry
	r := &classify.Report{
		Host: e.name, Status: e.status, Reasons: append([]string{}, e.reasons...), Level: e.level, Counts: make(messages.Counts, numCounts), Patches: []classify.Item{},
		Conditions: append([]messages.Condition{}, e.conditions...), Baseline: e.baseline.Value(), Group: e.group.Value(), Due: e.dueAt.time(),
		About: classify.About{
			OS: e.os.Value(), ScanAt: e.scanAt.time(), FullScanAt: e.fullScanAt.time(), SecurityListsAt: e.listsAt.time(), IndexAt: e.indexAt.time(),
			BootedAt: e.bootedAt.time(), RebootRequired: e.reboot, ScanFailedAt: e.scanFailedAt.time(), ScanError: e.scanError,
			HeardAt: e.eventAt.time(), Retired: e.retired, TagGroup: e.tagGroup.Value(),
		},
	}
	for i, key := range countKeys {
		r.Counts[key] = int(e.counts[i])
	}
	if e.run != nil {
		r.About.LastRun = &classify.RunFact{
			Stamp: classify.Stamp{At: e.run.finishedAt.time(), ID: e.run.id}, RunID: e.run.runID, Operation: e.run.operation,
			ExitCode: e.run.exitCode, Error: e.run.err, Outcomes: e.run.outcomes,
		}
	}
	r.AsOf(s.now, s.settings)
	r.Status, r.Reasons = a.status, a.reasonsNow()
	return r
}

// reasonsNow are the conditions that make a host UNKNOWN, in their order.
func (a *asOf) reasonsNow() []string {
	reasons := append([]string{}, a.reasons...)
	if a.scanOld {
		codes := classify.Conditions()
		reasons = append(reasons, classify.ScanOld)
		slices.SortFunc(reasons, func(x, y string) int { return slices.Index(codes, x) - slices.Index(codes, y) })
	}
	return reasons
}
