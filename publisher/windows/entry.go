package windows

import (
	"maps"
	"slices"
	"strconv"

	"github.com/patchstream/patchstream/messages"
)

// entry is what is known under one name: a KB, or an update without one.
type entry struct {
	name    string
	updates []*update // whose states may differ
}

// states, the worse first. A KB is in the worst state of its updates, except that one which is there outweighs one that
// something newer has replaced: a monthly tool of April, superseded by that of May, does not make May's less installed.
var states = []string{messages.KBApplicable, messages.KBHidden, messages.KBReboot, installed, messages.KBSuperseded}

// installed is the state that an event leaves out.
const installed = ""

// entries puts updates together by their names, in the order of these.
func (d *Dump) entries() []entry {
	byName := make(map[string][]*update)
	for _, u := range d.distinct() {
		for _, name := range u.names() {
			byName[name] = append(byName[name], u)
		}
	}
	var all []entry
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, entry{name, byName[name]})
	}
	return all
}

// distinct returns the updates of all searches, each revision once: two searches may overlap. Of one that both found the
// later word counts.
func (d *Dump) distinct() []*update {
	type key struct{ id, revision string }
	at := make(map[key]int)
	var all []*update
	for i := range d.searches {
		for j := range d.searches[i].updates {
			u := &d.searches[i].updates[j]
			k := key{u.id, u.revision}
			if n, seen := at[k]; seen {
				all[n] = u
				continue
			}
			at[k] = len(all)
			all = append(all, u)
		}
	}
	return all
}

// superseded returns the ids of updates that another one replaces which is there, or is for the host.
func superseded(updates []*update) map[string]bool {
	gone := make(map[string]bool)
	for _, u := range updates {
		for _, id := range u.supersedes {
			gone[id] = gone[id] || id != u.id
		}
	}
	return gone
}

// state is one update's. What waits for a boot was installed, whatever the search that found it says.
func (u *update) state(gone map[string]bool) string {
	switch {
	case u.reboot:
		return messages.KBReboot
	case *u.installed:
		return installed
	case gone[u.id]:
		return messages.KBSuperseded
	case *u.hidden:
		return messages.KBHidden
	}
	return messages.KBApplicable
}

// worst returns the state of the entry, and the updates that are in it.
func (e *entry) worst(gone map[string]bool) (state string, in []*update) {
	for _, state := range states {
		for _, u := range e.updates {
			if u.state(gone) == state {
				in = append(in, u)
			}
		}
		if len(in) > 0 {
			return state, in
		}
	}
	return installed, nil
}

// newestRevision is the highest revision of some updates.
func newestRevision(updates []*update) string {
	newest := 1
	for _, u := range updates {
		if n, err := strconv.Atoi(u.revision); err == nil {
			newest = max(newest, n)
		}
	}
	return strconv.Itoa(newest)
}
