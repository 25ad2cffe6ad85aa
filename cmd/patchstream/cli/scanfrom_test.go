package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func dumpPath(system, name string) string {
	return filepath.Join("..", "..", "..", "testdata", system, name)
}

// shifted returns a dump of Windows as if it had been taken a minute ago.
func shifted(t *testing.T, name string) string {
	t.Helper()
	text := []byte(readFile(t, dumpPath("windows", name)))
	var dump any
	if err := json.Unmarshal(text, &dump); err != nil {
		t.Fatal(err)
	}
	taken, err := time.Parse(time.RFC3339, dump.(map[string]any)["TakenAt"].(string))
	if err != nil {
		t.Fatal(err)
	}
	by := time.Since(taken) - time.Minute
	var shift func(v any) any
	shift = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = shift(v[k])
			}
		case []any:
			for i := range v {
				v[i] = shift(v[i])
			}
		case string:
			if at, err := time.Parse(time.RFC3339, v); err == nil {
				return at.Add(by).UTC().Format(time.RFC3339)
			}
		}
		return v
	}
	out, err := json.Marshal(shift(dump))
	if err != nil {
		t.Fatal(err)
	}
	return write(t, name, string(out))
}

func TestAScanOfADumpIsPrinted(t *testing.T) {
	t.Parallel()
	printed := must(t, call(t, "scan", "--from", dumpPath("windows", "server2022.json"), "--print", "--tag", "Patch Group=web"))
	e, err := messages.Decode(messages.KindScan, []byte(printed), messages.Sniff([]byte(printed)))
	if err != nil {
		t.Fatal(err)
	}
	s := e.(*messages.Scan)
	if s.Host != "web-w1.example.org" || s.Tags["Patch Group"] != "web" || s.Hash != messages.ContentHash(s) || len(s.Packages) != 9 {
		t.Errorf("%+v", s)
	}
	if got := must(t, call(t, "scan", "--from", dumpPath("mac", "tahoe"), "--print", "-o", "table", "--host", "mini-1")); !containsAll(got, []string{"mini-1  complete", "7 installed, 3 with another candidate"}) {
		t.Error(got)
	}
	if got := must(t, callWith(t, readFile(t, dumpPath("windows", "reboot.json")), "scan", "--from", "-", "--print", "-o", "table")); !containsAll(got, []string{"2 installed, 0 applicable; of the installed 1 wait for a boot", "wsus.example.org", "required KB5068787"}) {
		t.Error(got)
	}
	r := call(t, "scan", "--from", dumpPath("windows", "failed-search.json"), "--print", "-o", "table")
	if r.code != exitFailed || !strings.Contains(r.stdout, "not complete") || !containsAll(r.stderr, []string{"the scan is not complete", "0x8024402C (WU_E_PT_WINHTTP_NAME_NOT_RESOLVED)"}) {
		t.Errorf("%+v", r)
	}
}

func TestRunsOfADumpArePrintedAsPublishTakesThem(t *testing.T) {
	t.Parallel()
	printed := must(t, call(t, "scan", "--from", dumpPath("windows", "server2022.json"), "--print", "--runs"))
	var runs []json.RawMessage
	if err := json.Unmarshal([]byte(printed), &runs); err != nil || len(runs) != 3 { // that of October is over 30 days old
		t.Fatal(len(runs), err)
	}
	for _, text := range runs {
		if _, err := messages.Decode(messages.KindRun, text, messages.Sniff(text)); err != nil {
			t.Error(err)
		}
	}
	if got := must(t, call(t, "scan", "--from", dumpPath("mac", "tahoe"), "--print", "--runs")); strings.TrimSpace(got) != "[]" {
		t.Error(got)
	}
}

func TestADumpThatCannotBeRead(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(readFile(t, dumpPath("windows", "server2022.json")), `"Operation": 1`, `"Operation": "x"`, 1)
	for name, row := range map[string]struct {
		args  []string
		code  int
		words []string
	}{
		"a field":      {[]string{"--from", write(t, "bad.json", bad)}, exitFailed, []string{"bad.json: History[0].Operation"}},
		"no dump":      {[]string{"--from", write(t, "list.txt", "KB1\n")}, exitFailed, []string{"list.txt is no dump", "docs/windows.md"}},
		"an event":     {[]string{"--from", "testdata/scan.json"}, exitFailed, []string{"testdata/scan.json: Format", "patchstream-wua"}},
		"a directory":  {[]string{"--from", t.TempDir()}, exitFailed, []string{"none of the files of a dump"}},
		"nothing":      {[]string{"--from", "none.json"}, exitFailed, []string{"none.json: no such file"}},
		"a root too":   {[]string{"--from", "x", "--root", "/"}, exitUsage, []string{"--from and --root"}},
		"runs alone":   {[]string{"--runs"}, exitUsage, []string{"--runs goes with --from and --print"}},
		"runs, no dry": {[]string{"--from", "x", "--runs"}, exitUsage, []string{"--runs goes with"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call(t, append([]string{"scan"}, row.args...)...).wants(t, row.code, row.words...)
		})
	}
}

func TestADumpIsPublishedOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	dump, state := shifted(t, "server2022.json"), t.TempDir()
	args := []string{"scan", "--from", dump, "--state", state}
	if got := must(t, s.ask(t, args...)); !containsAll(got, []string{"published 3 runs of web-w1.example.org", "published scan wua-"}) {
		t.Error(got)
	}
	seen := s.follow(t, "--all")
	seen.lineWith(t, "web-w1.example.org", "KB5068787")

	// The next dump has nothing new in its history.
	if got := must(t, s.ask(t, args...)); strings.Contains(got, "runs") || !strings.Contains(got, "published scan wua-") {
		t.Error(got)
	}
	// Where nothing is remembered all goes out again, and changes nothing.
	before := must(t, s.ask(t, "status", "web-w1.example.org", "-o", "json"))
	if got := must(t, s.ask(t, "scan", "--from", dump, "-o", "json")); strings.Count(got, `"kind": "run"`) != 3 || !strings.Contains(got, `"kind": "scan"`) {
		t.Error(got)
	}
	must(t, s.ask(t, "publish", "scan", "testdata/scan-failed.json")) // a later event of another host: when it is there, all were handled
	seen.lineWith(t, "web-1")
	if after := must(t, s.ask(t, "status", "web-w1.example.org", "-o", "json")); revisionIn(t, after) != revisionIn(t, before) {
		t.Errorf("%s, then %s", before, after)
	}
}

func revisionIn(t *testing.T, status string) float64 {
	t.Helper()
	var host struct{ Revision float64 }
	if err := json.Unmarshal([]byte(status), &host); err != nil {
		t.Fatal(err)
	}
	if host.Revision == 0 {
		t.Fatalf("no revision in %s", status)
	}
	return host.Revision
}

func TestADumpWaitsInTheSpool(t *testing.T) {
	t.Parallel()
	spool, state := filepath.Join(t.TempDir(), "spool"), t.TempDir()
	dump := shifted(t, "failed-search.json")
	text := readFile(t, dump)
	withHistory := strings.Replace(text, `"History":[]`, `"History":[{"Date":"`+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)+`","Operation":1,"ResultCode":2,"Title":"KB5066782"}]`, 1)
	if withHistory == text {
		t.Fatal("the dump has another form")
	}
	if err := os.WriteFile(dump, []byte(withHistory), 0o600); err != nil {
		t.Fatal(err)
	}
	r := live(t, "scan", "--from", dump, "--spool", spool, "--state", state, "--timeout", "500ms", "--server", "nats://127.0.0.1:1")
	if r.code != exitFailed || !containsAll(r.stderr, []string{"waits in " + spool, "not complete (sent as such)"}) {
		t.Errorf("%+v", r)
	}
	listed := must(t, live(t, "spool", "list", "--spool", spool))
	if !containsAll(listed, []string{"run", "scan"}) {
		t.Error(listed)
	}
	s := serve(t, t.TempDir())
	if got := must(t, s.ask(t, "spool", "flush", "--spool", spool)); !strings.Contains(got, "2") {
		t.Error(got)
	}
	eventually(t, func() bool {
		return strings.Contains(s.ask(t, "status", "web-w1.example.org").stdout, "0x8024402C")
	}, "both have arrived")
}

func TestSystemsThatAreNotAskedFromHere(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := newApp(nil, &out, &out)
	if _, err := a.scanHere(t.Context(), "windows", "/"); err == nil || !containsAll(err.Error(), []string{"patchstream-wua.ps1", "--from wua.json"}) {
		t.Error(err)
	}
	// Here is no Mac: the first of its tools is missing.
	if _, err := a.scanHere(t.Context(), "darwin", "/"); err == nil || !strings.Contains(err.Error(), "sw_vers") {
		t.Error(err)
	}
	for goos, words := range map[string][]string{"windows": {"history", "scan --from"}, "darwin": {"softwareupdate", "patchstream scan"}} {
		if err := runnable(goos); err == nil || !containsAll(err.Error(), words) {
			t.Errorf("%s: %v", goos, err)
		}
	}
	if err := runnable("linux"); err != nil {
		t.Error(err)
	}
}
