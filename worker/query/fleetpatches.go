package query

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// PatchesQuestion asks for patches of the fleet that are not plainly installed: those that are MISSING, FAILED, …
type PatchesQuestion struct {
	Hosts           Filter // on these hosts; its Missing and States say which patches are meant, as Levels does
	Levels          []messages.Level
	Classifications []string
	Name            string        // part of its name, in any case
	StandingFor     time.Duration // on hosts where it is so for so long; 0: it does not matter

	Limit  int // 1 to [MaxPage]; 0: all
	Cursor string
}

// FleetPatch is a patch as it stands on the hosts of a fleet.
type FleetPatch struct {
	Patch          string                 `json:"patch"`
	Name           string                 `json:"name"`
	Arch           string                 `json:"arch"`
	Level          messages.Level         `json:"level"` // highest on any host
	Classification string                 `json:"classification"`
	Hosts          int                    `json:"hosts"` // on which it is so
	States         map[messages.State]int `json:"states"`
	Blocked        map[string]int         `json:"blocked"`          // hosts, by what keeps it from being installed
	Versions       map[string]int         `json:"versions"`         // hosts, by the version that the state is about
	Notices        []string               `json:"notices"`          // update notices and CVEs that it is about, as far as the reasons name them
	Oldest         *time.Time             `json:"oldest,omitempty"` // since when it is so where it has been for the longest
}

// PatchesPage is a page of patches, the highest level first, of one level that on most hosts.
type PatchesPage struct {
	AsOf    AsOf
	Total   int
	Next    string
	Patches []FleetPatch
}

// outstanding are the states that are meant where a question names none.
var outstanding = []messages.State{messages.Missing, messages.Failed, messages.InstalledPendingReboot, messages.InstalledRejected, messages.AvailableSecurityUpdate}

// Patches answers with a page of patches of the fleet; of what is wrong with the question see [Index.Hosts].
func (x *Index) Patches(ctx context.Context, q PatchesQuestion) (*PatchesPage, error) {
	if q.Limit < 0 || q.Limit > MaxPage {
		return nil, &messages.FieldError{Field: "limit", Problem: fmt.Sprintf("must be 1 to %d", MaxPage)}
	}
	page := new(PatchesPage)
	return page, x.read(ctx, func(s *snapshot) error {
		limit, at := q.Limit, q.Cursor
		q.Limit, q.Cursor = 0, ""
		question := fingerprint(q)
		after, err := parseCursor(at, s.created, question)
		if err != nil {
			return err
		}
		hosts := s.meant(&q.Hosts)
		all := s.tallies(&q, hosts)
		page.AsOf, page.Total = s.asOf, len(all)
		if after != nil {
			at, _ := slices.BinarySearchFunc(all, *after, func(t *tally, k key) int { return comparePatches(t.key, k) })
			for at < len(all) && comparePatches(all[at].key, *after) <= 0 {
				at++
			}
			all = all[at:]
		}
		if limit > 0 && len(all) > limit {
			all = all[:limit]
			page.Next = cursor{s.created.UnixNano(), question, all[limit-1].key}.String()
		}
		page.Patches = make([]FleetPatch, 0, len(all))
		for _, t := range all {
			page.Patches = append(page.Patches, s.fleetPatch(t, hosts))
		}
		return nil
	})
}

func comparePatches(a, b key) int { return order{}.compare(a, b) }

// meansItem reports whether a question is about an item, wherever it is.
func (q *PatchesQuestion) meansItem(i *item) bool {
	states := q.Hosts.States
	if states == nil {
		states = outstanding
	}
	return slices.Contains(states, i.state) && anyOf(q.Levels, i.level) && anyOf(q.Classifications, i.classification) &&
		(q.Hosts.Notice == "" || i.noticed(q.Hosts.Notice)) &&
		(q.Hosts.Missing == "" || i.called(q.Hosts.Missing) && i.state.Outstanding()) &&
		(q.Name == "" || strings.Contains(strings.ToLower(i.patch), strings.ToLower(q.Name)))
}

// tally is a patch of the fleet, as far as its place among others tells.
type tally struct {
	patch string
	level messages.Level // highest on any host
	hosts int
	items []onHosts
	key   key
}

// onHosts is an item, and on how many of the hosts it is that are meant.
type onHosts struct {
	number uint32
	hosts  int
}

// tallies gathers the items that are meant by patch, in the order of the patches.
func (s *snapshot) tallies(q *PatchesQuestion, hosts *roaring.Bitmap) []*tally {
	byPatch := make(map[string]*tally)
	for number, i := range s.items.all {
		if !q.meansItem(i) {
			continue
		}
		n := s.standing(number, hosts, q.StandingFor)
		if n == 0 {
			continue
		}
		t := byPatch[i.patch]
		if t == nil {
			t = &tally{patch: i.patch}
			byPatch[i.patch] = t
		}
		if t.hosts += n; i.level.Above(t.level) {
			t.level = i.level
		}
		t.items = append(t.items, onHosts{number, n})
	}
	for _, t := range byPatch {
		t.key = key{Numbers: [3]int64{levelRank(t.level), -int64(t.hosts)}, Host: t.patch}
	}
	return slices.SortedFunc(maps.Values(byPatch), func(a, b *tally) int { return comparePatches(a.key, b.key) })
}

// fleetPatch is a patch as it stands on some hosts.
func (s *snapshot) fleetPatch(t *tally, hosts *roaring.Bitmap) FleetPatch {
	p := FleetPatch{Patch: t.patch, Level: t.level, States: map[messages.State]int{}, Blocked: map[string]int{}, Versions: map[string]int{}, Notices: []string{}}
	first := nanos(0)
	for _, of := range t.items {
		posting := &s.items.list[of.number]
		p.add(&posting.item, of.hosts)
		if at := s.firstOf(of.number, hosts); at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	slices.Sort(p.Notices)
	p.Oldest = timeOrNil(first.time())
	return p
}

// meant is the hosts that a filter means.
func (s *snapshot) meant(f *Filter) *roaring.Bitmap {
	if f.isZero() {
		return s.systems.alive
	}
	hosts, candidates := roaring.New(), f.candidates(s.table)
	for number, e := range s.hosts {
		if e == nil || candidates != nil && !candidates.Contains(uint32(number)) {
			continue
		}
		if a := s.at(e); f.fits(&a, s.now) {
			hosts.Add(uint32(number))
		}
	}
	return hosts
}

// standing is on how many of some hosts an item is, for so long at least.
func (s *snapshot) standing(number uint32, hosts *roaring.Bitmap, age time.Duration) (n int) {
	p := &s.items.list[number]
	if age <= 0 {
		return p.hosts.count(hosts)
	}
	p.hosts.eachOf(hosts, func(host uint32) {
		if at := s.hosts[host].items.sinceOf(number); at != 0 && s.now.Sub(at.time()) >= age {
			n++
		}
	})
	return n
}

// firstOf is since when an item is so on that of some hosts where it has been for the longest; 0: not known.
func (s *snapshot) firstOf(number uint32, hosts *roaring.Bitmap) (first nanos) {
	p := &s.items.list[number]
	if !p.stale && p.hosts.count(hosts) == p.hosts.len() {
		return p.first
	}
	p.hosts.eachOf(hosts, func(host uint32) {
		if at := s.hosts[host].items.sinceOf(number); at != 0 && (first == 0 || at < first) {
			first = at
		}
	})
	return first
}

func (p *FleetPatch) add(i *item, hosts int) {
	p.Name, p.Arch = i.name, i.arch
	p.Hosts += hosts
	p.States[i.state] += hosts
	if i.blocked != "" {
		p.Blocked[i.blocked] += hosts
	}
	if i.version != "" {
		p.Versions[i.version] += hosts
	}
	for _, id := range strings.Fields(i.notices) {
		if !slices.Contains(p.Notices, id) {
			p.Notices = append(p.Notices, id)
		}
	}
	p.Classification = cmp.Or(p.Classification, i.classification)
}

// PackageAnswer is a package as the fleet has it installed.
type PackageAnswer struct {
	AsOf     AsOf          `json:"as_of"`
	Name     string        `json:"name"`
	Hosts    int           `json:"hosts"` // that have it in some version
	Packages []PackageView `json:"packages"`
}

// PackageView is a package of one architecture.
type PackageView struct {
	Patch    string        `json:"patch"`
	Name     string        `json:"name"`
	Arch     string        `json:"arch"`
	Versions []VersionView `json:"versions"` // newest first, as far as one system's order says so
	Missing  int           `json:"missing"`  // hosts on which it is MISSING or FAILED
}

// VersionView is a version that hosts have installed.
type VersionView struct {
	Version string         `json:"version"`
	Hosts   int            `json:"hosts"`
	Systems map[string]int `json:"systems"` // hosts, by operating system
}

// Package answers how a package, called by its name or as patches are, stands on the hosts of a filter. One that no host has is an
// answer without packages.
func (x *Index) Package(ctx context.Context, name string, f Filter) (*PackageAnswer, error) {
	answer := &PackageAnswer{Name: name, Packages: []PackageView{}}
	return answer, x.read(ctx, func(s *snapshot) error {
		answer.AsOf = s.asOf
		has, some, meant := roaring.New(), make(map[string]*PackageView), newMeant(s, &f)
		for _, of := range s.have.called(name) {
			v := &PackageView{Patch: of.patch, Name: of.name, Arch: of.arch, Versions: []VersionView{}}
			for _, at := range of.versions {
				if one := s.version(&s.have.list[at], meant, has); one.Hosts > 0 {
					v.Versions = append(v.Versions, one)
				}
			}
			newestFirst(v.Versions)
			some[of.patch] = v
		}
		for i, hosts := range s.items.named(name) { // also where it is not installed
			n := 0
			if i.state.Outstanding() {
				n = meant.count(s, hosts)
			}
			if n == 0 {
				continue
			}
			if some[i.patch] == nil {
				some[i.patch] = &PackageView{Patch: i.patch, Name: i.name, Arch: i.arch, Versions: []VersionView{}}
			}
			some[i.patch].Missing += n
		}
		for _, v := range some {
			if len(v.Versions) > 0 || v.Missing > 0 {
				answer.Packages = append(answer.Packages, *v)
			}
		}
		slices.SortFunc(answer.Packages, func(a, b PackageView) int { return cmp.Compare(a.Patch, b.Patch) })
		answer.Hosts = int(has.GetCardinality())
		return nil
	})
}

// meant is which hosts a filter means, for who looks at some of them.
type meant struct {
	*Filter
	all   bool // that are not retired
	among *roaring.Bitmap
}

func newMeant(s *snapshot, f *Filter) *meant {
	return &meant{f, f.isZero(), f.candidates(s.table)}
}

func (m *meant) fits(s *snapshot, number uint32) bool {
	if m.among != nil && !m.among.Contains(number) {
		return false
	}
	a := s.at(s.hosts[number])
	return m.Filter.fits(&a, s.now)
}

// count is how many of some hosts fit.
func (m *meant) count(s *snapshot, hosts *hostSet) (n int) {
	if m.all {
		return hosts.count(s.systems.alive)
	}
	hosts.each(func(number uint32) {
		if m.fits(s, number) {
			n++
		}
	})
	return n
}

// version counts the hosts of a version that fit, and adds them to has.
func (s *snapshot) version(of *posting, m *meant, has *roaring.Bitmap) VersionView {
	v := VersionView{Version: of.version, Systems: map[string]int{}}
	if m.all {
		hosts := roaring.And(of.hosts.bitmap(), s.systems.alive)
		for system, all := range s.systems.of {
			if n := int(hosts.AndCardinality(all)); n > 0 {
				v.Systems[system] = n
			}
		}
		v.Hosts = int(hosts.GetCardinality())
		has.Or(hosts)
		return v
	}
	systems := make(map[unique.Handle[messages.OS]]int, 1)
	var fit []uint32
	of.hosts.each(func(number uint32) {
		if m.fits(s, number) {
			systems[s.hosts[number].os]++
			fit = append(fit, number)
		}
	})
	has.AddMany(fit)
	for os, n := range systems {
		v.Systems[os.Value().System] += n
	}
	v.Hosts = len(fit)
	return v
}

// newestFirst sorts versions by the order of the system on which most of them are.
func newestFirst(versions []VersionView) {
	hosts := make(map[string]int)
	for _, v := range versions {
		for system, n := range v.Systems {
			hosts[system] += n
		}
	}
	system := ""
	for s, n := range hosts {
		if most := hosts[system]; n > most || n == most && s < system {
			system = s
		}
	}
	compare := classify.CompareVersions(system)
	if compare == nil {
		compare = cmp.Compare[string]
	}
	slices.SortFunc(versions, func(a, b VersionView) int {
		return cmp.Or(compare(b.Version, a.Version), cmp.Compare(b.Version, a.Version))
	})
}
