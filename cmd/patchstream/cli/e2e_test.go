package cli

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

const host = "web-17.example.org"

// fresh returns an example event as if it were of now; its ids are made unlike those of others by suffix.
func fresh(t *testing.T, name, suffix string, age time.Duration) string {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal([]byte(readFile(t, "testdata/"+name)), &e); err != nil {
		t.Fatal(err)
	}
	e["id"] = e["id"].(string) + suffix
	when := time.Now().UTC().Add(-age).Format(time.RFC3339Nano)
	for _, field := range []string{"taken_at", "finished_at", "started_at", "at"} {
		if e[field] != nil {
			e[field] = when
		}
	}
	if origins, ok := e["origins"].([]any); ok {
		for _, o := range origins {
			o.(map[string]any)["date"] = when
		}
	}
	delete(e, "booted_at")
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, name, string(text))
}

// The whole story on one server: a scan, a failed run, an operator's decisions, and what each question answers.
func TestFromAScanToAllAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	seen := s.follow(t)
	raw := s.follow(t, "-o", "json")

	if got := must(t, s.ask(t, "status")); !strings.Contains(got, "No host has said anything yet") {
		t.Errorf("an empty fleet: %s", got)
	}
	if got := must(t, s.ask(t, "status", "-o", "json")); got != "" {
		t.Errorf("an empty fleet: %q", got)
	}
	if r := s.ask(t, "status", "--exit-code"); r.code != exitUnknown {
		t.Errorf("an empty fleet: exit code %d", r.code)
	}
	put := must(t, s.ask(t, "baseline", "put", "testdata/baseline.json"))
	if !strings.Contains(put, "stored prod-ubuntu, revision 1") || !strings.Contains(put, "no host is concerned") {
		t.Errorf("put: %s", put)
	}
	must(t, s.ask(t, "baseline", "bind", "--group", "web", "--os", "ubuntu", "prod-ubuntu"))

	said := must(t, s.ask(t, "publish", "scan", fresh(t, "scan.json", "", time.Hour)))
	if said != "published scan 01KAJ5W0Q4N2 of "+host+"\n" {
		t.Errorf("publish: %q", said)
	}
	seen.lineWith(t, host, "openssl.amd64", "MISSING", "3.0.2-0ubuntu1.15 → 3.0.2-0ubuntu1.18", "CRITICAL")
	seen.lineWith(t, host, "(the host)", "NON_COMPLIANT")
	var first messages.Changed
	if err := json.Unmarshal([]byte(raw.line(t)), &first); err != nil || first.Revision != 1 || first.Cause.ID != "01KAJ5W0Q4N2" {
		t.Errorf("%+v, %v", first, err)
	}
	if first.Baseline != (messages.BaselineRef{ID: "prod-ubuntu", Name: "prod-ubuntu", Version: 1}) {
		t.Errorf("classified by %+v", first.Baseline)
	}

	run := fresh(t, "run.json", "", time.Minute)
	if r := s.ask(t, "publish", "run", run); r.code != exitDone || r.stderr != "" {
		t.Errorf("%+v", r)
	}
	if r := s.ask(t, "publish", "run", run); r.code != exitDone || !containsAll(r.stderr, []string{"1 run had been sent within the last two minutes", "another id"}) {
		t.Errorf("%+v", r)
	}
	seen.lineWith(t, host, "openssl.amd64", "MISSING → FAILED", "install failed (configure)")

	t.Run("status", func(t *testing.T) { s.checkStatus(t) })
	t.Run("patches", func(t *testing.T) { s.checkPatches(t) })
	t.Run("explain", func(t *testing.T) { s.checkExplain(t) })
	t.Run("overrides", func(t *testing.T) { s.checkOverrides(t, seen) })
	t.Run("baselines", func(t *testing.T) { s.checkBaselines(t) })
	t.Run("settings", func(t *testing.T) { s.checkSettings(t) })
	t.Run("watch again", func(t *testing.T) { s.checkWatch(t) })
	seen.stop(t, os.Interrupt)
	raw.stop(t, os.Interrupt)
}

func (s *server) checkStatus(t *testing.T) {
	fleet := must(t, s.ask(t, "status"))
	if !strings.Contains(fleet, "1 host: 1 NON_COMPLIANT, 0 UNKNOWN, 0 COMPLIANT. Patches: 1 missing, 1 failed") {
		t.Errorf("status: %s", fleet)
	}
	one := must(t, s.ask(t, "status", host))
	if !strings.Contains(one, "held: apt-mark unhold curl") || !strings.Contains(one, "prod-ubuntu, revision 1 (patch group web)") {
		t.Errorf("status of the host: %s", one)
	}
	var report struct {
		Host     string
		Revision int
		Patches  []struct{ Patch, State string }
	}
	decode(t, must(t, s.ask(t, "status", host, "-o", "json")), &report)
	if report.Host != host || report.Revision != 2 || len(report.Patches) != 3 {
		t.Errorf("%+v", report)
	}
	for _, c := range []struct {
		args []string
		code int
		rows int
	}{
		{[]string{"--missing", "curl"}, 0, 1},
		{[]string{"--missing", "openssl.amd64"}, 0, 1},
		{[]string{"--missing", "falcon-sensor"}, 0, 0},
		{[]string{"--missing", "curl", "--exit-code"}, exitNonCompliant, 1},
		{[]string{"--state", "FAILED"}, 0, 1},
		{[]string{"--state", "installed,INSTALLED_OTHER"}, 0, 0},
		{[]string{"--state", "INSTALLED", "--exit-code"}, 0, 0},
	} {
		r := s.ask(t, append([]string{"status", "-o", "json", "--patches"}, c.args...)...)
		reports := linesOf[struct{ Patches []json.RawMessage }](t, r.stdout)
		if r.code != c.code || len(reports) != c.rows || c.rows == 1 && len(reports[0].Patches) != 1 {
			t.Errorf("%v: %+v", c.args, r)
		}
	}
	missing := must(t, s.ask(t, "status", "--missing", "curl"))
	if !strings.Contains(missing, "7.81.0-1ubuntu1.10 → 7.81.0-1ubuntu1.16") || !strings.Contains(missing, "1 of 1 host lacks curl.") {
		t.Errorf("missing: %s", missing)
	}
	r := s.ask(t, "status", "--missing", "nonesuch")
	if r.code != 0 || !strings.Contains(r.stdout, "No host lacks nonesuch (of 1 host).") || !strings.Contains(r.stderr, "check the name") {
		t.Errorf("%+v", r)
	}
	s.ask(t, "status", "db-99").wants(t, exitFailed, "db-99", "patchstream status")
	s.ask(t, "status", "web-17").wants(t, exitFailed, "web-17", "did you mean "+host+"?")
	s.ask(t, "explain", strings.ToUpper(host), "curl").wants(t, exitFailed, "did you mean "+host+"?")
}

func (s *server) checkPatches(t *testing.T) {
	all := must(t, s.ask(t, "patches", host))
	for _, w := range []string{"curl.amd64", "falcon-sensor", "openssl.amd64", "NOT_APPLICABLE"} {
		if !strings.Contains(all, w) {
			t.Errorf("patches lacks %s: %s", w, all)
		}
	}
	var some []struct{ Patch string }
	decode(t, must(t, s.ask(t, "patches", host, "--state", "FAILED", "-o", "json")), &some)
	if len(some) != 1 || some[0].Patch != "openssl.amd64" {
		t.Errorf("%+v", some)
	}
	if got := must(t, s.ask(t, "patches", host, "--state", "INSTALLED")); !strings.Contains(got, "no such patch") {
		t.Errorf("%s", got)
	}
	if got := must(t, s.ask(t, "patches", host, "--state", "INSTALLED", "-o", "json")); got != "[]\n" {
		t.Errorf("%q", got)
	}
}

func (s *server) checkExplain(t *testing.T) {
	short, full := must(t, s.ask(t, "explain", host, "openssl")), must(t, s.ask(t, "explain", host, "openssl.amd64"))
	if short != full || !containsAll(full, []string{"FAILED", "CRITICAL", "3.0.2-0ubuntu1.18", "nightly-2026-11-20", "Next step", "What would change it"}) {
		t.Errorf("explain: %s", full)
	}
	var e struct {
		Host, Patch, State, Next string
		Sentences                []string
	}
	decode(t, must(t, s.ask(t, "explain", host, "curl", "-o", "json")), &e)
	if e.Host != host || e.Patch != "curl.amd64" || e.State != "MISSING" || !strings.Contains(e.Next, "unhold curl") || len(e.Sentences) == 0 {
		t.Errorf("%+v", e)
	}
	s.ask(t, "explain", host, "opensl").wants(t, exitFailed, `no patch "opensl"`, "nearest are openssl.amd64")
	s.ask(t, "explain", host, "zzz").wants(t, exitFailed, `no patch "zzz"`, "patchstream patches "+host)
	s.ask(t, "explain", "web-99", "openssl").wants(t, exitFailed, "web-99")
}

func (s *server) checkOverrides(t *testing.T, seen *process) {
	if got := must(t, s.ask(t, "override", "list")); got != "There is no override.\n" {
		t.Errorf("%s", got)
	}
	set := must(t, s.ask(t, "override", "set", host, "openssl", "not_applicable", "--reason", "vendor build", "--by", "ops", "--expires", "30d"))
	if !strings.Contains(set, "openssl.amd64 of "+host+" is NOT_APPLICABLE until ") {
		t.Errorf("set: %s", set)
	}
	seen.lineWith(t, "openssl.amd64", "FAILED → NOT_APPLICABLE", "set by hand")
	var list []query.OverrideView
	for _, args := range [][]string{{"override", "list"}, {"override", "list", host}} {
		decode(t, must(t, s.ask(t, append(args, "-o", "json")...)), &list)
		if len(list) != 1 || list[0].Patch != "openssl.amd64" || list[0].By != "ops" || list[0].ComputedState != messages.Failed ||
			list[0].Standing != query.StandingInForce || list[0].ExpiresAt == nil {
			t.Errorf("%v: %+v", args, list)
		}
		if got := must(t, s.ask(t, args...)); !containsAll(got, []string{host, "NOT_APPLICABLE", "FAILED", "in force", "ops", "vendor build"}) {
			t.Errorf("%v: %s", args, got)
		}
	}
	s.ask(t, "override", "clear", host, "curl").wants(t, exitFailed, "no override", "openssl.amd64")
	must(t, s.ask(t, "override", "clear", host, "openssl", "--by", "ops"))
	seen.lineWith(t, "openssl.amd64", "NOT_APPLICABLE → FAILED")
	if got := must(t, s.ask(t, "override", "list", host, "-o", "json")); got != "[]\n" {
		t.Errorf("%q", got)
	}
	s.ask(t, "override", "clear", host, "openssl").wants(t, exitFailed, "has no override")
	must(t, s.ask(t, "publish", "override", fresh(t, "override.json", "", 0)))
	seen.lineWith(t, "openssl.amd64", "FAILED → NOT_APPLICABLE")
	must(t, s.ask(t, "override", "clear", host, "openssl.amd64"))
	seen.lineWith(t, "openssl.amd64", "NOT_APPLICABLE → FAILED")
}

func (s *server) checkBaselines(t *testing.T) {
	stored := readFile(t, "testdata/baseline.json")
	if got := must(t, s.ask(t, "baseline", "get", "prod-ubuntu")); got != stored {
		t.Errorf("get: %s", got)
	}
	var list []query.BaselineView
	decode(t, must(t, s.ask(t, "baseline", "list", "-o", "json")), &list)
	if len(list) != 1+len(baseline.Builtins()) || list[0].ID != "prod-ubuntu" || strings.Join(list[0].Bound, "") != "group web on UBUNTU" {
		t.Errorf("%+v", list)
	}
	if got := must(t, s.ask(t, "baseline", "list")); !containsAll(got, []string{"prod-ubuntu", "group web on UBUNTU", "default UBUNTU", "built in"}) {
		t.Errorf("%s", got)
	}
	s.ask(t, "baseline", "get", "nonesuch").wants(t, exitFailed, "nonesuch", "patchstream baseline list")
	s.ask(t, "baseline", "bind", "--group", "g", "--os", "UBUNTU", "prod-ubuntuu").wants(t, exitFailed, "prod-ubuntuu", "did you mean prod-ubuntu?")
	s.ask(t, "baseline", "set-default", "--os", "DEBIAN", "prod-ubuntu").wants(t, exitFailed, "is for UBUNTU, not for DEBIAN")
	s.ask(t, "baseline", "put", "testdata/baseline.json", "--id", "AWS-UbuntuDefaultPatchBaseline").wants(t, exitFailed, "built in")

	// What is put is used for the next event of a host, and by classify where a server is named.
	must(t, s.ask(t, "baseline", "put", "testdata/nothing.json", "--id", "arn:aws:ssm:eu-west-1:123456789012:patchbaseline/pb-0123456789abcdef0"))
	id := "arn:aws:ssm:eu-west-1:123456789012:patchbaseline/pb-0123456789abcdef0"
	if r := s.ask(t, "host", "group", host, "lax hosts"); r.code != exitDone || !strings.Contains(r.stderr, "no baseline is bound to group lax hosts") {
		t.Errorf("%+v", r)
	}
	must(t, s.ask(t, "baseline", "bind", "--group", "lax hosts", "--os", "UBUNTU", id))
	if r := s.ask(t, "host", "group", host, "lax hosts"); r.code != exitDone || r.stderr != "" {
		t.Errorf("%+v", r)
	}
	s.classifiedBy(t, id)
	r := s.ask(t, "classify", "--baseline", id, "--scan", "testdata/scan.json", "--exit-code", "-o", "json")
	if r.code != 0 || !strings.Contains(r.stdout, `"COMPLIANT"`) {
		t.Errorf("%+v", r)
	}
	call(t, "classify", "--baseline", id, "--scan", "testdata/scan.json").wants(t, exitFailed, "no such file", "a stored one needs --server")
	must(t, s.ask(t, "host", "group", host, "--clear"))
	s.classifiedBy(t, "prod-ubuntu")
	must(t, s.ask(t, "baseline", "set-default", "--os", "UBUNTU", id))
	if got := must(t, s.ask(t, "baseline", "bind", "--group", "web", "--os", "UBUNTU", "--clear")); !strings.Contains(got, "the default of the system applies to group web on UBUNTU") {
		t.Error(got)
	}
	s.classifiedBy(t, id)
	must(t, s.ask(t, "baseline", "set-default", "--os", "UBUNTU", "--clear"))
	s.classifiedBy(t, "AWS-UbuntuDefaultPatchBaseline")
	if got := must(t, s.ask(t, "baseline", "get", "prod-ubuntu", "-o", "json")); got != readFile(t, "testdata/baseline.json") {
		t.Error(got)
	}
}

// classifiedBy publishes scans of a host until its report is by a baseline: a worker may read of that after the first.
func (s *server) classifiedBy(t *testing.T, id string) {
	t.Helper()
	eventually(t, func() bool {
		must(t, s.ask(t, "publish", "scan", fresh(t, "scan.json", strconv.FormatInt(time.Now().UnixNano(), 36), 0)))
		var report struct{ Baseline messages.BaselineRef }
		decode(t, must(t, s.ask(t, "status", host, "-o", "json")), &report)
		return report.Baseline.ID == id
	}, "classified by "+id)
}

func (s *server) checkSettings(t *testing.T) {
	golden.Assert(t, must(t, s.ask(t, "settings", "get")), "golden/settings.txt")
	golden.Assert(t, must(t, s.ask(t, "settings", "get", "-o", "json")), "golden/settings.json")
	if got := must(t, s.ask(t, "settings", "set", "scan_max_age", "36h")); !strings.Contains(got, "scan_max_age is 36h") {
		t.Errorf("%s", got)
	}
	must(t, s.ask(t, "settings", "set", "security_sites", "esm.ubuntu.com", "mirror.example.org"))
	if got := must(t, s.ask(t, "settings", "get", "-o", "json")); !containsAll(got, []string{`"36h"`, `"esm.ubuntu.com"`, `"mirror.example.org"`}) {
		t.Errorf("%s", got)
	}
	must(t, s.ask(t, "settings", "set", "security_sites", "default"))
	must(t, s.ask(t, "settings", "set", "scan_max_age", "default"))
	if got := must(t, s.ask(t, "settings", "get", "scan_max_age", "-o", "json")); got != "{\n  \"scan_max_age\": \"7d\"\n}\n" {
		t.Errorf("%s", got)
	}
	s.ask(t, "settings", "set", "pending_reboot", "never").wants(t, exitUsage, "pending_reboot", "any", "runs")
}

func (s *server) checkWatch(t *testing.T) {
	all := s.follow(t, "--all", "--host", host, "--state", "FAILED")
	all.lineWith(t, "MISSING → FAILED")
	all.stop(t, os.Interrupt)
	hour := s.follow(t, "--since", "1h", "-o", "json")
	var m messages.Changed
	decode(t, hour.line(t), &m)
	if m.Revision != 1 {
		t.Errorf("revision %d", m.Revision)
	}
	hour.stop(t, os.Interrupt)
}

func decode(t *testing.T, text string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), to); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
