package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/messages"
	machines "github.com/patchstream/patchstream/publisher/host"
)

func example(name string) string { return filepath.Join("..", "..", "..", "docs", "examples", name) }

// checkRun fails the test unless a program's message is a run of the host that the worker takes, with a verdict.
func checkRun(t *testing.T, host, subject, msgID, payload string) *messages.Run {
	t.Helper()
	e, err := messages.Decode(messages.KindRun, []byte(payload), messages.Encoding{ContentType: "application/json"})
	if err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
	if e.HostName() != host || subject != messages.KindRun.Subject(host) || msgID != messages.MsgID(messages.KindRun, host, e.EventID()) {
		t.Errorf("host %s, subject %s, message id %s", e.HostName(), subject, msgID)
	}
	run := e.(*messages.Run)
	if run.Succeeded == nil || *run.Succeeded {
		t.Errorf("succeeded: %v, with exit code %d", run.Succeeded, *run.ExitCode)
	}
	return run
}

// stub puts a program on the path that writes its arguments, one a line and each ended by a zero byte, into a file.
func stub(t *testing.T, name string, code string) (env []string, file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "said")
	script := "#!/bin/sh\nfor a; do printf '%s\\0' \"$a\"; done >>" + file + "\nexit " + code + "\n"
	if err := writeProgram(filepath.Join(dir, name), script); err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH")), file
}

func TestExampleOfNatsPub(t *testing.T) {
	t.Parallel()
	env, file := stub(t, "nats", "0")
	cmd := exec.Command("sh", example("report-run.sh"), "web-1", "play-7", "100", "2026-11-20T10:20:00Z")
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	said := strings.Split(readFile(t, file), "\x00")
	if len(said) != 8 || said[0] != "pub" || said[1] != "-H" || said[2] != "Content-Type:application/json" || said[3] != "-H" {
		t.Fatalf("%q", said)
	}
	id, _ := strings.CutPrefix(said[4], "Nats-Msg-Id:")
	checkMachine(t, checkRun(t, "web-1", said[5], id, said[6]).Machine)
}

// checkMachine fails the test unless an example says of the machine what our own runs do.
func checkMachine(t *testing.T, got string) {
	t.Helper()
	root, err := machines.OpenRoot("/")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if want := root.Machine(); got != want {
		t.Errorf("the machine is %q, want %q", got, want)
	}
}

func TestExampleInPython(t *testing.T) {
	t.Parallel()
	text := readFile(t, example("report_run.py"))
	_, event, _ := strings.Cut(text, `EVENT = json.loads("""`)
	event, _, ok := strings.Cut(event, `""")`)
	if !ok {
		t.Fatal("no event in it")
	}
	const host, id = "web-1", "8f3c1f0e-2b64-4d5c-9c1a-7f0d8a51e3b2"
	checkRun(t, host, "patch.run."+host, "run/"+host+"/"+id, event)
	for _, words := range []string{
		`"patch.run." + EVENT["host"]`, `json.dumps(EVENT).encode()`, `"Content-Type": "application/json"`,
		`"Nats-Msg-Id": "run/" + EVENT["host"] + "/" + EVENT["id"]`, `nc.jetstream().publish(`, `EVENT["machine"] = machine()`,
	} {
		if !strings.Contains(text, words) {
			t.Errorf("it lacks %s", words)
		}
	}
}

func TestExamplesOfEvents(t *testing.T) {
	t.Parallel()
	for file, kind := range map[string]messages.Kind{
		"scan.json": messages.KindScan, "scan-unchanged.json": messages.KindScan, "scan-failed.json": messages.KindScan,
		"run.json": messages.KindRun, "override.json": messages.KindOverride, "recheck.json": messages.KindRecheck,
		"retire.json": messages.KindRetire,
	} {
		e, err := messages.Decode(kind, []byte(readFile(t, example(file))), messages.Encoding{ContentType: "application/json"})
		if err != nil || e.HostName() != host {
			t.Errorf("%s: %+v, %v", file, e, err)
		}
	}
}

var anyTime = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+Z"`)

// shift moves all times in a JSON text.
func shift(text string, by time.Duration) string {
	return anyTime.ReplaceAllStringFunc(text, func(quoted string) string {
		at, err := time.Parse(`"`+time.RFC3339Nano+`"`, quoted)
		if err != nil {
			return quoted
		}
		return at.Add(by).Format(`"` + time.RFC3339Nano + `"`)
	})
}

// The examples of what comes out are what a worker makes of the examples of what goes in.
func TestExamplesOfChanges(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--changes", "json")
	by := time.Since(time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)).Truncate(time.Second)
	must(t, s.ask(t, "baseline", "put", example("baseline.json")))
	must(t, s.ask(t, "baseline", "bind", "--group", "web", "--os", "UBUNTU", "prod-ubuntu"))
	seen := s.follow(t)
	for _, kind := range []string{"scan", "run"} {
		must(t, s.ask(t, "publish", kind, write(t, kind, shift(readFile(t, example(kind+".json")), by))))
		seen.lineWith(t, "openssl.amd64")
	}
	stream, err := s.jetstream(t).Stream(t.Context(), messages.StreamChanges)
	if err != nil {
		t.Fatal(err)
	}
	for file, subject := range map[string]string{"changed.json": messages.ChangedSubject(host), "status.json": messages.StatusSubject(host)} { // of the run
		m, err := stream.GetLastMsgForSubject(t.Context(), subject)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile(`"at":"[^"]*"`).ReplaceAllString(shift(string(m.Data), -by), `"at":"2026-11-20T10:21:19Z"`)
		text = regexp.MustCompile(`"id":"[^"/]*/`).ReplaceAllString(text, `"id":"k3f9a2zq/`)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(text+"\n"), "", "  "); err != nil {
			t.Fatal(err)
		}
		golden.Assert(t, pretty.String(), filepath.Join("..", "..", "..", "..", "docs", "examples", file))
	}
}

// apt reads the hook's file itself; the hook starts the unit and cannot make apt fail.
func TestExampleOfAnAptHook(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs(example("90patchstream"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("apt-config", "dump", "--format", "%v%n", "DPkg::Post-Invoke")
	cmd.Env = append(os.Environ(), "APT_CONFIG="+file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var hook string
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, "patchstream") {
			hook = strings.TrimSpace(l)
		}
	}
	env, said := stub(t, "systemctl", "1")
	cmd = exec.Command("sh", "-c", hook)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil || len(out) != 0 {
		t.Errorf("%q: %v: %s", hook, err, out)
	}
	if got := readFile(t, said); got != "start\x00--no-block\x00patchstream-scan.service\x00" {
		t.Errorf("%q", got)
	}
}

// What the documents and units tell to type is a command, with flags that it has.
func TestDocumentsUseCommandsAndFlagsThatExist(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"runners.md", "security.md", "configuration.md", "for-*.md", "../README.md", "systemd/*.service", "examples/*.cron"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "..", "docs", pattern))
		if err != nil || found == nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	command := regexp.MustCompile(`(?m)^(?:ExecStart=\S*/|[\d*/ ]+ root )?patchstream .*$`)
	root, seen := newApp(nil, nil, nil).rootCommand(), 0
	for _, file := range files {
		for _, l := range command.FindAllString(readFile(t, file), -1) {
			seen++
			words := strings.Fields(l[strings.Index(l, "patchstream "):])
			called, _, err := root.Find(words[1:])
			if err != nil || called == root {
				t.Errorf("%s: %s: %v", file, l, err)
				continue
			}
			for _, w := range words {
				if w == "--" {
					break
				}
				if name, isFlag := strings.CutPrefix(w, "--"); isFlag && called.Flags().Lookup(strings.Split(name, "=")[0]) == nil {
					t.Errorf("%s: %s: no flag --%s", file, l, name)
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d commands found", seen)
	}
	for _, name := range []string{"patch-play.yml", "patch-dnf-play.yml"} {
		for _, m := range regexp.MustCompile(`(?m)^ +- --([a-z-]+)=`).FindAllStringSubmatch(readFile(t, example(name)), -1) {
			if cmd, _, _ := root.Find([]string{"run"}); cmd.Flags().Lookup(m[1]) == nil {
				t.Errorf("%s: no flag --%s", name, m[1])
			}
		}
	}
}

// unitOf reads a unit: section.key to its values. A line that is neither section, key nor comment is an error.
func unitOf(t *testing.T, name string) map[string][]string {
	t.Helper()
	unit, section := make(map[string][]string), ""
	for l := range strings.Lines(readFile(t, filepath.Join("..", "..", "..", "docs", "systemd", name))) {
		l = strings.TrimSpace(l)
		key, value, isKey := strings.Cut(l, "=")
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "[") && strings.HasSuffix(l, "]"):
			section = strings.Trim(l, "[]")
		case isKey && section != "" && !strings.ContainsAny(key, " \t"):
			unit[section+"."+key] = append(unit[section+"."+key], value)
		default:
			t.Errorf("%s: %q", name, l)
		}
	}
	return unit
}

func TestUnitsAreBoundedAndHardened(t *testing.T) {
	t.Parallel()
	hardened := []string{
		"CPUQuota", "MemoryMax", "MemoryHigh", "TasksMax", "NoNewPrivileges", "CapabilityBoundingSet", "PrivateTmp", "PrivateDevices",
		"ProtectHome", "ProtectSystem", "ProtectKernelModules", "RestrictAddressFamilies", "RestrictNamespaces", "SystemCallFilter",
	}
	for _, name := range []string{"patchstream-scan.service", "patchstream-worker.service"} {
		unit := unitOf(t, name)
		for _, key := range hardened {
			if unit["Service."+key] == nil {
				t.Errorf("%s lacks %s", name, key)
			}
		}
		if got := unit["Service.CapabilityBoundingSet"]; len(got) != 1 || got[0] != "" {
			t.Errorf("%s keeps the capabilities %q", name, got)
		}
	}
	if unitOf(t, "patchstream-worker.service")["Service.DynamicUser"] == nil {
		t.Error("the worker has no user of its own")
	}
	timer := unitOf(t, "patchstream-scan.timer")
	for key, want := range map[string]string{"RandomizedDelaySec": "6h", "FixedRandomDelay": "yes", "Persistent": "yes"} {
		if got := timer["Timer."+key]; len(got) != 1 || got[0] != want {
			t.Errorf("the timer's %s is %q", key, got)
		}
	}
}
