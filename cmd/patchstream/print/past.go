package print

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// Past prints a host as it stood, and its patches that were not compliant.
func (p *Printer) Past(v *query.PastView) {
	p.hostLine(v.Host, v.Status, v.Level)
	p.Field("as of", Clock(v.At))
	p.Field("last change", fmt.Sprintf("revision %d, %s", v.Revision, Clock(v.ChangedAt)))
	p.Field("patches", countWords(v.Counts))
	p.Field("baseline", Plain(p.baselineWords(v.Baseline)))
	if len(v.Conditions) > 0 {
		p.Field("conditions", Plain(strings.Join(codes(v.Conditions), " ")))
	}
	g := &grid{head: []string{"PATCH", "STATE", "LEVEL", "SINCE", "VERSION"}, least: []int{4}}
	for _, i := range v.Patches {
		if i.State.Compliant() || i.State == messages.NotApplicable {
			continue
		}
		since := none
		if i.Since != nil {
			since = Clock(*i.Since)
		}
		g.add(Plain(i.Patch), p.paint().state(i.State), p.paint().level(messages.Level(OrNone(i.Level))), since, Plain(arrow(i.Installed, i.Version)))
	}
	if len(g.rows) > 0 {
		p.Printf("\n")
		p.grid(g)
	}
}

func codes(conditions []messages.Condition) (codes []string) {
	for _, c := range conditions {
		codes = append(codes, c.Code)
	}
	return codes
}

// PastFleet prints a line for each host as it stood. Of forgotten hosts nothing is kept of that time.
func (p *Printer) PastFleet(list []query.PastView, at time.Time, forgotten int) {
	g := &grid{head: []string{"HOST", "STATUS", "LEVEL", "MISSING", "FAILED", "REBOOT", "BASELINE", "CONDITIONS"}, numbers: []int{4, 5, 6}, least: []int{7, 3}}
	by := make(map[messages.HostStatus]int)
	for i := range list {
		v := &list[i]
		by[v.Status]++
		g.add(Plain(v.Host), p.paint().status(v.Status), p.paint().level(messages.Level(OrNone(v.Level))), p.number(v.Counts[string(messages.Missing)]),
			p.number(v.Counts[string(messages.Failed)]), p.number(v.Counts[string(messages.InstalledPendingReboot)]), Plain(p.baselineWords(v.Baseline)),
			Plain(OrNone(strings.Join(codes(v.Conditions), " "))))
	}
	g.foot = fmt.Sprintf("As of %s: %s: %d %s, %d %s, %d %s.", Clock(at), Count(len(list), "host"), by[messages.NonCompliant], messages.NonCompliant,
		by[messages.Unknown], messages.Unknown, by[messages.Compliant], messages.Compliant)
	if forgotten > 0 {
		g.foot += fmt.Sprintf("\nOf %s the changes of that time are kept no longer.", Count(forgotten, "further host"))
	}
	if len(list) == 0 {
		p.Printf("%s\n", g.foot)
		return
	}
	p.grid(g)
}

// Runs prints a line for each patch run.
func (p *Printer) Runs(list []query.RunEntry) {
	if len(list) == 0 {
		p.Printf("No run changed anything.\n")
		return
	}
	g := &grid{head: []string{"FINISHED", "HOST", "RUN", "RESULT", "INSTALLED", "FAILED", "REMOVED", "SKIPPED", "ERROR"}, numbers: []int{5, 6, 7, 8}, least: []int{8, 7, 3, 5}, cut: []int{2, 3}, leastOfLast: 16}
	failed := 0
	for i := range list {
		r := &list[i]
		result := p.paint().green("well")
		if runFailed(&r.RunSummary) {
			result = p.paint().red("FAILED")
			failed++
		}
		if r.ExitCode != nil && *r.ExitCode != 0 {
			result += exitWords(", exit %d", r.ExitCode, r.Error)
		}
		g.add(Clock(r.FinishedAt), Plain(r.Host), Plain(r.RunID), result, strconv.Itoa(r.Installed), p.number(r.Failed), p.number(r.Removed),
			p.number(r.Skipped+r.NotAttempted), Plain(OrNone(r.Error)))
	}
	g.foot = fmt.Sprintf("%s, %d failed.", Count(len(list), "run"), failed)
	p.grid(g)
}

func runFailed(r *messages.RunSummary) bool {
	return r.Failed > 0 || r.ExitCode != nil && *r.ExitCode != 0 && (r.Succeeded == nil || !*r.Succeeded) || r.Succeeded != nil && !*r.Succeeded
}
