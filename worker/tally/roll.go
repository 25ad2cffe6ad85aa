package tally

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

const (
	numStates = 8
	numLevels = 6
)

// roll is what is known of each host, by its name. A host that was deleted stays, as gone, as long as the bucket
// keeps the mark of it.
type roll map[string]host

// host is a summary as it is kept: there may be many of them.
type host struct {
	status  messages.HostStatus // empty: gone
	scanAt  int64               // in nanoseconds since 1970; 0: never
	expires int64               // when the first override that stands does so no more; 0: never
	patches []cell

	conditions conditionSet
}

// conditionSet holds conditions as bits, by their positions among all.
type conditionSet uint32

func conditionsOf(codes []string) (set conditionSet) {
	for i, code := range classify.Conditions() {
		if slices.Contains(codes, code) {
			set |= 1 << i
		}
	}
	return set
}

// cell is a number of patches in one state, at one level.
type cell struct {
	state, level uint8 // positions in messages.States and messages.Levels
	number       uint32
	since        int64 // when the first of them fell due, in nanoseconds since 1970; 0: none is due
}

// hostOf reads the header of a record, or the mark of a deleted one.
func hostOf(e *streams.Entry) host {
	if e.Deleted {
		return host{}
	}
	s, err := record.ParseSummary(e.Header.Get(messages.HeaderSummary))
	if err != nil {
		return host{status: messages.Unknown} // of another version, or put back by hand without its headers
	}
	return packed(s)
}

// packed makes a summary small. What is not among the words that this version knows is not called compliant.
func packed(s record.Summary) host {
	h := host{status: messages.Unknown, scanAt: nanoseconds(s.ScanAt), expires: nanoseconds(s.Expires), patches: make([]cell, 0, len(s.Patches)), conditions: conditionsOf(s.Conditions)}
	for _, status := range []messages.HostStatus{messages.Compliant, messages.NonCompliant, messages.Retired} {
		if s.Status == status {
			h.status = status // not s.Status: that is a piece of the header
		}
	}
	for _, p := range s.Patches {
		state, level := slices.Index(messages.States(), p.State), slices.Index(messages.Levels(), p.Level)
		if state >= 0 && level >= 0 {
			h.patches = append(h.patches, cell{uint8(state), uint8(level), uint32(p.Number), nanoseconds(p.Since)})
		}
	}
	return h
}

func nanoseconds(t time.Time) int64 {
	switch year := t.Year(); {
	case t.IsZero():
		return 0
	case year < 1678: // more than 64 bits hold
		return math.MinInt64
	case year > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

func instant(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}

// counts is a fleet, added up.
type counts struct {
	hosts   map[messages.HostStatus]int
	patches [numStates][numLevels]uint64
	oldest  [numLevels]time.Duration // how long the first patch that is due has been so; 0: none is due

	conditions []int // hosts on which each stands, by its position among all
}

// asOf is the status of a host now. Where an override has expired, nobody knows it before the host's next event.
func (h *host) asOf(now time.Time, settings classify.Settings) messages.HostStatus {
	if h.status == messages.Compliant && h.expires != 0 && now.UnixNano() >= h.expires {
		return messages.Unknown
	}
	return settings.StatusAsOf(now, h.status, instant(h.scanAt))
}

// standing is which conditions stand on a host now.
func (h *host) standing(now time.Time, settings classify.Settings) conditionSet {
	if settings.ScanOld(now, instant(h.scanAt)) {
		return h.conditions | scanOld
	}
	return h.conditions
}

var scanOld = conditionsOf([]string{classify.ScanOld})

// count adds up the fleet as of now.
func (r roll) count(now time.Time, settings classify.Settings) *counts {
	c := &counts{hosts: make(map[messages.HostStatus]int), conditions: make([]int, len(classify.Conditions()))}
	for _, h := range r {
		if h.status == "" || h.status == messages.Retired {
			continue
		}
		c.hosts[h.asOf(now, settings)]++
		for set := h.standing(now, settings); set != 0; set &= set - 1 {
			c.conditions[bits.TrailingZeros32(uint32(set))]++
		}
		for _, p := range h.patches {
			c.patches[p.state][p.level] += uint64(p.number)
			if p.since != 0 {
				c.oldest[p.level] = max(c.oldest[p.level], now.Sub(instant(p.since)))
			}
		}
	}
	return c
}
