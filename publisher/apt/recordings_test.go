package apt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

const runsData = "../../testdata/runs"

// verdict is what a golden file keeps of a recording, once with the plan and once without.
type verdict struct {
	Error    string           `json:"error"`
	Outcomes []recordedResult `json:"outcomes"`
	Removed  []string         `json:"removed,omitempty"`
}

type recordedResult struct {
	Name   string `json:"name"`
	Arch   string `json:"arch"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Result string `json:"result"`
	Stage  string `json:"stage,omitempty"`
	Error  string `json:"error,omitempty"`
}

func TestOutcomesOfEveryRecording(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob(filepath.Join(runsData, "*", "rc.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) != 17 {
		t.Fatalf("%d recordings, want 17", len(dirs))
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			e, source := recording(t, dir)
			with := decided(e)
			e.plan = nil
			without := decided(e)
			got := fmt.Sprintf("{\"plan\": %q,\n%s,\n\"without_plan\": {\n%s}}\n", source, pretty(t, with), pretty(t, without))
			golden := filepath.Join(dir, "outcomes.json")
			if *update {
				write(t, golden, got)
			}
			diff(t, golden, read(t, golden), got)
			if !json.Valid([]byte(got)) {
				t.Error("not JSON")
			}
		})
	}
}

// recording loads one, and says where its plan is from: the lines of apt's history are the plan, of what dpkg was
// started for; of what it was not there is what apt -s says on the recorded host.
func recording(t testing.TB, dir string) (*evidence, string) {
	t.Helper()
	file := func(name string) string { return read(t, filepath.Join(dir, name)) }
	e := &evidence{
		native: "amd64", said: &complaints{},
		before: database(t, file("before.tsv")), after: database(t, file("after.tsv")),
	}
	if _, err := fmt.Sscanf(file("rc.txt"), "rc=%d", &e.code); err != nil {
		t.Fatal(err)
	}
	e.ended = fmt.Sprintf("exit code %d", e.code)
	var err error
	if e.status, err = parseStatus(strings.NewReader(file("status-fd.txt"))); err != nil {
		t.Fatal(err)
	}
	if e.tried, err = parseDpkgLog(strings.NewReader(file("dpkg.log")), e.native); err != nil {
		t.Fatal(err)
	}
	_, _ = e.said.Write([]byte(file("stderr.txt")))
	e.said.end()
	if text, err := os.ReadFile(filepath.Join(dir, "plan.txt")); err == nil {
		if e.plan, err = parsePlan(bytes.NewReader(text), e.native); err != nil {
			t.Fatal(err)
		}
		return e, "plan.txt"
	}
	if e.plan = historyPlan(file("history.log"), file("cmd.txt")); e.plan != nil {
		return e, "history.log"
	}
	return e, ""
}

// database reads "name:arch version abbreviation want status flag", the columns of a recording.
func database(t testing.TB, text string) []installedPackage {
	t.Helper()
	var packages []installedPackage
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 6 {
			t.Fatalf("%d columns in %q", len(f), line)
		}
		p := installedPackage{version: f[1], want: f[3], status: f[4], flag: f[5]}
		p.name, p.arch = cutArch(f[0])
		if p.arch == "all" {
			p.arch, p.all = "amd64", true
		}
		packages = append(packages, p)
	}
	return packages
}

var historyItem = regexp.MustCompile(`([^ ,:]+):([^ ]+) \(([^,)]+)(?:, ([^)]+))?\)`)

// historyPlan makes a plan of the entry of the recorded command itself: "Upgrade: name:arch (from, to), …" and
// "Install: name:arch (version, automatic), …".
func historyPlan(history, command string) *host.Plan {
	var plan *host.Plan
	for entry := range strings.SplitSeq(history, "\n\n") {
		_, line, _ := strings.Cut(entry, "Commandline: ")
		line, _, _ = strings.Cut(line, "\n")
		if line == "" || !strings.Contains(command, "cmd: "+line+"\n") {
			continue
		}
		plan = &host.Plan{}
		for line := range strings.Lines(entry) {
			kind, items, _ := strings.Cut(line, ": ")
			for _, m := range historyItem.FindAllStringSubmatch(items, -1) {
				s := host.Step{Action: host.ActionInstall, Name: m[1], Arch: m[2], From: m[3], To: m[4]}
				switch kind {
				case "Install":
					s.From, s.To = "", m[3]
				case "Upgrade":
				default:
					continue
				}
				plan.Steps = append(plan.Steps, s)
			}
		}
	}
	return plan
}

func decided(e *evidence) verdict {
	outcomes, removed := e.outcomes()
	v := verdict{Error: e.failure(outcomes), Removed: removedOf(removed)}
	for _, o := range outcomes {
		r := recordedResult{Name: o.Name, Arch: o.Arch, From: o.From, Result: string(o.Result), Stage: o.Stage, Error: o.Error}
		if o.To != nil {
			r.To = *o.To
		}
		v.Outcomes = append(v.Outcomes, r)
	}
	return v
}

// pretty has one outcome a line, so that a difference is one of lines.
func pretty(t testing.TB, v verdict) string {
	t.Helper()
	text := func(v any) string {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(b.String())
	}
	lines := make([]string, len(v.Outcomes))
	for i, r := range v.Outcomes {
		lines[i] = "\n" + text(r)
	}
	return fmt.Sprintf("\"error\": %s,\n\"outcomes\": [%s]", text(v.Error), strings.Join(lines, ","))
}

// A package that was touched by the run, and nothing else, has an outcome; its "from" and "to" are those of the
// databases. This is decided apart from the code above, by the recording's own diff.
func TestOutcomesFitTheDatabases(t *testing.T) {
	t.Parallel()
	for _, path := range glob(t, filepath.Join(runsData, "*", "rc.txt")) {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			e, _ := recording(t, dir)
			want := map[string]messages.Result{}
			before := map[string]string{}
			for line := range strings.Lines(read(t, filepath.Join(dir, "before.tsv"))) {
				f := strings.Split(line, "\t")
				before[strings.Replace(f[0], ":all", ":amd64", 1)] = f[1]
			}
			for line := range strings.Lines(read(t, filepath.Join(dir, "after.tsv"))) {
				f := strings.Split(line, "\t")
				id := strings.Replace(f[0], ":all", ":amd64", 1)
				switch {
				case f[2] == "iU " || f[2] == "iF ":
					want[id] = messages.ResultFailed
				case before[id] != f[1]:
					want[id] = messages.ResultInstalled
				}
			}
			got := map[string]messages.Result{}
			outcomes, _ := e.outcomes()
			for _, o := range outcomes {
				id := o.Name + ":" + o.Arch
				if o.From != before[id] {
					t.Errorf("%s was %s before, and the outcome says %s", id, before[id], o.From)
				}
				if _, changed := want[id]; changed {
					got[id] = o.Result
				}
			}
			diff(t, "packages that changed or are not in order", want, got)
		})
	}
}
