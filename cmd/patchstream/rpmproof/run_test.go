//go:build linux

package rpmproof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/spool"
)

// nowhere is a server that is not there: what is reported waits in the spool.
const nowhere = "nats://127.0.0.1:1"

// baseline approves what security notices call critical or important.
const baseline = `{"BaselineId":"proof","Name":"proof","OperatingSystem":"%s","ApprovalRules":{"PatchRules":[{"ApproveAfterDays":0,
"PatchFilterGroup":{"PatchFilters":[{"Key":"CLASSIFICATION","Values":["Security"]},{"Key":"SEVERITY","Values":["Critical","Important"]}]}}]}}`

// failing is a host whose repository acme is enabled: its packages fail in every way.
func (f *flavour) failing(t *testing.T, manager string) *host {
	t.Helper()
	h := f.host(t)
	text, err := os.ReadFile(h.path("etc/yum.repos.d/acme.repo"))
	if err != nil {
		t.Fatal(err)
	}
	h.write("etc/yum.repos.d/acme.repo", strings.Replace(string(text), "enabled=0", "enabled=1", 1))
	h.do([]string{manager, "-q", "makecache"})
	return h
}

// patched is what came of a run of the program on a host.
type patched struct {
	h      *host
	before string // the scan before, a file
	system string // that it is of
	code   int
	events []spool.Event
	run    *messages.Run
}

// patching starts `patchstream run` with a command on the host.
func (h *host) patching(argv ...string) *exec.Cmd {
	args := append([]string{"/tmp/patchstream", "run", "--host", "rocky-1", "--server", nowhere, "--timeout", "1s", "--spool", "/tmp/spool", "--"}, argv...)
	return h.command(args...)
}

// patch runs a command on the host by `patchstream run`. With disturb, it is told the process of the program.
func (h *host) patch(disturb func(pid int), argv ...string) *patched {
	h.t.Helper()
	p := &patched{h: h, before: filepath.Join(h.t.TempDir(), "before.json")}
	before := h.do([]string{"/tmp/patchstream", "scan", "--print", "--host", "rocky-1"})
	if err := os.WriteFile(p.before, []byte(before), 0o644); err != nil {
		h.t.Fatal(err)
	}
	p.system = decode(h.t, before).OS.System
	cmd := h.patching(argv...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	if disturb != nil {
		disturb(cmd.Process.Pid)
	}
	_ = cmd.Wait()
	p.code = cmd.ProcessState.ExitCode()
	reported := &spool.Spool{Dir: h.path("tmp/spool")}
	if _, _, err := reported.Flush(h.t.Context(), func(_ context.Context, e spool.Event) error {
		p.events = append(p.events, e)
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	for _, e := range p.events {
		if e.Kind != messages.KindRun {
			continue
		}
		event, err := messages.Decode(e.Kind, e.Payload, messages.EncodingOf(e.Headers))
		if err != nil {
			h.t.Fatal(err)
		}
		p.run = event.(*messages.Run)
	}
	if p.run == nil {
		h.t.Fatalf("no run in the spool: %s", out.String())
	}
	h.t.Logf("%s", out.String())
	return p
}

// told is what the run says of packages, a line each: the reasons apart.
func (p *patched) told() (lines []string, reasons map[string]string) {
	reasons = map[string]string{}
	for _, o := range p.run.Outcomes {
		to := "-"
		if o.To != nil {
			to = *o.To
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s>%s %s", o.Result, o.Name, o.From, to, o.Stage)))
		reasons[o.Name] = o.Error
	}
	for _, r := range p.run.Removed {
		lines = append(lines, "removed "+r.Name+" "+r.From)
	}
	return lines, reasons
}

// states are those of packages by the scan before and the run, and, when the scan after came too, by all three.
func (p *patched) states(after bool, names ...string) string {
	p.h.t.Helper()
	dir := p.h.t.TempDir()
	rules := filepath.Join(dir, "baseline.json")
	if err := os.WriteFile(rules, fmt.Appendf(nil, baseline, p.system), 0o644); err != nil {
		p.h.t.Fatal(err)
	}
	args := []string{"classify", "--baseline", rules, "-o", "json", "--scan", p.before}
	for i, e := range p.events {
		if e.Kind == messages.KindScan && !after {
			continue
		}
		event, err := messages.Decode(e.Kind, e.Payload, messages.EncodingOf(e.Headers))
		if err != nil {
			p.h.t.Fatal(err)
		}
		text, err := messages.Encode(event, messages.JSON)
		if err != nil {
			p.h.t.Fatal(err)
		}
		file := filepath.Join(dir, strconv.Itoa(i)+".json")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			p.h.t.Fatal(err)
		}
		args = append(args, "--"+string(e.Kind), file)
	}
	var report struct {
		Patches []struct{ Name, State, Version string }
	}
	if err := json.Unmarshal([]byte(run(p.h.t, binary(), args...)), &report); err != nil {
		p.h.t.Fatal(err)
	}
	var found []string
	for _, patch := range report.Patches {
		if slices.Contains(names, patch.Name) {
			found = append(found, patch.Name+" "+patch.State+" "+patch.Version)
		}
	}
	return strings.Join(found, "\n")
}

// childOf returns the program's child that the command is.
func childOf(t testing.TB, pid int) int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may end
		all = append(all, strings.Fields(string(text))...)
	}
	if len(all) != 1 {
		t.Fatalf("the program has the children %v", all)
	}
	child, err := strconv.Atoi(all[0])
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// await waits for a file of the host that has these words.
func (h *host) await(name, words string) {
	h.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if text, err := os.ReadFile(h.path(name)); err == nil && strings.Contains(string(text), words) {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	h.t.Fatalf("%s does not come", name)
}

// shrink puts rpm's database and /opt on one small disk.
func (h *host) shrink(size string) {
	h.t.Helper()
	mount(h.t, "small", h.path("small"), "tmpfs", 0, "size="+size)
	run(h.t, "cp", "-a", h.path("var/lib/rpm"), h.path("small/rpm"))
	if err := os.Mkdir(h.path("small/opt"), 0o755); err != nil {
		h.t.Fatal(err)
	}
	mount(h.t, h.path("small/rpm"), h.path("var/lib/rpm"), "", syscall.MS_BIND, "")
	mount(h.t, h.path("small/opt"), h.path("opt"), "", syscall.MS_BIND, "")
}

// situation is a run, and what must come of it.
type situation struct {
	name    string
	prepare func(h *host)
	disturb func(h *host) func(pid int)
	argv    string
	code    int
	told    []string
	reasons map[string]string // words in the reasons of packages
	failure string            // words in the run's own error
	good    bool
	states  string // by the scan before and the run
	after   string // by the scan after, too; empty: the same
}

// started kills the manager, or tells it to end, once the slow script has begun.
func started(signal syscall.Signal, whom func(t testing.TB, pid int) int) func(h *host) func(pid int) {
	return func(h *host) func(int) {
		return func(pid int) {
			h.await("tmp/acme-slow-started", "")
			_ = syscall.Kill(whom(h.t, pid), signal)
		}
	}
}

// startedBy is the same where scripts have a /tmp of their own: a log says that the script has begun.
func startedBy(log, words string, signal syscall.Signal) func(h *host) func(pid int) {
	return func(h *host) func(int) {
		return func(pid int) {
			h.await(log, words)
			_ = syscall.Kill(childOf(h.t, pid), signal)
		}
	}
}

func itself(_ testing.TB, pid int) int { return pid }

func TestRunsOfDNF(t *testing.T) {
	for _, c := range []situation{
		{
			name: "a script fails before", argv: "upgrade acme-ok acme-pre", code: 1,
			told:    []string{"failed acme-meta 1.0-1>1.1-1 resolve", "installed acme-ok 1.0-1>1.1-1", "failed acme-pre 1.0-1>1.1-1 pre"},
			reasons: map[string]string{"acme-meta": "acme-pre = 1.1-1 is needed", "acme-pre": "exit status 3: acme-pre: licence server not reachable"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-pre FAILED 1.1-1",
		},
		{
			name: "a script fails after, and dnf says that all is well", argv: "upgrade acme-ok acme-post", good: true,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "installed acme-post 1.0-1>1.1-1 post"},
			reasons: map[string]string{"acme-post": "exit status 4: acme-post: cannot migrate database"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-post INSTALLED 1.1-1",
		},
		{
			name: "a script fails before all", argv: "upgrade acme-ok acme-pretrans", code: 1,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "failed acme-pretrans 1.0-1>1.1-1 pretrans"},
			reasons: map[string]string{"acme-pretrans": "exit status 7"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-pretrans INSTALLED_OTHER 1.0-1",
		},
		{
			name: "the old version stays", argv: "upgrade acme-ok acme-preun", code: 1,
			told:    []string{"installed acme-ok 1.0-1>1.1-1", "failed acme-preun 1.0-1>1.1-1 duplicate"},
			reasons: map[string]string{"acme-preun": "acme-preun: service does not stop"},
			states:  "acme-ok INSTALLED 1.1-1\nacme-preun FAILED 1.1-1",
		},
		{
			name: "killed", argv: "upgrade acme-slow acme-zlast acme-ok", code: 137,
			disturb: started(syscall.SIGKILL, childOf),
			told:    []string{"not_attempted acme-ok 1.0-1>1.1-1", "failed acme-slow 1.0-1>1.1-1 duplicate", "not_attempted acme-zlast 1.0-1>1.1-1"},
			reasons: map[string]string{"acme-slow": "killed", "acme-zlast": "killed"},
			states:  "acme-ok MISSING 1.1-1\nacme-slow FAILED 1.1-1\nacme-zlast MISSING 1.1-1",
		},
		{
			name: "told to end, it runs to its end", argv: "upgrade acme-slow acme-zlast", code: 143,
			disturb: started(syscall.SIGTERM, itself),
			told:    []string{"installed acme-slow 1.0-1>1.1-1", "installed acme-zlast 1.0-1>1.1-1"},
			failure: "terminated",
			states:  "acme-slow INSTALLED 1.1-1\nacme-zlast INSTALLED 1.1-1",
		},
		{
			name: "the disk is full in the middle", argv: "upgrade acme-fills acme-zwrite acme-zlater acme-ok", code: 1,
			prepare: func(h *host) { h.shrink("10m") },
			told: []string{
				"failed acme-fills 1.0-1>1.1-1 unpack", "failed acme-ok 1.0-1>1.1-1 unpack", "failed acme-zlater 1.0-1>1.1-1 unpack",
				"failed acme-zwrite 1.0-1>1.1-1 unpack",
			},
			reasons: map[string]string{"acme-ok": "space: ", "acme-fills": "space: ", "acme-zwrite": "No space left on device"},
			states:  "acme-ok FAILED 1.1-1",
		},
		{
			name: "the disk has too little room", argv: "upgrade acme-big acme-ok", code: 1,
			prepare: func(h *host) { h.shrink("10m") },
			told:    []string{"failed acme-big 1.0-1>1.1-1 test", "not_attempted acme-ok 1.0-1>1.1-1 test"},
			reasons: map[string]string{"acme-big": "more space on the ", "acme-ok": "refused because of acme-big"},
			states:  "acme-big FAILED 1.1-1\nacme-ok MISSING 1.1-1",
		},
		{
			name: "a version is locked", argv: "upgrade locked bash", good: true,
			told:    []string{"installed bash 5.1.8-6.el9_1>5.1.8-9.el9", "skipped locked 1.0-1.el9>1.1-1.el9"},
			reasons: map[string]string{"locked": "version lock"},
			states:  "bash INSTALLED 5.1.8-9.el9\nlocked MISSING 1.1-1.el9",
		},
		{
			name: "a package is excluded", argv: "upgrade excluded", code: 1,
			told: []string{"skipped excluded 1.0-1.el9>1.1-1.el9"}, reasons: map[string]string{"excluded": "excluded"},
			failure: "No packages marked for upgrade", states: "excluded MISSING 1.1-1.el9",
		},
		{
			name: "one package holds up all", argv: "upgrade needs-missing twonotices", code: 1,
			told:    []string{"failed needs-missing 1.0-1.el9>2.0-1.el9 resolve", "not_attempted twonotices 1.0-1.el9>1.2-1.el9 resolve"},
			reasons: map[string]string{"needs-missing": "nothing provides libmissing.so.1", "twonotices": "refused because of needs-missing.x86_64"},
			states:  "needs-missing FAILED 2.0-1.el9\ntwonotices MISSING 1.2-1.el9",
		},
		{
			name: "a package is not signed", argv: "--setopt=unsigned.gpgcheck=1 upgrade tool-u twonotices", code: 1,
			told:    []string{"failed tool-u 1.0-1>1.1-1 verify", "not_attempted twonotices 1.0-1.el9>1.2-1.el9 verify"},
			reasons: map[string]string{"tool-u": "is not signed"},
			states:  "tool-u INSTALLED_OTHER 1.0-1\ntwonotices MISSING 1.2-1.el9",
		},
		{
			name: "files of two packages conflict", argv: "upgrade acme-conflict acme-ok", code: 1,
			prepare: func(h *host) { h.write("opt/shared.txt", "local") },
			told:    []string{"failed acme-conflict 1.0-1>1.1-1 test", "not_attempted acme-ok 1.0-1>1.1-1 test"},
			states:  "acme-conflict INSTALLED_OTHER 1.0-1\nacme-ok MISSING 1.1-1",
		},
		{
			name: "a repository is gone", argv: "--refresh upgrade --nobest", code: 1,
			prepare: func(h *host) {
				if err := os.Rename(filepath.Join(h.repos, "appstream"), filepath.Join(h.repos, "gone")); err != nil {
					h.t.Fatal(err)
				}
			},
			failure: "fetch: Failed to download metadata for repo 'appstream'",
			states:  "twonotices MISSING 1.2-1.el9",
		},
		{
			name: "a kernel beside the older ones, of which one goes", argv: "--setopt=installonly_limit=2 upgrade kernel-core", good: true,
			told:   []string{"installed kernel-core 5.14.0-362.13.1.el9_3>5.14.0-427.13.1.el9_4", "removed kernel-core 5.14.0-362.8.1.el9_3"},
			states: "kernel-core INSTALLED 5.14.0-427.13.1.el9_4",
		},
		{
			name: "removed", argv: "remove acme-post oldtool", good: true,
			told:  []string{"removed acme-post 1.0-1", "removed oldtool 1.0-1.el9"},
			after: "nothing", states: "acme-post MISSING 1.1-1\noldtool INSTALLED_OTHER 1.0-1.el9",
		},
		{name: "up to date", argv: "upgrade vim-minimal", good: true, states: "vim-minimal INSTALLED_OTHER 2:8.2.2637-20.el9_1"},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(rockyLinux.failing(t, "dnf"), "dnf", "-y") })
	}
}

// check runs the situation on a host, and looks at what came of it.
func (c *situation) check(h *host, manager ...string) {
	t := h.t
	t.Helper()
	if c.prepare != nil {
		c.prepare(h)
	}
	var disturb func(int)
	if c.disturb != nil {
		disturb = c.disturb(h)
	}
	p := h.patch(disturb, append(manager, strings.Fields(c.argv)...)...)
	diff(t, "exit code", c.code, p.code)
	lines, reasons := p.told()
	if c.told != nil || c.failure == "" {
		diff(t, "outcomes", c.told, lines)
	}
	for name, words := range c.reasons {
		if !strings.Contains(reasons[name], words) {
			t.Errorf("the reason of %s is %q, want %q", name, reasons[name], words)
		}
	}
	if !strings.Contains(p.run.Error, c.failure) || c.failure == "" && p.run.Error != "" {
		t.Errorf("the run's error is %q, want %q", p.run.Error, c.failure)
	}
	diff(t, "succeeded", c.good, p.run.Succeeded != nil && *p.run.Succeeded)
	var names []string
	for line := range strings.Lines(c.states) {
		names = append(names, strings.Fields(line)[0])
	}
	diff(t, "states", c.states, p.states(false, names...))
	switch c.after {
	case "":
		diff(t, "states after the scan", c.states, p.states(true, names...))
	case "nothing":
		diff(t, "states after the scan", "", p.states(true, names...))
	default:
		diff(t, "states after the scan", c.after, p.states(true, names...))
	}
}
