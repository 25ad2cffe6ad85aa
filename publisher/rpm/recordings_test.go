package rpm

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

const runsData = testdata + "/runs"

// recording is a run that was recorded, part by part.
type recording map[string]string

func readRecording(t testing.TB, path string) recording {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts, name := recording{}, ""
	for line := range strings.Lines(string(text)) {
		if heading, found := strings.CutPrefix(line, "-- "); found && strings.HasSuffix(line, " --\n") {
			name = strings.TrimSuffix(heading, " --\n")
			continue
		}
		parts[name] += line
	}
	return parts
}

// recordings are all of them, by name.
func recordings(t testing.TB) map[string]recording {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(runsData, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 39 {
		t.Fatalf("%d recordings, want 39", len(paths))
	}
	all := map[string]recording{}
	for _, path := range paths {
		all[strings.TrimSuffix(filepath.Base(path), ".txt")] = readRecording(t, path)
	}
	return all
}

// inventoryOf is a database that has these lines: name, version and architecture, and what else stands behind them.
func inventoryOf(t testing.TB, lines []string) *inventory {
	t.Helper()
	var b strings.Builder
	for _, line := range lines {
		at := "1700000000"
		if again, found := strings.CutSuffix(line, "\tagain"); found {
			line, at = again, "1700000001"
		}
		fmt.Fprintf(&b, "%s\t%s\t1600000000\tx.src.rpm\tVendor\t(none)\n", line, at)
	}
	i, err := parseInventory(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// changed applies lines that begin with -, + or, for a package that was installed again, !.
func changed(lines []string, changes string) []string {
	lines = slices.Clone(lines)
	for change := range strings.Lines(changes) {
		sign, line, found := strings.Cut(strings.TrimSuffix(change, "\n"), " ")
		if !found {
			continue
		}
		if sign != "+" {
			lines = slices.DeleteFunc(lines, func(l string) bool { return l == line })
		}
		switch sign {
		case "+":
			lines = append(lines, line)
		case "!":
			lines = append(lines, line+"\tagain")
		}
	}
	return lines
}

// evidence is what there is to decide a recording by.
func (r recording) evidence(t testing.TB) *evidence {
	t.Helper()
	base, err := os.ReadFile(filepath.Join(runsData, "before.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	before := changed(strings.Split(strings.TrimSpace(string(base)), "\n"), r["before"])
	code, err := strconv.Atoi(strings.TrimSpace(r["exit"]))
	if err != nil {
		t.Fatal(err)
	}
	e := &evidence{
		before: inventoryOf(t, before), after: inventoryOf(t, changed(before, r["after"])), said: &heard{}, foretold: &heard{},
		sideBySide: map[string]bool{"kernel-core": true}, code: code, ended: fmt.Sprintf("exit code %d", code),
		unplanned: r.unplanned(t),
	}
	zypper := strings.Contains(r["command"], "zypper")
	e.good = goodCode(zypper, code)
	whole := false
	if zypper {
		e.plan, whole, err = parseZypperPlan(strings.NewReader(r["plan"]), e.foretold)
	} else {
		_, _ = e.foretold.Write([]byte(r["plan"]))
		e.foretold.end()
		e.plan, whole, err = parseDnfPlan(strings.NewReader(r["plan"]))
	}
	if err != nil {
		t.Fatal(err)
	}
	if !whole {
		e.plan = nil
	}
	for _, source := range []string{"dnf.rpm.log", "dnf5.log", "zypp.history", "stderr"} {
		_, _ = e.said.Write([]byte(r[source]))
		e.said.end()
	}
	if e.unmet, err = parseUnmet(strings.NewReader(r["verify"])); err != nil {
		t.Fatal(err)
	}
	return e
}

func (r recording) unplanned(t testing.TB) unplanned {
	t.Helper()
	u := unplanned{candidates: map[nameArch]string{}, barred: map[nameArch]bar{}}
	for line := range strings.Lines(r["offers"]) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		n, ok := parseNEVRA(strings.TrimSuffix(f[1], filepath.Ext(f[1])) + "-" + f[2] + filepath.Ext(f[1]))
		if !ok {
			t.Fatalf("no offer: %q", line)
		}
		switch f[0] {
		case "candidate":
			u.candidates[n.nameArch] = n.evr
		case "held":
			u.barred[n.nameArch] = bar{n.evr, reasonHeld}
		case "excluded":
			u.barred[n.nameArch] = bar{n.evr, reasonExcluded}
		}
	}
	return u
}

// told is a run as a recording's want has it: the reasons apart.
func told(e *evidence) (lines, reasons []string) {
	run := &messages.Run{}
	run.Outcomes, run.Removed = e.outcomes()
	run.Error = e.failure(run.Outcomes)
	run.Succeeded = host.Succeeded(run, e.good)
	for _, o := range run.Outcomes {
		to := "-"
		if o.To != nil {
			to = *o.To
		}
		line := fmt.Sprintf("%s %s.%s %s %s %s", o.Result, o.Name, o.Arch, orDash(o.From), to, orDash(o.Stage))
		lines, reasons = append(lines, line), append(reasons, o.Error)
	}
	for _, r := range run.Removed {
		lines, reasons = append(lines, fmt.Sprintf("removed %s.%s %s", r.Name, r.Arch, r.From)), append(reasons, "")
	}
	if run.Error != "" {
		lines, reasons = append(lines, "error"), append(reasons, run.Error)
	}
	verdict := "not succeeded"
	if *run.Succeeded {
		verdict = "succeeded"
	}
	return append(lines, verdict), append(reasons, "")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// What became of each package was written down by hand, from what the databases and rpm's own verification say. An error
// must have the words that stand there, and there must be one where words stand there, and none elsewhere.
func TestOutcomesOfEveryRecording(t *testing.T) {
	t.Parallel()
	for name, r := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			lines, reasons := told(r.evidence(t))
			for i, want := range strings.Split(strings.TrimSpace(r["want"]), "\n") {
				if i == len(lines) {
					t.Fatalf("nothing is told of %q and what follows", want)
				}
				line, words, _ := strings.Cut(want, " | ")
				if text, found := strings.CutPrefix(line, "error "); found {
					line, words = "error", text
				}
				diff(t, "outcome", line, lines[i])
				if !strings.Contains(reasons[i], words) || words == "" && reasons[i] != "" {
					t.Errorf("the reason of %q is %q, want %q", line, reasons[i], words)
				}
			}
			if n := len(strings.Split(strings.TrimSpace(r["want"]), "\n")); n < len(lines) {
				t.Errorf("too much: %q %q", lines[n:], reasons[n:])
			}
		})
	}
}
