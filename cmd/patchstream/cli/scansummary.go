package cli

import (
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// scanSummary prints of a scan what a person wants to see of it.
func (a *app) scanSummary(s *messages.Scan) {
	verdict := a.paint.green("complete")
	if !s.Complete {
		verdict = a.paint.red("not complete")
	}
	a.printf("%s  %s\n", a.paint.bold(plain(s.Host)), verdict)
	if s.Error != "" {
		a.field("because", a.paint.red(plain(s.Error)))
	}
	a.field("scan", fmt.Sprintf("%s of %s", s.ID, clock(s.TakenAt)))
	a.field("system", plain(systemWords(s.OS)))
	a.field("packages", scanWords(s))
	a.field("booted", clockAndAge(s.BootedAt, s.TakenAt))
	a.field("lists fetched", clockAndAge(s.IndexAt, s.TakenAt))
	if s.RebootRequired != nil && *s.RebootRequired {
		a.field("reboot", a.paint.yellow("required "+plain(strings.Join(s.RebootPackages, " "))))
	}
	if len(s.Origins) == 0 {
		return
	}
	g := &grid{head: []string{"ARCHIVE", "COMPONENT", "SITE", "TRUSTED", "DATE"}}
	for _, o := range s.Origins {
		trusted := "yes"
		if !o.Trusted {
			trusted = a.paint.red("no")
		}
		g.add(plain(orNone(o.Archive)), plain(orNone(o.Component)), plain(orNone(o.Site)), trusted, clockAndAge(o.Date, s.TakenAt))
	}
	a.printf("\n")
	a.grid(g)
}

func scanWords(s *messages.Scan) string {
	installed, behind, held := 0, 0, 0
	for i := range s.Packages {
		p := &s.Packages[i]
		version, ok := p.InstalledVersion()
		if !ok {
			continue
		}
		installed++
		if p.Candidate != "" && p.Candidate != version {
			behind++
		}
		if p.Hold {
			held++
		}
	}
	words := fmt.Sprintf("%d installed, %d with another candidate", installed, behind)
	if held > 0 {
		words += fmt.Sprintf(", %d held", held)
	}
	return words
}
