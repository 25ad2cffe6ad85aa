package print

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// FleetPatches prints a line for each patch that hosts of the fleet have.
func (p *Printer) FleetPatches(list []query.FleetPatch, total int, now time.Time) {
	if len(list) == 0 {
		p.Printf("No host has such a patch.\n")
		return
	}
	g := &grid{head: []string{"PATCH", "LEVEL", "HOSTS", "STATES", "OLDEST", "VERSIONS", "NOTICES"}, numbers: []int{3, 5}, least: []int{7, 6, 5}}
	for i := range list {
		f := &list[i]
		oldest := none
		if f.Oldest != nil {
			oldest = age(now.Sub(*f.Oldest))
		}
		g.add(Plain(f.Patch), p.paint().level(f.Level), strconv.Itoa(f.Hosts), p.statesWords(f.States), oldest,
			Plain(some(slices.Sorted(maps.Keys(f.Versions)), 2)), Plain(some(f.Notices, 2)))
	}
	if total > len(list) {
		g.foot = fmt.Sprintf("%d of %d patches.", len(list), total)
	}
	p.grid(g)
}

// statesWords says how many hosts have a patch in which state.
func (p *Printer) statesWords(on map[messages.State]int) string {
	var words []string
	for _, s := range messages.States() {
		if on[s] > 0 {
			words = append(words, fmt.Sprintf("%d %s", on[s], p.paint().state(s)))
		}
	}
	return strings.Join(words, ", ")
}

// some names the first of many.
func some(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s +%d", strings.Join(names[:most], " "), len(names)-most)
	}
	return OrNone(strings.Join(names, " "))
}

// Preview prints what a baseline would change.
func (p *Printer) Preview(v *query.PreviewView) {
	if v.Hosts == 0 {
		p.Printf("It would judge no host.\n")
		return
	}
	p.Printf("It would judge %s, and change %d; nothing was stored.\n", Count(v.Hosts, "host"), len(v.Changed))
	p.Moves(v.Status, v.Transitions)
	if len(v.Changed) == 0 {
		return
	}
	p.Printf("\n")
	g := &grid{head: []string{"HOST", "STATUS", "PATCHES", "SUCH AS"}, numbers: []int{3}, least: []int{4}}
	for _, c := range v.Changed {
		such := none
		if at := worst(c.Transitions); at >= 0 {
			t := c.Transitions[at]
			such = fmt.Sprintf("%s %s", t.Patch, arrow(string(t.From), cmp.Or(string(t.To), "none")))
		}
		status := p.paint().status(c.To)
		if c.From != c.To {
			status = fmt.Sprintf("%s → %s", c.From, status)
		}
		g.add(Plain(c.Host), status, strconv.Itoa(len(c.Transitions)), Plain(such))
	}
	p.grid(g)
}

// worst is the place of the transition that an operator wants to see first; -1: there is none.
func worst(all []query.PreviewTransition) int {
	if at := slices.IndexFunc(all, func(t query.PreviewTransition) bool { return t.To.NonCompliant() }); at >= 0 {
		return at
	}
	return min(len(all), 1) - 1
}

// Moves prints how many hosts and how many patches went from what to what, both by "FROM > TO".
func (p *Printer) Moves(hosts, patches map[string]int) {
	for _, of := range []struct {
		one, many string
		n         map[string]int
	}{{"host", "hosts", hosts}, {"patch", "patches", patches}} {
		for _, move := range slices.Sorted(maps.Keys(of.n)) {
			noun := of.many
			if of.n[move] == 1 {
				noun = of.one
			}
			p.Printf("  %d %s %s\n", of.n[move], noun, strings.ReplaceAll(move, ">", "→"))
		}
	}
}

// NeverHeard prints the hosts that never spoke.
func (p *Printer) NeverHeard(list []query.NeverHeard) {
	if len(list) == 0 {
		p.Printf("Every host that was put into a group has spoken.\n")
		return
	}
	g := &grid{head: []string{"HOST", "GROUP"}, foot: Count(len(list), "host") + " never spoke."}
	for _, h := range list {
		g.add(Plain(h.Host), Plain(h.Group))
	}
	p.grid(g)
}
