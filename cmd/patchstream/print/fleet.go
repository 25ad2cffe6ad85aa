package print

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// Fleet prints a line for each host that fits, worst first.
func (p *Printer) Fleet(s *query.Survey, now time.Time) {
	if s.Hosts == 0 {
		p.Printf("No host has said anything yet: \"patchstream scan\" on a host sends its first scan.\n")
		return
	}
	if len(s.Rows) == 0 {
		p.Printf("No host has such a patch (of %s).\n", Count(s.Hosts, "host"))
		return
	}
	slices.SortFunc(s.Rows, query.WorstFirst)
	g := &grid{
		head:    []string{"HOST", "STATUS", "LEVEL", "MISSING", "FAILED", "REBOOT", "REJECTED", "SCAN", "LISTS", "BASELINE"},
		numbers: []int{4, 5, 6, 7, 8, 9},
	}
	why := slices.ContainsFunc(s.Rows, func(r query.Row) bool { return len(r.Reasons) > 0 })
	if why {
		g.head = append(g.head, "WHY UNKNOWN")
	}
	for _, r := range s.Rows {
		cells := []string{
			Plain(r.Host), p.paint().status(r.Status), p.paint().level(messages.Level(OrNone(r.Level))),
			p.number(r.Missing), p.number(r.Failed), p.number(r.Pending), p.number(r.Rejected),
			p.scanAge(&r, now), since(r.ListsAt, now), Plain(baselineWords(r.Baseline)),
		}
		if why {
			cells = append(cells, strings.Join(r.Reasons, " "))
		}
		g.add(cells...)
	}
	g.foot = totals(s)
	p.grid(g)
}

// scanAge marks a host whose scans fail now.
func (p *Printer) scanAge(r *query.Row, now time.Time) string {
	words := since(r.ScanAt, now)
	if r.ScanFailed {
		words = p.paint().red("failing ") + words
	}
	return words
}

func (p *Printer) number(n int) string {
	if n == 0 {
		return p.paint().dim("0")
	}
	return strconv.Itoa(n)
}

func totals(s *query.Survey) string {
	by := map[messages.HostStatus]int{}
	var sum query.Row
	for _, r := range s.Rows {
		by[r.Status]++
		sum.Missing += r.Missing
		sum.Failed += r.Failed
		sum.Pending += r.Pending
		sum.Rejected += r.Rejected
	}
	of := Count(len(s.Rows), "host")
	if len(s.Rows) != s.Hosts {
		of = fmt.Sprintf("%d of %s", len(s.Rows), Count(s.Hosts, "host"))
	}
	return fmt.Sprintf("%s: %d %s, %d %s, %d %s. Patches: %d missing, %d failed, %d waiting for a reboot, %d rejected.", of,
		by[messages.NonCompliant], messages.NonCompliant, by[messages.Unknown], messages.Unknown, by[messages.Compliant], messages.Compliant,
		sum.Missing, sum.Failed, sum.Pending, sum.Rejected)
}

// Matches prints a line for each host that lacks a package.
func (p *Printer) Matches(s *query.Survey, now time.Time) {
	name := s.Question.Missing
	if s.Known == 0 && s.Hosts > 0 {
		p.Warn("no host knows a patch %q: check the name", name)
	}
	foot := fmt.Sprintf("%d of %s lack %s.", len(s.Rows), Count(s.Hosts, "host"), name)
	switch len(s.Rows) {
	case 0:
		foot = fmt.Sprintf("No host lacks %s (of %s).", name, Count(s.Hosts, "host"))
	case 1:
		foot = fmt.Sprintf("1 of %s lacks %s.", Count(s.Hosts, "host"), name)
	}
	if s.Unknown > 0 {
		foot += fmt.Sprintf(" Besides, %d %s: what they lack is not known.", s.Unknown, messages.Unknown)
	}
	if len(s.Matches) == 0 {
		p.Printf("%s\n", foot)
		return
	}
	slices.SortFunc(s.Matches, func(a, b query.Match) int {
		return strings.Compare(a.Host+" "+a.Item.Patch, b.Host+" "+b.Item.Patch)
	})
	g := &grid{head: []string{"HOST", "PATCH", "STATE", "LEVEL", "VERSION", "SINCE", "NEXT STEP"}, foot: foot}
	for _, m := range s.Matches {
		g.add(Plain(m.Host), Plain(m.Item.Patch), p.paint().state(m.Item.State), p.paint().level(m.Item.Level),
			Plain(arrow(m.Item.Installed, m.Item.Version)), since(m.Item.Since, now), Plain(OrNone(explain.Next(&m.Item))))
	}
	p.grid(g)
}
