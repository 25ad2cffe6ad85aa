package print

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// The columns of a gist, which is for 100 columns wherever it goes.
var gistWidths = changeWidths{host: 6, patch: 26, fromTo: 36, version: 22}

const (
	productWidth = 18
	statusWidth  = len(messages.NonCompliant)
)

// Chapter prints the heading of a part of a story, after an empty line where it is not the first.
func (p *Printer) Chapter(number int, title string) {
	if number > 1 {
		p.Printf("\n")
	}
	p.Printf("%s\n", p.paint().bold(p.wrap(fmt.Sprintf("%d. %s", number, title), "   ")))
}

// FirstSeen prints the first change of a host in one line.
func (p *Printer) FirstSeen(m *messages.Changed, product string) {
	var what []string
	for _, s := range []struct {
		state messages.State
		words string
	}{
		{messages.Missing, "missing"}, {messages.Failed, "failed"}, {messages.InstalledRejected, "rejected"},
		{messages.AvailableSecurityUpdate, "available (not approved)"},
	} {
		if n := m.Counts[string(s.state)]; n > 0 {
			what = append(what, fmt.Sprintf("%d %s", n, s.words))
		}
	}
	inOrder := 0
	for i := range m.Transitions {
		if m.Transitions[i].State.Compliant() {
			inOrder++
		}
	}
	if inOrder > 0 {
		what = append(what, fmt.Sprintf("%d in order", inOrder))
	}
	for _, c := range m.Conditions {
		what = append(what, Plain(c.Code))
	}
	line := "  " + fill(p.paint().bold(Plain(m.Host)), gistWidths.host) + "  " + fill(Plain(product), productWidth) + "  " + fill(p.paint().status(m.Status.To), statusWidth) + "  "
	p.Printf("%s%s\n", line, p.wrap(strings.Join(what, ", "), strings.Repeat(" ", text.StringWidthWithoutEscSequences(line))))
}

// Gist prints of a change the transitions that matter most, and how many there are besides.
func (p *Printer) Gist(m *messages.Changed, most int) {
	all := slices.Clone(m.Transitions)
	slices.SortStableFunc(all, func(a, b messages.Transition) int { return cmp.Compare(matters(&a), matters(&b)) })
	shown := 0
	for i := range all {
		if shown == most || matters(&all[i]) == notAtAll {
			break
		}
		l := p.transition(&all[i])
		l.patch = Plain(all[i].Name)
		p.gistLine(m, l)
		shown++
	}
	rest := ""
	if n := len(all) - shown; n > 0 {
		rest = fmt.Sprintf("and %d more", n)
	}
	switch {
	case m.Status.From != m.Status.To || m.ConditionsFrom != nil:
		l := p.statusChange(m)
		l.patch = cmp.Or(rest, l.patch)
		p.gistLine(m, l)
	case rest != "" && shown > 0:
		p.gistLine(m, changeLine{patch: rest})
	}
}

func (p *Printer) gistLine(m *messages.Changed, l changeLine) {
	w := gistWidths
	narrow := p.Columns > 0 && p.Columns < w.host+w.patch+w.fromTo+w.version+4*gap
	row := func(host, patch, fromTo, last string) {
		if narrow {
			last = ""
		}
		line := "  " + fill(host, w.host) + "  " + fill(cutMiddle(patch, w.patch), w.patch) + "  " + fill(fromTo, w.fromTo) + "  " + cutMiddle(last, w.version)
		p.Printf("%s\n", strings.TrimRight(line, " "))
	}
	last := l.version
	if len(l.conditions) > 0 {
		last = l.conditions[0]
	}
	first := 1
	if narrow && len(l.conditions) > 0 {
		last, first = "", 0
	}
	row(p.paint().bold(Plain(m.Host)), l.patch, l.fromTo, last)
	for _, c := range l.conditions[min(first, len(l.conditions)):] {
		if narrow {
			row("", "", c, "")
			continue
		}
		row("", "", "", c)
	}
}

const notAtAll = 9

// matters orders transitions: what went wrong, what was mended, what waits, what is in order now.
func matters(t *messages.Transition) int {
	switch {
	case t.Reason.Override == nil && t.From == t.State:
		return notAtAll // its reason alone is another
	case t.Reason.Override != nil, t.State == messages.Failed:
		return 0
	case t.From == messages.Failed:
		return 1
	case t.State == messages.InstalledPendingReboot:
		return 2
	case t.From == messages.InstalledPendingReboot:
		return 3
	case t.State == messages.Installed && t.Level == messages.Critical:
		return 4
	case t.From.NonCompliant(), t.State.NonCompliant():
		return 5
	}
	return notAtAll
}

// Glance prints a line for each host in no more than 100 columns, and what they are together.
func (p *Printer) Glance(s *query.Survey) {
	g := &grid{head: []string{"HOST", "STATUS", "LEVEL", "MISSING", "FAILED", "REBOOT", "CONDITIONS"}, numbers: []int{4, 5, 6}}
	for _, r := range s.Rows {
		g.add(Plain(r.Host), p.paint().status(r.Status), p.paint().level(messages.Level(OrNone(r.Level))), p.number(r.Missing), p.number(r.Failed),
			p.number(r.Pending), Plain(OrNone(strings.Join(r.Conditions, " "))))
	}
	p.grid(g)
}
