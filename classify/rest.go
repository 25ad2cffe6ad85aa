package classify

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Selection is some packages of a host, and all that is no package of its newest full scan.
type Selection struct {
	keys       map[PackageKey]bool
	namesAlone bool // they are known by their names
	names      sketch
}

func newSelection(keys map[PackageKey]bool, namesAlone bool) *Selection {
	s := &Selection{keys: keys, namesAlone: namesAlone}
	for key := range keys {
		s.names.add(key.Name)
	}
	return s
}

// Has reports whether a package is selected. Of all packages of a host few are, and most of the others are known not to be by a few
// letters of their names.
func (s *Selection) Has(name, arch string) bool {
	if !s.names.has(name) {
		return false
	}
	if s.namesAlone {
		arch = ""
	}
	return s.keys[PackageKey{name, arch}]
}

// Rest stands for the items of a report that are those of the report before, but for the events on which they rest: the items
// of all packages of the full scan but some.
type Rest struct {
	But     *Selection
	Tallies []Tally
}

// Tally is how many items have in common what a report and its host count by.
type Tally struct {
	State    messages.State
	Level    messages.Level
	Security bool // its classification is [Security]
	Waits    bool // for a reboot, computed or shown
	Number   int
	Since    time.Time // the earliest
	Expires  time.Time // when the first of the overrides that stand ends; zero: none does
}

// TallyOf returns the tally of an item, once.
func TallyOf(i *Item) Tally {
	t := Tally{State: i.State, Level: i.Level, Security: i.Classification == Security, Waits: waits(i), Number: 1, Since: i.Since}
	if o := i.Reason.Override; o != nil {
		t.Expires = o.ExpiresAt
	}
	return t
}

// anyWaits reports whether an item waits for a reboot.
func (r *Report) anyWaits() bool {
	return slices.ContainsFunc(r.Tallies(), func(t Tally) bool { return t.Waits })
}

// AddTally adds a tally to those of which no two are of the same kind.
func AddTally(to []Tally, t Tally) []Tally {
	for i := range to {
		if is := &to[i]; is.State == t.State && is.Level == t.Level && is.Security == t.Security && is.Waits == t.Waits {
			is.Number += t.Number
			is.Expires = sooner(is.Expires, t.Expires)
			if t.Since.Before(is.Since) {
				is.Since = t.Since
			}
			return to
		}
	}
	return append(to, t)
}

// Tallies returns the tallies of all items of the report, of a report that is not Kept.
func (r *Report) Tallies() []Tally {
	var all []Tally
	if r.Rest != nil {
		all = slices.Clone(r.Rest.Tallies)
	}
	for i := range r.Patches {
		all = AddTally(all, TallyOf(&r.Patches[i]))
	}
	return all
}

// Join puts into a report the items for which the Rest of it stands, or all where it is Kept, from those of the report before.
func (r *Report) Join(before []Item) {
	there := make(map[string]bool, len(r.Patches))
	for i := range r.Patches {
		there[r.Patches[i].Patch] = true
	}
	for _, i := range before {
		if r.Kept || r.Rest != nil && !r.Rest.But.Has(i.Name, i.Arch) && !there[i.Patch] && i.Reason.Code != messages.BecauseNoSuchPackage {
			r.Frame.Rest(&i)
			r.Patches = append(r.Patches, i)
		}
	}
	if r.Patches == nil {
		r.Patches = []Item{}
	}
	SortItems(r.Patches)
	r.Kept, r.Rest = false, nil
}
