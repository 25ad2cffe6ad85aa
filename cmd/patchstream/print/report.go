package print

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// View says how a report is shown. The zero value shows what is not compliant, and no ages.
type View struct {
	Now time.Time // to reckon ages from; zero: they are not known
	All bool      // compliant patches too
}

// Report prints one host: what it is, how old the facts are, and every row that is not compliant.
func (p *Printer) Report(r *classify.Report, v View) {
	p.head(r, v.Now)
	p.conditions("Conditions", query.Conditions(r))
	rest := ""
	if !v.All {
		all := len(r.Patches)
		r = query.Narrowed(r, func(i *classify.Item) bool { return !quiet(i) })
		if hidden := all - len(r.Patches); hidden > 0 {
			rest = fmt.Sprintf("Not shown: %d with nothing to do (--all shows them).", hidden)
		}
	}
	if len(r.Patches) > 0 {
		p.Printf("\n")
		p.items(r)
	}
	if rest != "" {
		p.Printf("\n%s\n", p.paint().dim(rest))
	}
}

// quiet reports whether an item needs nobody's attention.
func quiet(i *classify.Item) bool {
	return i.Reason.Override == nil && (i.State.Compliant() || i.State == messages.NotApplicable)
}

// head prints what is known of a host as a whole.
func (p *Printer) head(r *classify.Report, now time.Time) {
	p.hostLine(r.Host, r.Status, r.Level)
	if r.About.Retired != nil {
		p.Field("retired", Plain(retiredWords(r.About.Retired)))
		return
	}
	if r.Status == messages.Unknown {
		p.Field("because", Plain(strings.Join(r.Reasons, " ")))
	}
	about := &r.About
	if about.OS.System != "" {
		p.Field("system", Plain(systemWords(about.OS)))
	}
	p.Field("patches", countWords(r.Counts))
	p.Field("baseline", Plain(p.baselineLine(r)))
	p.Field("scan", clockAndAge(about.ScanAt, now))
	lists := "security lists"
	if about.Searches() {
		lists = "last search"
	}
	p.Field(lists, listsWords(about, now))
	if !about.ScanFailedAt.IsZero() {
		p.Field("failed scan", p.paint().red(clockAndAge(about.ScanFailedAt, now)))
	}
	if about.LastRun != nil {
		p.Field("last run", Plain(runWords(about.LastRun)))
		for _, ignored := range about.LastRun.Ignored {
			p.Field("", p.paint().yellow(Plain("ignored: "+ignored)))
		}
	}
}

// hostLine prints the name of a host and how it stands, in a line of its own where both have no room in one.
func (p *Printer) hostLine(host string, status messages.HostStatus, level messages.Level) {
	words := p.paint().status(status)
	if level != "" {
		words += "  " + p.paint().level(level)
	}
	between := "  "
	if p.Columns > 0 && text.StringWidthWithoutEscSequences(Plain(host)+between+words) > p.Columns {
		between = "\n  "
	}
	p.Printf("%s%s%s\n", p.paint().bold(Plain(host)), between, words)
}

// conditions prints what stands on a host, since when and why, and what to do next.
func (p *Printer) conditions(title string, all []query.ConditionView) {
	if len(all) > 0 {
		p.Title(title)
	}
	for _, c := range all {
		for i, s := range c.Sentences {
			indent := "  "
			if i > 0 {
				indent = "    "
			}
			p.Printf("%s%s\n", indent, p.wrap(Plain(s), "    "))
		}
		if c.Next != "" {
			p.Printf("    %s\n", p.wrap("next step: "+Plain(c.Next), "      "))
		}
	}
}

func systemWords(os messages.OS) string {
	words := os.System
	if os.Product != "" {
		words = os.Product
	}
	for _, more := range []string{os.Codename, os.Arch} {
		if more != "" {
			words += " " + more
		}
	}
	if os.Kernel != "" {
		words += ", kernel " + os.Kernel
	}
	return words
}

// countWords lists the states that occur, and how grave the non-compliant ones are.
func countWords(c messages.Counts) string {
	var words []string
	for _, s := range messages.States() {
		if n := c[string(s)]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(words) == 0 {
		return "none known"
	}
	line := strings.Join(words, ", ")
	var grave []string
	for _, g := range []struct{ key, word string }{
		{messages.CriticalNonCompliant, "critical"}, {messages.SecurityNonCompliant, "security"}, {messages.OtherNonCompliant, "other"},
	} {
		if n := c[g.key]; n > 0 {
			grave = append(grave, fmt.Sprintf("%d %s", n, g.word))
		}
	}
	if len(grave) > 0 {
		line += "; non-compliant: " + strings.Join(grave, ", ")
	}
	return line
}

func (p *Printer) baselineLine(r *classify.Report) string {
	words := p.baselineWords(r.Baseline)
	if r.Group != "" {
		words += fmt.Sprintf(" (patch group %s)", r.Group)
	}
	return words
}

func listsWords(about *classify.About, now time.Time) string {
	at := about.ListsAt()
	words := clockAndAge(at, now)
	if !at.IsZero() && !about.ScanAt.IsZero() && now.IsZero() {
		words += fmt.Sprintf(", %s old at the scan", age(about.ScanAt.Sub(at)))
	}
	return words
}

func runWords(run *classify.RunFact) string {
	words := fmt.Sprintf("%s: %s %s, %s", Clock(run.At), run.Operation, run.RunID, Count(run.Outcomes, "outcome"))
	words += exitWords(", exit code %d", run.ExitCode, run.Error)
	if run.Error != "" {
		words += ": " + Plain(run.Error)
	}
	return words
}

// Patches prints the patches of a report with their next steps. Where none is left, it says how the host stands.
func (p *Printer) Patches(r *classify.Report) {
	if r.About.Retired != nil {
		p.Printf("%s\n", p.wrap(fmt.Sprintf("%s has no patches: it is %s since %s.", r.Host, p.paint().status(r.Status), Plain(retiredWords(r.About.Retired))), ""))
		return
	}
	if len(r.Patches) == 0 {
		p.Printf("%s has no such patch. It is %s: %s.\n", r.Host, p.paint().status(r.Status), countWords(r.Counts))
		return
	}
	p.items(r)
}

func (p *Printer) items(r *classify.Report) {
	g := &grid{head: []string{"PATCH", "STATE", "MEANING", "LEVEL", "VERSION", "NEXT STEP"}, least: []int{3, 5, 4}}
	noticed := slices.ContainsFunc(r.Patches, func(i classify.Item) bool { return len(i.Reason.Notices) > 0 })
	if noticed {
		g.head, g.least = slices.Insert(g.head, 5, "NOTICE"), []int{3, 6, 5, 4}
	}
	for i := range r.Patches {
		item := &r.Patches[i]
		cells := []string{Plain(item.Patch), p.paint().state(item.State), Plain(meaning(item)), p.paint().level(item.Level),
			Plain(arrow(item.Installed, item.Version)), Plain(OrNone(explain.Next(&r.About.OS, item)))}
		if noticed {
			cells = slices.Insert(cells, 5, Plain(noticeWords(&item.Reason)))
		}
		g.add(cells...)
	}
	var steps []step
	for i := range r.Patches {
		steps = append(steps, step{Plain(r.Patches[i].Patch), explain.Next(&r.About.OS, &r.Patches[i])})
	}
	p.gridAndSteps(g, steps, 3, 6, 4) // the version stays
	if command, n := explain.NextOfAll(&r.About.OS, r.Patches); n > 0 {
		p.Printf("\nAll %d that an upgrade alone mends, in one command:\n  %s\n", n, Plain(command))
	}
}

// meaning is what the words say that the state does not.
func meaning(item *classify.Item) string {
	words := explain.Words(item)
	if strings.EqualFold(words, strings.ReplaceAll(string(item.State), "_", " ")) {
		return none
	}
	return words
}

// step is what to do next about something; what is empty is nothing.
type step struct{ about, what string }

// gridAndSteps prints a table whose last column has the next steps. Where the terminal is too narrow for it they stand below, whole
// and on lines of their own: what is a command can be copied. least are the columns that the rest may do without then.
func (p *Printer) gridAndSteps(g *grid, steps []step, least ...int) {
	last := len(g.head) - 1
	if p.Columns == 0 || g.widthBeforeLast()+g.widest(last) <= p.Columns {
		p.grid(g)
		return
	}
	p.grid(g.without(map[int]bool{last + 1: true}).leaving(least))
	steps = slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return s.what == "" })
	if len(steps) == 0 {
		return
	}
	p.Title("Next steps")
	for _, s := range steps {
		p.Printf("  %s\n", cutMiddle(s.about, p.Columns-len("  ")))
		p.nextStep(s.what, "    ")
	}
}

// nextStep prints what to do. A command stands whole on a line of its own: what is said before it is broken as words are.
func (p *Printer) nextStep(what, indent string) {
	words, command := explain.Command(Plain(what))
	if len(indent)+len(words)+len(command) < p.Columns || command == "" || p.Columns == 0 {
		p.Printf("%s%s\n", indent, p.wrap(words+command, indent))
		return
	}
	if words != "" {
		p.Printf("%s%s\n", indent, p.wrap(strings.TrimSpace(words), indent))
	}
	p.Printf("%s%s\n", indent, command)
}

// noticeWords names the most serious notice behind an item, and how many there are besides.
func noticeWords(r *messages.Reason) string {
	if len(r.Notices) == 0 {
		return OrNone("")
	}
	words := r.Notices[0].ID
	if more := len(r.Notices) - 1 + r.MoreNotices; more > 0 {
		words += fmt.Sprintf(" +%d", more)
	}
	return words
}
