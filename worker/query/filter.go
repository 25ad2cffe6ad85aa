package query

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Filter is which hosts are meant. What it leaves empty does not matter; of a list any fits. Retired hosts are left out unless
// Status asks for them.
type Filter struct {
	Status     []messages.HostStatus
	Conditions []string         // codes, of which one stands
	Levels     []messages.Level // of the host: its highest non-compliant one
	States     []messages.State // in which some patch is, with Missing that one
	Groups     []string         // patch groups; an empty text is "none"
	Systems    []string         // in AWS's words
	Baselines  []string         // ids or names
	Host       string           // part of its name, in any case

	Missing      string // a package or patch that is MISSING or FAILED there
	Notice       string // an update notice or a CVE about which some patch is that is not in order there, as far as its reason names them
	Package      string // a package or patch that is installed there
	Version      string // with Package: in exactly this version
	Knows        string // a package or patch of which the host has anything to say
	VersionBelow string // with Package: in a version below this one, in the order of the host's system

	SilentFor     time.Duration // it said nothing for so long
	ScanOlderThan time.Duration // its newest complete scan is older, or there is none
	ChangedSince  time.Time     // it changed at or after
	ChangedWithin time.Duration // it changed no longer ago

	NotSystems []string // none of these

	Names     []string   // exactly these
	Counted   []Counted  // all of which the host's counts fit
	Presences []Presence // of the host

	Outdated bool // another baseline, revision or group applies than its report was made by

	// Scope are the patch groups that whoever asks may see. Nil: all hosts.
	Scope []string
}

// isZero reports whether all hosts are meant that are not retired.
func (f *Filter) isZero() bool { return reflect.ValueOf(*f).IsZero() }

// outOfScope reports whether a host is none of whoever asks.
func (f *Filter) outOfScope(e *entry) bool { return !inScope(f.Scope, e.group.Value()) }

// inScope reports whether who may see some groups, all where they are nil, may see one.
func inScope(scope []string, group string) bool { return scope == nil || slices.Contains(scope, group) }

// candidates is the hosts that may fit, by what they have and by the items on them; nil: any may.
func (f *Filter) candidates(t *table) *roaring.Bitmap {
	var found *roaring.Bitmap
	narrow := func(to *roaring.Bitmap) {
		if found != nil {
			to.And(found)
		}
		found = to
	}
	if f.Package != "" {
		narrow(f.having(t))
	}
	if f.Knows != "" {
		narrow(f.knowing(t))
	}
	if f.Missing != "" {
		lacking := roaring.New()
		for i, hosts := range t.items.named(f.Missing) {
			if i.state.Outstanding() && anyOf(f.States, i.state) {
				hosts.into(lacking)
			}
		}
		narrow(lacking)
	}
	if f.Notice != "" {
		narrow(t.items.having(func(i *item) bool { return i.noticed(f.Notice) }))
	}
	return found
}

// having is the hosts that have a package installed, in a version that is meant.
func (f *Filter) having(t *table) *roaring.Bitmap {
	found := roaring.New()
	for _, of := range t.have.called(f.Package) {
		for _, at := range of.versions {
			version, hosts := t.have.list[at].version, &t.have.list[at].hosts
			switch {
			case f.Version != "" && version != f.Version:
			case f.VersionBelow == "":
				hosts.into(found)
			default:
				below(t, hosts, version, f.VersionBelow, found)
			}
		}
	}
	return found
}

// knowing is the hosts that have a package installed, or an item of it.
func (f *Filter) knowing(t *table) *roaring.Bitmap {
	found := roaring.New()
	for _, of := range t.have.called(f.Knows) {
		for _, at := range of.versions {
			t.have.list[at].hosts.into(found)
		}
	}
	for _, hosts := range t.items.named(f.Knows) {
		hosts.into(found)
	}
	return found
}

// below adds those of some hosts to found in whose system's order one version is below another.
func below(t *table, hosts *hostSet, version, other string, found *roaring.Bitmap) {
	of := hosts.bitmap()
	for system, all := range t.systems.of {
		if compare := classify.CompareVersions(system); compare != nil && compare(version, other) < 0 {
			found.Or(roaring.And(of, all))
		}
	}
}

// fits reports whether a host is meant, but for what candidates answers.
func (f *Filter) fits(a *asOf, now time.Time) bool {
	e := a.entry
	return !f.outOfScope(e) &&
		f.statusFits(a.status) &&
		anyOf(f.Levels, e.level) &&
		anyOf(f.Groups, e.group.Value()) &&
		anyOf(f.Systems, e.os.Value().System) &&
		(f.Baselines == nil || slices.Contains(f.Baselines, e.baseline.Value().ID) || slices.Contains(f.Baselines, e.baseline.Value().Name)) &&
		(f.Conditions == nil || slices.ContainsFunc(f.Conditions, a.has)) &&
		(f.Host == "" || strings.Contains(strings.ToLower(e.name), strings.ToLower(f.Host))) &&
		f.timesFit(e, now) &&
		f.patchesFit(e) &&
		anyOf(f.Names, e.name) &&
		!slices.Contains(f.NotSystems, e.os.Value().System) &&
		f.countsFit(e) &&
		(f.Presences == nil || slices.Contains(f.Presences, a.presence())) &&
		(!f.Outdated || a.outdated)
}

func anyOf[T comparable](asked []T, is T) bool { return asked == nil || slices.Contains(asked, is) }

func (f *Filter) statusFits(s messages.HostStatus) bool {
	if f.Status == nil {
		return s != messages.Retired
	}
	return slices.Contains(f.Status, s)
}

func (f *Filter) timesFit(e *entry, now time.Time) bool {
	before := func(at nanos, age time.Duration) bool { return at.time().Before(now.Add(-age)) }
	switch {
	case f.SilentFor > 0 && (e.retired != nil || e.heardAt == 0 || !before(e.heardAt, f.SilentFor)):
		return false
	case f.ScanOlderThan > 0 && (e.retired != nil || !before(e.scanAt, f.ScanOlderThan)):
		return false
	}
	if f.ChangedWithin > 0 && before(e.committedAt, f.ChangedWithin) {
		return false
	}
	return f.ChangedSince.IsZero() || !e.committedAt.time().Before(f.ChangedSince)
}

// patchesFit reports whether some patch is in a state that is meant. Where a patch is named, candidates did.
func (f *Filter) patchesFit(e *entry) bool {
	return f.States == nil || f.Missing != "" || slices.ContainsFunc(f.States, func(s messages.State) bool { return e.of(s) > 0 })
}
