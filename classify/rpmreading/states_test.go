package rpmreading

import (
	"cmp"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// reading is one host, one baseline, and the settings.
type reading struct {
	*facts
	*rules
	settings
	table map[string]*messages.Advisory // the notices that exist
}

// item is what is said of one patch.
type item struct {
	Patch, Version, Installed, Classification, Blocked, Code string
	State                                                    messages.State
	Level                                                    messages.Level

	computed messages.State
	name     string
	known    []*version // by which entries may fit, beside the listed ones
}

// pkg is a package that the scan lists, at its effective version.
type pkg struct {
	*messages.Package
	patch
	text    string // the effective version
	present bool
	at      evr
	ordered bool // text has a place in the order
	byRun   bool // a run put it there since the scan
	known   []*version
}

func (r *reading) notices(ids []string) (list []*messages.Advisory) {
	for _, id := range ids {
		if n := r.table[id]; n != nil && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

func (r *reading) effective(listed *messages.Package) *pkg {
	p := &pkg{Package: listed, patch: patch{listed.Name, listed.Arch}}
	p.text, p.present = listed.InstalledVersion()
	if o := r.succeeded[p.patch]; o != nil && o.at.After(r.scan.TakenAt) {
		p.text, p.present, p.byRun = *o.To, true, true
	}
	if p.present {
		p.at, p.ordered = parse(p.text)
	}
	for i := range listed.Versions {
		if v := &listed.Versions[i]; r.exists(p, v) {
			p.add(v.Version, v, r)
		}
	}
	if p.ordered && !p.spelledAsInstalled() {
		p.add(p.text, nil, r)
	}
	slices.SortFunc(p.known, func(a, b *version) int { return a.cmp(b.evr) })
	p.known = slices.DeleteFunc(p.known, func(v *version) bool {
		return p.present && !v.carried && (!p.ordered || v.cmp(p.at) > 0) // nobody can install it
	})
	return p
}

// installed is the effective version among those that are known.
func (p *pkg) installed() *version {
	return p.version(p.at)
}

func (p *pkg) spelledAsInstalled() bool {
	v := p.installed()
	return v != nil && slices.ContainsFunc(v.spellings, func(s spelling) bool { return s.canonical == p.at.canonical })
}

func (p *pkg) version(at evr) *version {
	i := slices.IndexFunc(p.known, func(v *version) bool { return v.cmp(at) == 0 })
	if i < 0 {
		return nil
	}
	return p.known[i]
}

// exists: of the same stream, of its own architecture or one that stands in, and not below what the scan says is installed.
func (r *reading) exists(p *pkg, v *messages.Version) bool {
	scanned, there := p.InstalledVersion()
	floor, bounded := parse(scanned)
	at, ordered := parse(v.Version)
	switch {
	case !ordered || there && bounded && at.cmp(floor) < 0:
		return false
	case v.Module != "" && p.Module != "" && stream(v.Module) != stream(p.Module):
		return false
	}
	return v.Arch == "" || v.Arch == p.Arch || r.standsIn(p, v.Arch)
}

func (r *reading) standsIn(p *pkg, arch string) bool {
	native := r.scan.OS.Arch
	either := p.Arch == "noarch" && arch == native || p.Arch == native && arch == "noarch"
	return either && !slices.ContainsFunc(r.scan.Packages, func(q messages.Package) bool { return q.Name == p.Name && q.Arch == arch })
}

func stream(label string) string {
	parts := strings.Split(label, ":")
	return strings.Join(parts[:min(2, len(parts))], ":")
}

// add adds a version that is listed, or, where listed is nil, one that is only installed.
func (p *pkg) add(text string, listed *messages.Version, r *reading) {
	at, _ := parse(text)
	v := p.version(at)
	if v == nil {
		v = &version{evr: at, excluded: true}
		p.known = append(p.known, v)
	}
	here := p.ordered && at.canonical == p.at.canonical
	if v.canonical != p.at.canonical && (here || at.canonical < v.canonical) {
		v.evr = at
	}
	s := spelling{at, p.Arch, p.Arch}
	if listed != nil {
		s.arch = cmp.Or(listed.Arch, p.Arch)
		for _, n := range r.notices(listed.Advisories) {
			if !slices.Contains(v.notices, n) {
				v.notices = append(v.notices, n)
			}
		}
		if r.carries(listed) {
			v.carried, v.excluded = true, v.excluded && listed.Excluded
		}
		if v.built.IsZero() {
			v.built = listed.ReleasedAt
		}
	}
	v.spellings = append(v.spellings, s)
}

func (r *reading) carries(v *messages.Version) bool {
	return slices.ContainsFunc(v.Origins, func(i int) bool { return !r.scan.Origins[i].Unread })
}

// listed is the item of a package that the scan lists, nil where there is none.
func (r *reading) listed(listed *messages.Package) *item {
	p := r.effective(listed)
	it := &item{Patch: p.patch.String(), name: p.Name, Level: messages.Unspecified, known: p.known}
	if !p.present {
		return r.absent(p, it)
	}
	it.Installed, it.Version = canonical(p.text), canonical(p.text)
	due := r.missing(p, it)
	switch {
	case due != nil:
	case !p.ordered:
		it.State, it.Code = messages.InstalledOther, messages.BecauseVersionInvalid
	default:
		r.inOrder(p, it)
	}
	r.overlay(p, it, due)
	return it
}

// missing makes the item MISSING where a version above the installed one matches, and returns the newest that does.
func (r *reading) missing(p *pkg, it *item) *version {
	var due []*version
	var level messages.Level
	for _, v := range p.known {
		if p.ordered && v.cmp(p.at) <= 0 {
			continue
		}
		if l := r.match(p.Name, v); l != "" {
			due, level = append(due, v), higher(level, l)
		}
	}
	if due == nil {
		return nil
	}
	newest := due[len(due)-1]
	it.State, it.Code, it.Version, it.Level = messages.Missing, messages.BecauseNewerApproved, newest.canonical, level
	if !p.ordered {
		it.Code = messages.BecauseVersionInvalid
	}
	it.Classification, it.Blocked = classification(due...), p.blocked(due)
	return newest
}

func (p *pkg) blocked(due []*version) string {
	candidate, ordered := parse(p.Candidate)
	switch {
	case p.Hold:
		return "hold"
	case !slices.ContainsFunc(due, func(v *version) bool { return !v.excluded }):
		return "excluded"
	case p.Candidate == "" || ordered && candidate.cmp(due[len(due)-1].evr) < 0:
		return "pin"
	case p.KeptBack:
		return "kept_back"
	}
	return ""
}

// inOrder: nothing above the installed version matches.
func (r *reading) inOrder(p *pkg, it *item) {
	v := p.installed()
	it.State, it.Code, it.Classification = messages.InstalledOther, messages.BecauseNotApproved, classification(v)
	if v.named(r.rejected, p.Name) {
		if r.RejectedPatchesAction == baseline.ActionBlock {
			it.State, it.Code = messages.InstalledRejected, messages.BecauseRejected
		}
		return
	}
	var level messages.Level
	if v.carried || len(v.notices) > 0 {
		level = r.match(p.Name, v)
	}
	for _, n := range r.fulfilled(p) {
		level = higher(level, r.matchFulfilled(p.Name, v, n))
	}
	if level != "" {
		it.State, it.Code, it.Level = messages.Installed, messages.BecauseApproved, level
	}
}

// fulfilled are the notices that list the package at the effective version or below. Of an older version than the scan's that
// is not known.
func (r *reading) fulfilled(p *pkg) (list []*messages.Advisory) {
	scanned, there := p.InstalledVersion()
	if at, ordered := parse(scanned); there && ordered && p.at.cmp(at) >= 0 {
		list = r.notices(p.Advisories)
	}
	for _, v := range p.known {
		if v.cmp(p.at) <= 0 {
			list = append(list, v.notices...)
		}
	}
	return list
}

// absent is a listed package that is not installed.
func (r *reading) absent(p *pkg, it *item) *item {
	if o := r.failure(p); o != nil {
		if tried := p.tried(o, r); r.match(p.Name, tried) != "" {
			it.State, it.Code, it.Version, it.known = messages.Failed, messages.BecauseFailedRun, canonical(*o.To), append(it.known, tried)
			return it
		}
	}
	known := slices.Clone(p.known)
	if p.Installed != nil {
		if beside, ok := parse(*p.Installed); ok {
			known = append(known, &version{evr: beside, spellings: []spelling{{beside, p.Arch, p.Arch}}})
		}
	}
	it.known = known
	named := slices.ContainsFunc(r.approved, func(e entry) bool { return e.fits(p.Name, it.Patch) })
	if named || slices.ContainsFunc(known, func(v *version) bool { return v.named(r.approved, p.Name) }) {
		it.State, it.Code = messages.NotApplicable, messages.BecauseNotInstalled
		return it
	}
	return nil
}
