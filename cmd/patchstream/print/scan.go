package print

import (
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// Scan prints of a scan what a person wants to see of it.
func (p *Printer) Scan(s *messages.Scan) {
	verdict := p.paint().green("complete")
	if !s.Complete {
		verdict = p.paint().red("not complete")
	}
	p.Printf("%s  %s\n", p.paint().bold(Plain(s.Host)), verdict)
	if s.Error != "" {
		p.Field("because", p.paint().red(Plain(s.Error)))
	}
	p.Field("scan", fmt.Sprintf("%s of %s", s.ID, Clock(s.TakenAt)))
	p.Field("system", Plain(systemWords(s.OS)))
	p.Field("packages", ScanWords(s))
	p.Field("booted", clockAndAge(s.BootedAt, s.TakenAt))
	p.Field("lists fetched", clockAndAge(s.IndexAt, s.TakenAt))
	if s.RebootRequired != nil && *s.RebootRequired {
		p.Field("reboot", p.paint().yellow("required "+Plain(strings.Join(s.RebootPackages, " "))))
	}
	if len(s.Origins) == 0 {
		return
	}
	g := &grid{head: []string{"ARCHIVE", "COMPONENT", "SITE", "TRUSTED", "DATE"}, cut: []int{3, 1}}
	for _, o := range s.Origins {
		trusted := "yes"
		if !o.Trusted {
			trusted = p.paint().red("no")
		}
		g.add(Plain(OrNone(o.Archive)), Plain(OrNone(o.Component)), Plain(OrNone(o.Site)), trusted, clockAndAge(o.Date, s.TakenAt))
	}
	p.Printf("\n")
	p.grid(g)
}

// ScanWords counts the packages of a scan.
func ScanWords(s *messages.Scan) string {
	if s.OS.System == messages.SystemWindows {
		return kbWords(s)
	}
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

// kbWords counts the KBs of a scan by their states.
func kbWords(s *messages.Scan) string {
	n := make(map[string]int)
	for i := range s.Packages {
		n[s.Packages[i].State]++
	}
	words := fmt.Sprintf("%d installed, %d applicable", n[""]+n["installed"]+n[messages.KBReboot], n[messages.KBApplicable])
	for _, state := range []string{messages.KBHidden, messages.KBSuperseded} {
		if n[state] > 0 {
			words += fmt.Sprintf(", %d %s", n[state], state)
		}
	}
	if n[messages.KBReboot] > 0 {
		words += fmt.Sprintf("; of the installed %d wait for a boot", n[messages.KBReboot])
	}
	return words
}
