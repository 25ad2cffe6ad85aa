package cli

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/messages"
)

// offline are the arguments that most calls begin with.
var offline = []string{"classify", "--baseline", "testdata/baseline.json"}

func classifyArgs(args ...string) []string { return slices.Concat(offline, args) }

func TestClassifyGolden(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"scan":        classifyArgs("--scan", "testdata/scan.json"),
		"run":         classifyArgs("--scan", "testdata/scan.json", "--run", "testdata/run.json", "--all"),
		"now":         classifyArgs("--scan", "testdata/scan.json", "--now", "2026-11-20T12:00:00Z"),
		"old":         {"classify", "--baseline", "testdata/nothing.json", "--scan", "testdata/scan.json", "--now", "2026-12-24"},
		"override":    classifyArgs("--scan", "testdata/scan.json", "--override", "testdata/override.json"),
		"expired":     classifyArgs("--scan", "testdata/scan.json", "--override", "testdata/override.json", "--now", "2026-12-20"),
		"scan-failed": classifyArgs("--scan", "testdata/scan.json", "testdata/scan-failed.json", "--now", "now"),
		"no-scan":     classifyArgs("--scan", "testdata/scan-failed.json", "--run", "testdata/run.json"),
		"unchanged":   classifyArgs("--scan", "testdata/scan-unchanged.json", "testdata/scan.json", "--now", "now"),
		"builtin":     {"classify", "--baseline", "AWS-UbuntuDefaultPatchBaseline", "--scan", "testdata/scan.json"},
	} {
		t.Run(name, func(t *testing.T) {
			golden.Assert(t, must(t, call(t, args...)), "golden/"+name+".txt")
			golden.Assert(t, must(t, call(t, append(args, "-o", "json")...)), "golden/"+name+".json")
		})
	}
}

// An outcome that nothing can be compared with is not used; whoever reads the table sees it.
func TestClassifyNamesTheOutcomesThatItIgnored(t *testing.T) {
	t.Parallel()
	run := regexp.MustCompile(`"to": "[^"]*"`).ReplaceAllString(readFile(t, "testdata/run.json"), `"to": "1.0-"`)
	got := must(t, callWith(t, run, classifyArgs("--scan", "testdata/scan.json", "--run", "-")...))
	if !regexp.MustCompile(`(?m)^ +ignored: \S+ "1.0-": .+$`).MatchString(got) {
		t.Errorf("nothing is said of them:\n%s", got)
	}
}

func TestClassifyJSONHasAllFieldsOfTheContractInOrder(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		classifyArgs("--scan", "testdata/scan.json"),
		classifyArgs("--run", "testdata/run.json"),
	} {
		text := must(t, call(t, append(args, "-o", "json")...))
		last := -1
		for _, key := range []string{"host", "status", "reasons", "level", "counts", "patches"} {
			i := strings.Index(text, "\n  \""+key+"\": ")
			if i <= last {
				t.Errorf("%s is at %d, after %d: %s", key, i, last, text)
			}
			last = i
		}
		var r struct {
			Reasons, Patches []json.RawMessage
			Counts           map[string]*int
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if r.Reasons == nil || r.Patches == nil || len(r.Counts) != len(messages.States())+3 {
			t.Errorf("%+v", r)
		}
		for _, p := range r.Patches {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(p, &fields); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"patch", "name", "arch", "state", "version", "installed", "level", "classification", "blocked", "reason"} {
				if len(fields[key]) == 0 || string(fields[key]) == "null" {
					t.Errorf("%s is %s in %s", key, fields[key], p)
				}
			}
		}
	}
}

func TestClassifyExitCodes(t *testing.T) {
	t.Parallel()
	scan := []string{"--scan", "testdata/scan.json"}
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"not asked":     {classifyArgs(scan...), exitDone},
		"non-compliant": {classifyArgs(append(scan, "--exit-code")...), exitNonCompliant},
		"unknown":       {classifyArgs("--run", "testdata/run.json", "--exit-code"), exitUnknown},
		"too old":       {append([]string{"classify", "--baseline", "testdata/nothing.json", "--exit-code", "--now", "2026-12-24"}, scan...), exitUnknown},
		"compliant":     {append([]string{"classify", "--baseline", "testdata/nothing.json", "--exit-code"}, scan...), exitDone},
	} {
		if r := call(t, append(c.args, "-o", "json")...); r.code != c.want || !json.Valid([]byte(r.stdout)) {
			t.Errorf("%s: %+v", name, r)
		}
		if r := call(t, c.args...); r.code != c.want || r.stdout == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestClassifyDoesNotDependOnTheOrderOfEvents(t *testing.T) {
	t.Parallel()
	want := must(t, call(t, classifyArgs("--scan", "testdata/scan.json", "testdata/scan-failed.json", "testdata/scan-unchanged.json",
		"--run", "testdata/run.json", "--override", "testdata/override.json", "-o", "json")...))
	got := must(t, call(t, classifyArgs("--override", "testdata/override.json", "--run", "testdata/run.json", "--run=testdata/run.json",
		"--scan", "testdata/scan-unchanged.json", "--scan", "testdata/scan-failed.json", "testdata/scan.json", "-o", "json")...))
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestClassifyReadsMessagePackListsAndStandardInput(t *testing.T) {
	t.Parallel()
	scan := readFile(t, "testdata/scan.json")
	want := must(t, call(t, classifyArgs("--scan", "testdata/scan.json", "--run", "testdata/run.json")...))
	e, err := messages.Decode(messages.KindScan, []byte(scan), messages.Sniff([]byte(scan)))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := messages.Encode(e, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	run := readFile(t, "testdata/run.json")
	for name, got := range map[string]result{
		"MessagePack":     call(t, classifyArgs("--scan", write(t, "scan", string(packed)), "--run", "testdata/run.json")...),
		"a list":          call(t, classifyArgs("--scan", write(t, "scans", "["+scan+","+scan+"]"), "--run", "testdata/run.json")...),
		"several":         call(t, classifyArgs("--scan", "testdata/scan.json", "--run", write(t, "runs", run+run))...),
		"standard input":  callWith(t, run, classifyArgs("--scan", "testdata/scan.json", "--run", "-")...),
		"baseline from -": callWith(t, readFile(t, "testdata/baseline.json"), "classify", "--baseline", "-", "--scan", "testdata/scan.json", "--run", "testdata/run.json"),
	} {
		if must(t, got) != want {
			t.Errorf("%s: %s", name, got.stdout)
		}
	}
}

func TestClassifyTakesNoBaselineOfAnotherSystem(t *testing.T) {
	t.Parallel()
	call(t, "classify", "--baseline", "AWS-DebianDefaultPatchBaseline", "--scan", "testdata/scan.json").
		wants(t, exitFailed, "AWS-DebianDefaultPatchBaseline is for DEBIAN", "UBUNTU", "--baseline")
	other := write(t, "other.json", strings.Replace(readFile(t, "testdata/scan.json"), `"UBUNTU"`, `"FREEBSD"`, 1))
	r := call(t, "classify", "--baseline", "testdata/nothing.json", "--scan", other, "--exit-code")
	if r.code != exitUnknown || !strings.Contains(r.stdout, "unsupported_system") {
		t.Errorf("%+v", r)
	}
}

func TestClassifyChecksTheClockOnlyAgainstNow(t *testing.T) {
	t.Parallel()
	args := classifyArgs("--scan", "testdata/scan.json")
	must(t, call(t, args...))
	call(t, append(args, "--now", "2026-11-20T09:00:00Z")...).wants(t, exitFailed, "testdata/scan.json", "taken_at")
}

func TestClassifyObeysSettings(t *testing.T) {
	t.Parallel()
	later := strings.NewReplacer("2026-11-20T10:00:00Z", "2026-11-20T10:30:00Z", "01KAJ5W0Q4N2", "01KAJ7ZZZZZZ").Replace(readFile(t, "testdata/scan.json"))
	args := classifyArgs("--scan", write(t, "later.json", later), "--run", "testdata/run.json", "-o", "json")
	if got := must(t, call(t, args...)); !strings.Contains(got, `"FAILED": 1`) {
		t.Errorf("by default a failure stands: %s", got)
	}
	got := must(t, call(t, append(args, "--settings", write(t, "s.json", `{"failed_until": "next-scan"}`))...))
	if !strings.Contains(got, `"FAILED": 0`) {
		t.Errorf("next-scan: %s", got)
	}
	call(t, append(args, "--settings", write(t, "s.json", `{"failed_until": "never"}`))...).wants(t, exitFailed, "s.json", "failed_until", "next-scan")
}

func TestWarningsOfABaselineGoToStderr(t *testing.T) {
	t.Parallel()
	text := strings.Replace(readFile(t, "testdata/baseline.json"), `"ApproveAfterDays": 0`, `"ApproveAfterDays": 7`, 1)
	r := call(t, "classify", "--baseline", write(t, "b.json", text), "--scan", "testdata/scan.json", "-o", "json")
	if r.code != 0 || !json.Valid([]byte(r.stdout)) || !strings.Contains(r.stderr, "b.json: ApprovalRules.PatchRules[0].ApproveAfterDays") {
		t.Errorf("%+v", r)
	}
}

func TestClassifyPaintsOnlyForATerminal(t *testing.T) {
	t.Parallel()
	out := &buffer{}
	a := newApp(nil, out, nil)
	a.Colours = true
	if code := a.run(t.Context(), classifyArgs("--scan", "testdata/scan.json")); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if got := out.String(); !strings.Contains(got, "\x1b[31mNON_COMPLIANT\x1b[0m") {
		t.Errorf("%q", got)
	}
	if plain := must(t, call(t, classifyArgs("--scan", "testdata/scan.json")...)); strings.ContainsRune(plain, '\x1b') {
		t.Errorf("paints where there is no terminal: %q", plain)
	}
}

func TestATerminalThatIsNarrowWrapsTheLastColumn(t *testing.T) {
	t.Parallel()
	out := &buffer{}
	a := newApp(nil, out, nil)
	a.Columns = 140
	if code := a.run(t.Context(), classifyArgs("--scan", "testdata/scan.json", "--run", "testdata/run.json")); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for l := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimSuffix(l, "\n"))); n > 140 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
	if !strings.Contains(out.String(), "dpkg --configure -a &&") {
		t.Errorf("%s", out)
	}
}

func TestWhatHostsSayMovesNoCursor(t *testing.T) {
	t.Parallel()
	text := strings.Replace(readFile(t, "testdata/scan-failed.json"), "dpkg was", `\u001b[2J dpkg\n was`, 1)
	got := must(t, call(t, classifyArgs("--scan", write(t, "scan.json", text))...))
	if strings.ContainsRune(got, '\x1b') || !strings.Contains(got, "[2J dpkg was interrupted") {
		t.Errorf("%q", got)
	}
}

func TestClassifyAsksTheServerOfTheEnvironmentForAStoredBaseline(t *testing.T) {
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "baseline", "put", "testdata/baseline.json", "--id", "stored"))
	args := []string{"classify", "--scan", "testdata/scan.json", "--baseline"}
	call(t, append(args, "stored")...).wants(t, exitFailed, "stored: no such file", "--server or NATS_URL")
	t.Setenv("NATS_URL", s.nats)
	if got := must(t, call(t, append(args, "stored", "-o", "json")...)); !containsAll(got, []string{`"web-17.example.org"`, `"id": "stored"`}) {
		t.Error(got)
	}
	call(t, append(args, "stord")...).wants(t, exitFailed, "stord is no file and no built-in one", `no baseline "stord": did you mean stored?`)
	t.Setenv("NATS_URL", "")
	call(t, append(args, "AWS-UbuntuDefaultBaseline")...).wants(t, exitFailed, "did you mean AWS-UbuntuDefaultPatchBaseline?")
	s.stop(t, os.Interrupt)
}

// The golden file has the fields of `aws ssm get-patch-baseline`, in their case, and no list that is null.
func TestABuiltInBaselineIsPrintedAsAWSDoesAndReadBack(t *testing.T) {
	t.Parallel()
	const name = "AWS-UbuntuDefaultPatchBaseline"
	text := must(t, call(t, "baseline", "get", name))
	golden.Assert(t, text, "golden/builtin-baseline.json")
	report := []string{"classify", "--scan", "testdata/scan.json", "-o", "json", "--baseline"}
	if got, want := must(t, callWith(t, text, append(report, "-")...)), must(t, call(t, append(report, name)...)); got != want {
		t.Errorf("classified by what is printed:\n%s\nby the built-in one:\n%s", got, want)
	}
}
