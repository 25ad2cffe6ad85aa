package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// view says how a report is shown.
type view struct {
	now  time.Time // to reckon ages from; zero: they are not known
	all  bool      // compliant patches too
	fits func(*classify.Item) bool
}

// report prints one host: what it is, how old the facts are, and every row that is not compliant.
func (a *app) report(r *classify.Report, v view) {
	a.head(r, v.now)
	fits, rest := v.fits, ""
	if fits == nil && !v.all {
		fits = func(i *classify.Item) bool { return !quiet(i) }
		if hidden := len(r.Patches) - len(narrowed(r, fits).Patches); hidden > 0 {
			rest = fmt.Sprintf("Not shown: %d with nothing to do (--all shows them).", hidden)
		}
	}
	if fits != nil {
		r = narrowed(r, fits)
	}
	if len(r.Patches) > 0 {
		a.printf("\n")
		a.items(r.Patches)
	}
	if rest != "" {
		a.printf("\n%s\n", a.paint.dim(rest))
	}
}

// quiet reports whether an item needs nobody's attention.
func quiet(i *classify.Item) bool {
	return i.Reason.Override == nil && (i.State.Compliant() || i.State == messages.NotApplicable)
}

// head prints what is known of a host as a whole.
func (a *app) head(r *classify.Report, now time.Time) {
	a.printf("%s  %s", a.paint.bold(plain(r.Host)), a.paint.status(r.Status))
	if r.Level != "" {
		a.printf("  %s", a.paint.level(r.Level))
	}
	a.printf("\n")
	for _, reason := range r.Reasons {
		a.field("because", fmt.Sprintf("%s: %s", reason, reasonWords(reason)))
	}
	about := &r.About
	if about.OS.System != "" {
		a.field("system", plain(systemWords(about.OS)))
	}
	a.field("patches", countWords(r.Counts))
	a.field("baseline", plain(baselineLine(r)))
	a.field("scan", clockAndAge(about.ScanAt, now))
	a.field("security lists", listsWords(about, now))
	if !about.ScanFailedAt.IsZero() {
		a.field("last error", a.paint.red(fmt.Sprintf("%s: scan failed: %s", clock(about.ScanFailedAt), plain(about.ScanError))))
	}
	if about.LastRun != nil {
		a.field("last run", plain(runWords(about.LastRun)))
		for _, ignored := range about.LastRun.Ignored {
			a.field("", a.paint.yellow(plain("ignored: "+ignored)))
		}
	}
	if about.RebootRequired {
		a.field("reboot", a.paint.yellow("the host says it needs one"))
	}
}

func (a *app) field(name, text string) { a.printf("  %-16s%s\n", name, text) }

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

func baselineLine(r *classify.Report) string {
	words := baselineWords(r.Baseline)
	if r.Group != "" {
		words += fmt.Sprintf(" (patch group %s)", r.Group)
	}
	return words
}

func listsWords(about *classify.About, now time.Time) string {
	words := clockAndAge(about.SecurityListsAt, now)
	if !about.SecurityListsAt.IsZero() && !about.ScanAt.IsZero() && now.IsZero() {
		words += fmt.Sprintf(", %s old at the scan", age(about.ScanAt.Sub(about.SecurityListsAt)))
	}
	return words
}

func runWords(run *classify.RunFact) string {
	words := fmt.Sprintf("%s: %s %s, %s", clock(run.At), run.Operation, run.RunID, count(run.Outcomes, "outcome"))
	if run.ExitCode != nil {
		words += fmt.Sprintf(", exit code %d", *run.ExitCode)
	}
	if run.Error != "" {
		words += ": " + plain(run.Error)
	}
	return words
}

// items prints patches with their next step.
func (a *app) items(items []classify.Item) {
	g := &grid{head: []string{"PATCH", "STATE", "MEANING", "LEVEL", "VERSION", "NEXT STEP"}}
	for i := range items {
		item := &items[i]
		g.add(plain(item.Patch), a.paint.state(item.State), plain(explain.Words(item)), a.paint.level(item.Level),
			plain(arrow(item.Installed, item.Version)), plain(orNone(explain.Next(item))))
	}
	a.grid(g)
}
