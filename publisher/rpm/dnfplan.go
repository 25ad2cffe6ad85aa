package rpm

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/publisher/host"
)

// dnf --assumeno says what the same command would do, in a table; it has no other form of it. Under headings stand the
// packages, one space from the edge; what is farther from it is a row that was too long, or what a package replaces:
//
//	Upgrading:
//	 curl           x86_64         7.76.1-29.el9               baseos         5.6 k
//	 nginx-with-a-name-that-does-not-fit
//	                x86_64         1:1.22.1-4.module+el9.3.0   appstream      5.8 k
//	Installing:
//	 newtool        x86_64         2.0-1.el9                   baseos         5.7 k
//	     replacing  oldtool.x86_64 1.0-1.el9
//	Skipping packages with broken dependencies:
//	 needs-missing  x86_64         2.0-1.el9                   baseos         5.7 k
//
//	Transaction Summary
//
// dnf5's has the same headings and order of columns, and "0:" before a version without an epoch.

// dnfHeadings are the words with which the table's headings begin, and what stands below them.
var dnfHeadings = []struct {
	words  string
	action host.Action
}{
	{"Installing", host.ActionInstall}, // also dependencies, weak dependencies, groups
	{"Upgrading", host.ActionInstall},
	{"Reinstalling", host.ActionInstall},
	{"Downgrading", host.ActionInstall},
	{"Removing", host.ActionRemove},
	{"Skipping packages", host.ActionKeep},
}

// notPackages are headings below which there are no packages, though they begin like one that has them.
var notPackages = []string{"Installing Groups", "Installing Environment", "Installing group", "Upgrading Groups", "Upgrading group", "Installing module profiles", "Removing Groups", "Removing group:"}

// keptBack is why a manager leaves a package when it says no more.
const keptBack = "kept back: broken dependencies"

// dnfTable is a table that is read, line by line.
type dnfTable struct {
	plan    host.Plan
	action  host.Action // below the heading at hand; empty: no packages
	row     []string
	summary bool // the table has come to its end
}

// parseDnfPlan reads a table. Without one the plan is empty where whole says that there is nothing to do.
func parseDnfPlan(r io.Reader) (p *host.Plan, whole bool, err error) {
	t := &dnfTable{plan: host.Plan{Steps: []host.Step{}}}
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.ToValidUTF8(strings.TrimRightFunc(lines.Text(), unicode.IsSpace), "\uFFFD")
		if strings.HasPrefix(line, "Nothing to do") {
			t.summary = true
		}
		if err := t.line(line); err != nil {
			return nil, false, err
		}
	}
	if err := t.close(); err != nil {
		return nil, false, err
	}
	return &t.plan, t.summary, lines.Err()
}

func (t *dnfTable) line(line string) error {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	words := strings.Fields(line)
	switch {
	case t.summary:
		return nil
	case strings.HasPrefix(line, "Transaction Summary"):
		t.summary = true
		return t.close()
	case strings.HasPrefix(line, "("): // a hint that belongs to the heading
		return nil
	case indent == 0:
		err := t.close()
		t.action = headed(line)
		return err
	case t.action == "":
		return nil
	case indent == 1:
		err := t.close()
		t.row = words
		return err
	case words[0] == "replacing":
		return t.close()
	}
	t.row = append(t.row, words...)
	return nil
}

// headed returns what stands below a heading.
func headed(line string) host.Action {
	for _, words := range notPackages {
		if strings.HasPrefix(line, words) {
			return ""
		}
	}
	for _, h := range dnfHeadings {
		if strings.HasPrefix(line, h.words) && strings.HasSuffix(line, ":") {
			return h.action
		}
	}
	return ""
}

// close takes the row that was begun. One that is no package is an error: it may hide one.
func (t *dnfTable) close() error {
	row := t.row
	t.row = nil
	if len(row) == 0 {
		return nil
	}
	if len(row) < 3 || !legalName(row[0]) || !legalArch(row[1]) || version.ValidRPM(row[2]) != nil {
		return fmt.Errorf("no row of a plan: %.200q", strings.Join(row, " "))
	}
	s := host.Step{Action: t.action, Name: row[0], Arch: row[1], To: canonical(row[2])}
	switch t.action {
	case host.ActionRemove:
		s.From, s.To = s.To, ""
	case host.ActionKeep:
		s.Reason = keptBack
	}
	addStep(&t.plan, s)
	return nil
}

// addStep keeps what the steps of a package come down to: what is installed beside what is removed, as of kernels, counts.
func addStep(p *host.Plan, s host.Step) {
	for i := range p.Steps {
		if old := &p.Steps[i]; old.Name == s.Name && old.Arch == s.Arch {
			if s.Action == host.ActionInstall || old.Action == host.ActionKeep {
				*old = s
			}
			return
		}
	}
	p.Steps = append(p.Steps, s)
}
