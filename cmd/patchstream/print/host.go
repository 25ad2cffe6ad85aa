package print

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// Hosts prints a line for each host.
func (p *Printer) Hosts(list []query.HostView, now time.Time) {
	if len(list) == 0 {
		p.Printf("No host has said anything yet: \"patchstream scan\" on a host sends its first scan.\n")
		return
	}
	g := &grid{head: []string{"HOST", "STATUS", "SYSTEM", "GROUP", "HEARD", "SCAN"}, least: []int{4, 6, 3}}
	retired := slices.ContainsFunc(list, func(v query.HostView) bool { return v.Retired != nil })
	if retired {
		g.head, g.least = append(g.head, "RETIRED"), append(g.least, 7)
	}
	for i := range list {
		v := &list[i]
		cells := []string{
			Plain(v.Host), p.paint().status(v.Status), Plain(OrNone(v.OS.Product)), Plain(OrNone(v.Group)),
			sinceOrNone(v.HeardAt, now), sinceOrNone(v.ScanAt, now),
		}
		if retired {
			cells = append(cells, Plain(retiredWords(v.Retired)))
		}
		g.add(cells...)
	}
	p.grid(g)
}

func sinceOrNone(t *time.Time, now time.Time) string {
	if t == nil {
		return none
	}
	return since(*t, now)
}

// retiredWords says when a host was retired, by whom and why; nothing where it is not.
func retiredWords(r *classify.Retirement) string {
	if r == nil {
		return ""
	}
	words := Clock(r.At)
	if r.By != "" {
		words += " by " + r.By
	}
	if r.Reason != "" {
		words += ": " + r.Reason
	}
	return words
}

// Host prints what is known of a host, without its patches.
func (p *Printer) Host(h *query.Host, by query.Judged, now time.Time) {
	v := h.HostView()
	p.hostLine(v.Host, v.Status, "")
	if v.Retired != nil {
		p.Field("retired", Plain(retiredWords(v.Retired)))
	}
	if v.OS.System != "" {
		p.Field("system", Plain(systemWords(messages.OS(v.OS))))
	}
	p.Field("group", Plain(OrNone(v.Group)))
	p.Field("baseline", Plain(p.baselineWords(v.Baseline)))
	if v.Retired == nil {
		p.Field("because", Plain(judgedWords(by, v.OS.System)))
	}
	if v.Outdated {
		p.Field("", Plain(fmt.Sprintf("by now another one or another revision applies, of %s: \"patchstream recheck %s\", or wait for its next event", OrNone(by.ID), v.Host)))
	}
	p.Field("last heard", pointed(v.HeardAt, now))
	p.Field("last scan", pointed(v.ScanAt, now))
	p.Field("last change", "revision "+strconv.FormatUint(v.Revision, 10)+", "+clockAndAge(v.ChangedAt, now))
	if v.DueAt != nil {
		p.Field("next look", Clock(*v.DueAt)+", if it says nothing before")
	}
	p.conditions("Conditions", query.Conditions(h.Report))
}

// judgedWords says why a baseline judges a host.
func judgedWords(by query.Judged, system string) string {
	switch {
	case by.ID == "":
		return "no baseline applies to it"
	case by.Bound:
		return "it is bound to the group " + by.Group + " on " + system
	case by.Group != "":
		return "it is the default of " + system + ", and none is bound to its group"
	case baseline.Builtin(by.ID) != nil:
		return "it is AWS's own, and the default of " + system
	}
	return "it is the default of " + system
}

func pointed(t *time.Time, now time.Time) string {
	if t == nil {
		return none
	}
	return clockAndAge(*t, now)
}
