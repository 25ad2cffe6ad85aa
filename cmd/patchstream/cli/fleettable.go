package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// fleet prints a line for each host.
func (a *app) fleet(s *survey, fleet *fleet) {
	if s.hosts == 0 {
		a.printf("No host has said anything yet: \"patchstream scan\" on a host sends its first scan.\n")
		return
	}
	if len(s.rows) == 0 {
		a.printf("No host has such a patch (of %s).\n", count(s.hosts, "host"))
		return
	}
	slices.SortFunc(s.rows, worstFirst)
	g := &grid{
		head:    []string{"HOST", "STATUS", "LEVEL", "MISSING", "FAILED", "REBOOT", "REJECTED", "SCAN", "LISTS", "BASELINE"},
		numbers: []int{4, 5, 6, 7, 8, 9},
	}
	why := slices.ContainsFunc(s.rows, func(r row) bool { return len(r.reasons) > 0 })
	if why {
		g.head = append(g.head, "WHY UNKNOWN")
	}
	for _, r := range s.rows {
		cells := []string{
			plain(r.host), a.paint.status(r.status), a.paint.level(messages.Level(orNone(r.level))),
			a.number(r.missing), a.number(r.failed), a.number(r.pending), a.number(r.rejected),
			a.scanAge(r, fleet), since(r.listsAt, fleet.now), plain(baselineWords(r.baseline)),
		}
		if why {
			cells = append(cells, strings.Join(r.reasons, " "))
		}
		g.add(cells...)
	}
	g.foot = totals(s)
	a.grid(g)
}

// scanAge marks a host whose scans fail now.
func (a *app) scanAge(r row, fleet *fleet) string {
	words := since(r.scanAt, fleet.now)
	if r.scanFailed {
		words = a.paint.red("failing ") + words
	}
	return words
}

func (a *app) number(n int) string {
	if n == 0 {
		return a.paint.dim("0")
	}
	return strconv.Itoa(n)
}

func totals(s *survey) string {
	by := map[messages.HostStatus]int{}
	var sum row
	for _, r := range s.rows {
		by[r.status]++
		sum.missing += r.missing
		sum.failed += r.failed
		sum.pending += r.pending
		sum.rejected += r.rejected
	}
	of := count(len(s.rows), "host")
	if len(s.rows) != s.hosts {
		of = fmt.Sprintf("%d of %s", len(s.rows), count(s.hosts, "host"))
	}
	return fmt.Sprintf("%s: %d %s, %d %s, %d %s. Patches: %d missing, %d failed, %d waiting for a reboot, %d rejected.", of,
		by[messages.NonCompliant], messages.NonCompliant, by[messages.Unknown], messages.Unknown, by[messages.Compliant], messages.Compliant,
		sum.missing, sum.failed, sum.pending, sum.rejected)
}

// matches prints a line for each host that lacks a package.
func (a *app) matches(s *survey, fleet *fleet) {
	name := s.question.missing
	if s.known == 0 && s.hosts > 0 {
		a.warn("no host knows a patch %q: check the name", name)
	}
	foot := fmt.Sprintf("%d of %s lack %s.", len(s.rows), count(s.hosts, "host"), name)
	switch len(s.rows) {
	case 0:
		foot = fmt.Sprintf("No host lacks %s (of %s).", name, count(s.hosts, "host"))
	case 1:
		foot = fmt.Sprintf("1 of %s lacks %s.", count(s.hosts, "host"), name)
	}
	if s.unknown > 0 {
		foot += fmt.Sprintf(" Besides, %d %s: what they lack is not known.", s.unknown, messages.Unknown)
	}
	if len(s.matches) == 0 {
		a.printf("%s\n", foot)
		return
	}
	slices.SortFunc(s.matches, func(a, b match) int {
		return strings.Compare(a.host+" "+a.item.Patch, b.host+" "+b.item.Patch)
	})
	g := &grid{head: []string{"HOST", "PATCH", "STATE", "LEVEL", "VERSION", "SINCE", "NEXT STEP"}, foot: foot}
	for _, m := range s.matches {
		g.add(plain(m.host), plain(m.item.Patch), a.paint.state(m.item.State), a.paint.level(m.item.Level),
			plain(arrow(m.item.Installed, m.item.Version)), since(m.item.Since, fleet.now), plain(orNone(explain.Next(&m.item))))
	}
	a.grid(g)
}
