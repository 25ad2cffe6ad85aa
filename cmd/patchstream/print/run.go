package print

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// RunWords counts what became of the packages in a run.
func RunWords(run *messages.Run) string {
	counts := make(map[messages.Result]int)
	for i := range run.Outcomes {
		counts[run.Outcomes[i].Result]++
	}
	words := verdict(run, counts[messages.ResultFailed]) + fmt.Sprintf("%d installed, %d failed", counts[messages.ResultInstalled], counts[messages.ResultFailed])
	if n := len(run.Removed); n > 0 {
		words += fmt.Sprintf(", %d removed", n)
	}
	if n := counts[messages.ResultSkipped]; n > 0 {
		words += fmt.Sprintf(", %d skipped", n)
	}
	if n := counts[messages.ResultNotAttempted]; n > 0 {
		words += fmt.Sprintf(", %d not attempted", n)
	}
	if run.Error != "" {
		words += ": " + Plain(run.Error)
	}
	return words
}

// verdict says first that a run failed as a whole, which the count of failed packages does not show.
func verdict(run *messages.Run, failed int) string {
	switch {
	case run.ExitCode != nil && *run.ExitCode != 0:
		return "FAILED" + exitWords(" with exit code %d", run.ExitCode, run.Error) + ": "
	case failed == 0 && run.Succeeded != nil && !*run.Succeeded:
		return "FAILED: "
	}
	return ""
}

// exitWords says the exit code of a run, and nothing where the run's error says it: "the command ended with exit code 100".
func exitWords(format string, code *int, why string) string {
	if code == nil {
		return ""
	}
	if said, _ := regexp.MatchString(fmt.Sprintf(`\bexit code %d\b`, *code), why); said {
		return ""
	}
	return fmt.Sprintf(format, *code)
}

// maxRunRows bounds the table of a run: a held release upgrade has thousands.
const maxRunRows = 100

// Run prints to stderr what became of packages in a run, save those that were simply installed: what has failed first,
// and what was removed.
func (p *Printer) Run(run *messages.Run) {
	g := &grid{head: []string{"PACKAGE", "VERSION", "RESULT", "REASON"}, least: []int{2}}
	order := []messages.Result{messages.ResultFailed, messages.ResultInstalled, messages.ResultNotAttempted, messages.ResultSkipped}
	outcomes := slices.DeleteFunc(slices.Clone(run.Outcomes), func(o messages.Outcome) bool {
		return o.Result == messages.ResultInstalled && o.Error == ""
	})
	slices.SortStableFunc(outcomes, func(a, b messages.Outcome) int {
		return cmp.Compare(slices.Index(order, a.Result), slices.Index(order, b.Result))
	})
	for _, o := range outcomes {
		g.add(Plain(o.Name+"."+o.Arch), Plain(versions(o)), Plain(resultWords(o)), Plain(OrNone(o.Error)))
	}
	for _, r := range run.Removed {
		result := "removed"
		if r.Purged {
			result = "purged"
		}
		g.add(Plain(r.Name+"."+r.Arch), Plain(OrNone(r.From)), result, OrNone(""))
	}
	if len(g.rows) == 0 {
		return
	}
	if more := len(g.rows) - maxRunRows; more > 0 {
		g.rows, g.foot = g.rows[:maxRunRows], fmt.Sprintf("and %d more", more)
	}
	New(p.stderr, p.stderr).grid(g)
}

func versions(o messages.Outcome) string {
	if o.To == nil {
		return OrNone(o.From)
	}
	return arrow(o.From, *o.To)
}

func resultWords(o messages.Outcome) string {
	words := strings.ReplaceAll(string(o.Result), "_", " ")
	if o.Stage != "" {
		words += " (" + o.Stage + ")"
	}
	return words
}
