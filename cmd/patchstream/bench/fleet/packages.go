package fleet

import (
	"time"

	"github.com/patchstream/patchstream/messages"
)

// packages returns the packages of a round.
func (h *Host) packages(round int) []messages.Package {
	all := make([]messages.Package, len(h.places))
	known := make([]messages.Version, 0, 2*len(all)) // of all of them
	for i := range all {
		e, installed, newest := h.levels(i, round)
		begin := len(known)
		if newest > installed {
			known = append(known, e.known(newest))
		}
		known = append(known, e.known(installed))
		mine := known[begin:len(known):len(known)]
		at := h.fleet.cfg.Built.Add(-time.Duration(h.dice(installTime, i/20)%(1<<25)) * time.Second) // dpkg installs many at a time
		all[i] = messages.Package{
			Name: e.name, Arch: arch, Installed: &mine[len(mine)-1].Version, Candidate: mine[0].Version, State: "installed",
			Source: e.source, SourceVersion: e.sourceVersion, InstalledAt: at, Versions: mine,
		}
	}
	return all
}

const usualPin = 500

// known is a version as the host's package manager knows it.
func (e *entry) known(level int) messages.Version {
	v := messages.Version{Version: e.version(level), Priority: e.priority, Section: e.section, Origins: ofRelease, Pin: usualPin}
	if level > 0 {
		v.Origins = ofSecurity
	}
	return v
}

var ofRelease, ofSecurity = []int{fromRelease}, []int{fromSecurity}

// levels returns the i-th package of the host, and how far its versions have come in a round: the installed one, and the newest.
func (h *Host) levels(i, round int) (e *entry, installed, newest int) {
	e = &h.fleet.pool[h.places[i]]
	newest = len(e.versions) - 1
	if h.lacks(i) {
		newest = max(newest, 1)
		installed = newest - 1
	} else {
		installed = newest
	}
	for range h.touched(i, round) {
		if installed < newest {
			installed = newest
		} else {
			newest++
		}
	}
	return e, installed, newest
}

// lacks reports whether a package had an update in the beginning that was not installed.
func (h *Host) lacks(i int) bool {
	place := h.places[i]
	lacks := h.fleet.dice(ringLacks, h.kind, h.ring, place)%lacking == 0
	if h.dice(odd, place)%oddOnes == 0 {
		return !lacks
	}
	return lacks
}

// touched returns in how many rounds up to this one a package changed. All take turns.
func (h *Host) touched(i, round int) int {
	changed := h.fleet.cfg.Changed
	turns := len(h.places) / changed // until the first ones come again
	first := 1 + i%turns
	if i >= turns*changed || round < first {
		return 0
	}
	return 1 + (round-first)/turns
}
