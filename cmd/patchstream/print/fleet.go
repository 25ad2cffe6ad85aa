package print

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// Fleet prints a line for each host that fits, in their order.
func (p *Printer) Fleet(s *query.Survey, now time.Time) {
	if s.Hosts == 0 && s.Retired > 0 {
		p.Printf("Every host is retired: \"patchstream host list\" lists them.\n")
		return
	}
	if s.Hosts == 0 {
		p.Printf("No host has said anything yet: \"patchstream scan\" on a host sends its first scan.\n")
		return
	}
	if len(s.Rows) == 0 {
		p.Printf("No host is like that (of %s).\n", Count(s.Hosts, "host"))
		return
	}
	g := &grid{
		head:    []string{"HOST", "STATUS", "LEVEL", "MISSING", "FAILED", "REBOOT", "REJECTED", "SCAN", "LISTS", "BASELINE", "CONDITIONS"},
		numbers: []int{4, 5, 6, 7, 8, 9},
		least:   []int{10, 9, 7, 6, 3, 8},
	}
	available := slices.ContainsFunc(s.Rows, func(r query.Row) bool { return r.Available > 0 })
	if available { // Windows alone has them
		g.head = slices.Insert(g.head, availableColumn, "AVAILABLE")
		g.numbers, g.least = []int{4, 5, 6, 7, 8, 9, 10}, []int{11, 10, 8, 7, 6, 3, 9}
	}
	for _, r := range s.Rows {
		cells := []string{
			Plain(r.Host), p.paint().status(r.Status), p.paint().level(messages.Level(OrNone(r.Level))),
			p.number(r.Missing), p.number(r.Failed), p.number(r.Pending), p.number(r.Rejected),
			since(r.ScanAt, now), since(r.ListsAt, now), Plain(p.baselineWords(r.Baseline) + outdated(r)), Plain(OrNone(strings.Join(r.Conditions, " "))),
		}
		if available {
			cells = slices.Insert(cells, availableColumn, p.number(r.Available))
		}
		g.add(cells...)
	}
	g.foot = totals(s)
	p.grid(g)
}

// outdated marks a host that is judged by another baseline than applies by now.
func outdated(r query.Row) string {
	if r.Outdated {
		return " *"
	}
	return ""
}

// availableColumn is where AVAILABLE stands, behind REJECTED.
const availableColumn = 7

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
		sum.Available += r.Available
	}
	of := Count(len(s.Rows), "host")
	if len(s.Rows) != s.Hosts {
		of = fmt.Sprintf("%d of %s", len(s.Rows), Count(s.Hosts, "host"))
	}
	return fmt.Sprintf("%s: %d %s, %d %s, %d %s. Patches: %d missing, %d failed, %d waiting for a reboot, %d rejected%s.%s", of,
		by[messages.NonCompliant], messages.NonCompliant, by[messages.Unknown], messages.Unknown, by[messages.Compliant], messages.Compliant,
		sum.Missing, sum.Failed, sum.Pending, sum.Rejected, availableWords(sum.Available), conditionTotals(s.Rows)+outdatedTotal(s.Rows))
}

func availableWords(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %s not approved", Count(n, "available security update"))
}

// conditionTotals says on how many hosts each condition stands.
func conditionTotals(rows []query.Row) string {
	on := make(map[string]int)
	for _, r := range rows {
		for _, code := range r.Conditions {
			on[code]++
		}
	}
	var words []string
	for _, code := range classify.Conditions() {
		if on[code] > 0 {
			words = append(words, fmt.Sprintf("%d %s", on[code], code))
		}
	}
	if words == nil {
		return ""
	}
	return "\nConditions: " + strings.Join(words, ", ") + "."
}

// outdatedTotal says on how many hosts a decision has not acted yet.
func outdatedTotal(rows []query.Row) string {
	n := 0
	for _, r := range rows {
		if r.Outdated {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("\n* %s judged by another baseline than applies by now: \"patchstream recheck --outdated\", or wait for the next event.", are(n))
}

func are(n int) string {
	if n == 1 {
		return "1 host is"
	}
	return fmt.Sprintf("%d hosts are", n)
}

// Matches prints a line for each host that lacks a package, in the order given.
func (p *Printer) Matches(s *query.Survey, now time.Time) {
	name := s.Question.Missing
	if s.Known == 0 && s.Asked > 0 {
		p.Warn("no host knows a patch %q: check the name", name)
	}
	asked := Count(s.Asked, "host")
	if s.Question.Conditions != nil {
		asked += " with " + strings.Join(s.Question.Conditions, " or ")
	}
	foot := fmt.Sprintf("%d of %s lack %s.", len(s.Rows), asked, name)
	switch len(s.Rows) {
	case 0:
		foot = fmt.Sprintf("No host lacks %s (of %s).", name, asked)
	case 1:
		foot = fmt.Sprintf("1 of %s lacks %s.", asked, name)
	}
	if s.Unknown > 0 {
		foot += fmt.Sprintf(" Besides, %d %s: what they lack is not known.", s.Unknown, messages.Unknown)
	}
	if len(s.Matches) == 0 {
		p.Printf("%s\n", foot)
		return
	}
	g := &grid{head: []string{"HOST", "PATCH", "STATE", "LEVEL", "VERSION", "SINCE", "NEXT STEP"}, foot: foot, cut: []int{1, 2}}
	var steps []step
	for _, m := range s.Matches {
		steps = append(steps, step{Plain(m.Host) + "  " + Plain(m.Item.Patch), explain.Next(&m.OS, &m.Item)})
		g.add(Plain(m.Host), Plain(m.Item.Patch), p.paint().state(m.Item.State), p.paint().level(m.Item.Level),
			Plain(arrow(m.Item.Installed, m.Item.Version)), since(m.Item.Since, now), Plain(OrNone(explain.Next(&m.OS, &m.Item))))
	}
	p.gridAndSteps(g, steps, 6, 4)
}
