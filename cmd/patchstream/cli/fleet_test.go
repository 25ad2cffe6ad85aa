package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// ages are columns that a second changes, and what their width does.
var ages = regexp.MustCompile(`\d+ (s|min)\b|[ ─]+`)

// ageless is what was printed but for the ages in it: two who are asked are asked one after the other.
func ageless(r result) result {
	r.stdout = ages.ReplaceAllString(r.stdout, " ")
	return r
}

// linesOf reads JSON, one value a line.
func linesOf[T any](t *testing.T, text string) (all []T) {
	t.Helper()
	for line := range strings.Lines(text) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, one)
	}
	return all
}

// The same is answered, by the same words, whether NATS is asked or the API.
func TestStatusAsksNATSOrTheAPI(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	now := time.Now()
	old := compliantScan("old-1", now.Add(-8*24*time.Hour))
	must(t, s.ask(t, "publish", "scan", fresh(t, "scan.json", "", time.Hour), write(t, "scans.json", compliantScan("web-1", now)+old)))
	s.knows(t, 3)
	must(t, s.ask(t, "host", "group", "web-1", "shop"))
	must(t, s.ask(t, "baseline", "put", "testdata/baseline.json"))
	must(t, s.ask(t, "baseline", "bind", "--group", "shop", "--os", "UBUNTU", "prod-ubuntu"))
	milder := write(t, "milder.json", strings.Replace(readFile(t, "testdata/baseline.json"), `"CRITICAL"`, `"HIGH"`, 1))
	for _, put := range [][]string{{"testdata/baseline.json"}, {milder}} {
		must(t, s.ask(t, append([]string{"baseline", "put", "--id", "gone"}, put...)...))
	}
	must(t, s.ask(t, "baseline", "remove", "gone"))
	must(t, s.ask(t, "override", "set", "web-1", "bash", "INSTALLED_OTHER", "--reason", "CHG-1"))
	eventually(t, func() bool { return strings.Contains(must(t, s.ask(t, "override", "list", "web-1")), "in force") }, "the override is in force")
	api := []string{"--api", s.http}
	for _, c := range []struct {
		args  []string
		hosts string
	}{
		{nil, "web-17.example.org old-1 web-1"},
		{[]string{"--sort", "host"}, "old-1 web-1 web-17.example.org"},
		{[]string{"--sort", "-host", "--limit", "2"}, "web-17.example.org web-1"},
		{[]string{"--status", "unknown"}, "old-1"},
		{[]string{"--status", "COMPLIANT,UNKNOWN", "--sort", "host"}, "old-1 web-1"},
		{[]string{"--condition", "scan_old"}, "old-1"},
		{[]string{"--group", "shop"}, "web-1"},
		{[]string{"--os", "ubuntu", "--older-than", "3d"}, "old-1"},
		{[]string{"--level", "unspecified,informational,low,medium,high,critical"}, "web-17.example.org"},
		{[]string{"--missing", "curl"}, "web-17.example.org"},
		{[]string{"--package", "curl", "--below", "7.81.0-1ubuntu1.16"}, "web-17.example.org"},
		{[]string{"--state", "MISSING"}, "web-17.example.org"},
		{[]string{"--outdated"}, ""},
	} {
		args := append([]string{"status"}, c.args...)
		for _, more := range [][]string{{"-o", "json"}, {"-o", "json", "--patches"}, {"-o", "csv"}, nil} {
			direct, asked := s.ask(t, slices.Concat(args, more)...), s.ask(t, slices.Concat(args, more, api)...)
			if ageless(direct) != ageless(asked) || direct.code != exitDone {
				t.Errorf("%v %v: of NATS\n%+v\nof the API\n%+v", c.args, more, direct, asked)
			}
		}
		for _, more := range [][]string{nil, api, {"--patches"}, append(api, "--patches")} {
			var hosts []string
			for _, h := range linesOf[struct{ Host string }](t, must(t, s.ask(t, slices.Concat(args, []string{"-o", "json"}, more)...))) {
				hosts = append(hosts, h.Host)
			}
			if got := strings.Join(hosts, " "); got != c.hosts {
				t.Errorf("%v %v: %s, want %s", c.args, more, got, c.hosts)
			}
		}
	}
	then := time.Now().UTC().Format(time.RFC3339Nano)
	for _, args := range [][]string{{"status", "web-17.example.org"}, {"status", "web-17.example.org", "-o", "json"}, {"status", "-o", "json", "--patches", "--status", "COMPLIANT"}, {"explain", "web-17.example.org", "curl"}, {"patches", "web-17.example.org"}, {"host", "list"}, {"host", "list", "-o", "json"},
		{"host", "show", "web-1"}, {"host", "show", "web-1", "-o", "json"}, {"group", "list"}, {"group", "list", "-o", "json"}, {"audit"}, {"audit", "-o", "json"},
		{"baseline", "list"}, {"baseline", "list", "-o", "json"}, {"baseline", "get", "prod-ubuntu"}, {"baseline", "get", "gone@2"}, {"baseline", "get", "AWS-UbuntuDefaultPatchBaseline"},
		{"baseline", "log", "gone"}, {"baseline", "log", "gone", "-o", "json"}, {"baseline", "diff", "gone"}, {"baseline", "diff", "gone@1", milder, "-o", "json"}, {"baseline", "diff", "prod-ubuntu", "gone@1"},
		{"settings", "get"}, {"settings", "get", "-o", "json"}, {"dead-letters", "list"},
		{"override", "list"}, {"override", "list", "-o", "json"}, {"override", "list", "web-1"}, {"override", "list", "web-1", "-o", "json"},
		{"patches"}, {"patches", "-o", "json"}, {"patches", "-o", "csv"}, {"patches", "--limit", "1"}, {"patches", "--name", "curl", "--state", "MISSING", "--standing-for", "1s"},
		{"history", "--at", then}, {"history", "--runs"}, {"history", "web-1", "--at", then, "-o", "json"}, {"history", "web-1"}, {"history", "web-1", "-o", "json"}, {"history", "web-17.example.org", "curl"}, {"history", "web-1", "bash.amd64", "-o", "json", "--since", "1h"},
		{"watch", "--all", "--no-follow"}, {"watch", "--all", "--no-follow", "-o", "json"}, {"watch", "--since", "1h", "--until", "1s", "--host", "old-1", "--state", "INSTALLED"},
	} {
		if direct, asked := s.ask(t, args...), s.ask(t, slices.Concat(args, api)...); ageless(direct) != ageless(asked) || direct.code != exitDone {
			t.Errorf("%v: of NATS\n%+v\nof the API\n%+v", args, direct, asked)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(must(t, s.ask(t, "status", "-o", "csv")))).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "host" || rows[1][0] != "web-17.example.org" {
		t.Errorf("%q, %v", rows, err)
	}
	for _, args := range [][]string{{"status", "db-1"}, {"host", "show", "wbe-1"}, {"history", "old-2"}, {"override", "list", "web-2"}, {"explain", "web-1", "bsh"}, {"history", "web-1", "bsh"}, {"watch", "--all", "--no-follow", "--host", "web-2"},
		{"baseline", "get", "prod"}, {"baseline", "get", "gone"}, {"baseline", "get", "gone@3"}, {"baseline", "get", "gone@0"}, {"baseline", "log", "prod"}, {"baseline", "diff", "prod"}, {"baseline", "diff", "prod-ubuntu"}, {"baseline", "diff", "gone@1", "prod@x"}} {
		direct, asked := s.ask(t, args...), s.ask(t, slices.Concat(args, api)...)
		if direct != asked || direct.stderr == "" {
			t.Errorf("%v: of NATS\n%+v\nof the API\n%+v", args, direct, asked)
		}
	}
	s.ask(t, "watch", "--durable", "siem", "--api", s.http).wants(t, exitUsage, "--api")
	s.ask(t, "status", "--api", "127.0.0.1:1").wants(t, exitUsage, "http://")
	s.ask(t, "status", "--sort", "size").wants(t, exitUsage, "worst", "size")
	s.ask(t, "status", "--status", "green").wants(t, exitUsage, "--status", "NON_COMPLIANT")
	s.ask(t, "status", "--level", "high,most").wants(t, exitUsage, "--level", "CRITICAL")
	s.ask(t, "status", "--below", "1").wants(t, exitUsage, "--package")
	s.ask(t, "status", "web-1", "-o", "csv").wants(t, exitUsage, "csv")
}

// A decision acts on the hosts that it concerns, says what moved, and stands in the audit.
func TestADecisionActsAndIsAudited(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	now := time.Now()
	must(t, s.ask(t, "publish", "scan", write(t, "scans.json", compliantScan("web-1", now)+compliantScan("web-2", now))))
	s.knows(t, 2)
	strict := write(t, "strict.json", `{"Name":"strict","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[]},"RejectedPatches":["*"],"RejectedPatchesAction":"BLOCK"}`)
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"baseline", "put", strict}, []string{"stored strict, revision 1", "no host is concerned"}},
		{[]string{"baseline", "set-default", "--os", "UBUNTU", "strict"}, []string{"2 hosts classified again, 2 changed", "2 hosts COMPLIANT → NON_COMPLIANT"}},
		{[]string{"baseline", "set-default", "--os", "UBUNTU", "--clear", "--no-wait"}, []string{"asked that 2 hosts be classified again"}},
	} {
		if got := must(t, s.ask(t, c.args...)); !containsAll(got, c.says) {
			t.Errorf("%v: %s", c.args, got)
		}
	}
	eventually(t, func() bool {
		return strings.Contains(must(t, s.ask(t, "status")), "0 NON_COMPLIANT, 0 UNKNOWN, 2 COMPLIANT")
	}, "both are compliant again")
	if got := must(t, s.ask(t, "settings", "set", "scan_max_age", "3d")); !containsAll(got, []string{"scan_max_age is 3d", "2 hosts classified again, 0 changed"}) {
		t.Errorf("settings: %s", got)
	}
	if got := must(t, s.ask(t, "recheck", "web-1")); !strings.Contains(got, "1 host classified again, 0 changed") {
		t.Errorf("recheck: %s", got)
	}
	var outcome struct{ Hosts int }
	if decode(t, must(t, s.ask(t, "recheck", "--all", "-o", "json")), &outcome); outcome.Hosts != 2 {
		t.Errorf("%+v", outcome)
	}
	s.ask(t, "recheck").wants(t, exitUsage, "--outdated")
	s.ask(t, "recheck", "web-9").wants(t, exitFailed, "web-9")
	audit := must(t, s.ask(t, "audit"))
	who := fmt.Sprint(whoAmI())
	if !containsAll(audit, []string{"baseline  strict", "default   UBUNTU", "withdrawn", "settings", who}) {
		t.Errorf("audit:\n%s", audit)
	}
	var entries []struct{ By, About string }
	if decode(t, must(t, s.ask(t, "audit", "-o", "json", "--by", who, "--since", "1h")), &entries); len(entries) != 4 {
		t.Errorf("%+v", entries)
	}
}

// The API runs beside a server that runs elsewhere, as an operator that is let in there, and goes on when that comes back.
func TestTheAPIRunsBesideAServer(t *testing.T) {
	t.Parallel()
	dir, store := t.TempDir()+"/auth", t.TempDir()
	must(t, live(t, "auth", "init", "--dir", dir))
	s := serve(t, store, "--auth", dir)
	admin := dir + "/keys/operator-admin.nk"
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now())), "--nkey", admin))
	p := start(t, "api", "--server", s.nats, "--nkey", admin, "--http", "127.0.0.1:0")
	url, is := strings.CutPrefix(p.line(t), "ready http=")
	if !is {
		t.Fatalf("%q", url)
	}
	eventually(t, func() bool {
		r := live(t, "status", "--api", url, "-o", "json")
		return r.code == exitDone && strings.Contains(r.stdout, `"host":"web-1","status":"COMPLIANT"`)
	}, "the host is in the index")
	if got := patch(t, url+"/api/v1/settings", ""); got != http.StatusOK {
		t.Errorf("what the operator may, its API may: %d", got)
	}
	s.stop(t, os.Interrupt)
	if got := must(t, live(t, "status", "--api", url)); !strings.Contains(got, "web-1") { // as of before
		t.Error(got)
	}
	again := serve(t, store, "--auth", dir, "--listen", strings.TrimPrefix(s.nats, "nats://"))
	must(t, again.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-2", time.Now())), "--nkey", admin))
	eventually(t, func() bool {
		return strings.Contains(live(t, "status", "--api", url).stdout, "web-2")
	}, "what came later is in the index")
	p.stop(t, os.Interrupt)
}

// patch changes a setting over HTTP, and returns the status of the answer.
func patch(t *testing.T, url, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, url+"?no_recheck=true", strings.NewReader(`{"scan_max_age":"3d"}`))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// A key is shown once, lets its holder in and is shut out when it is revoked.
func TestAKeyOfTheAPI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/auth"
	must(t, live(t, "auth", "init", "--dir", dir))
	var key struct{ Token, AccessKey string }
	decode(t, must(t, live(t, "auth", "api-key", "grafana", "--dir", dir, "-o", "json")), &key)
	if kept := readFile(t, dir+"/api-keys.json"); strings.Contains(kept, key.Token) || key.Token == "" {
		t.Error("the token is kept")
	}
	live(t, "auth", "api-key", "grafana", "--dir", dir).wants(t, exitFailed, "grafana", "revoke")
	if list := must(t, live(t, "auth", "list", "--dir", dir)); !containsAll(list, []string{"api-key", "grafana", "viewer"}) {
		t.Errorf("%s", list)
	}
	s := serve(t, t.TempDir(), "--auth", dir)
	file := write(t, "key", key.Token+"\n")
	live(t, "status", "--api", s.http).wants(t, exitFailed, "a key is needed")
	if got := must(t, live(t, "status", "--api", s.http, "--api-key-file", file)); !strings.Contains(got, "No host has said anything yet") {
		t.Errorf("%s", got)
	}
	var writer struct{ Token string }
	decode(t, must(t, live(t, "auth", "api-key", "ops", "--role", "operator", "--dir", dir, "-o", "json")), &writer)
	eventually(t, func() bool { return patch(t, s.http+"/api/v1/settings", key.Token) == http.StatusForbidden }, "a viewer may not write")
	eventually(t, func() bool { return patch(t, s.http+"/api/v1/settings", writer.Token) == http.StatusOK }, "an operator may")
	admin := dir + "/keys/operator-admin.nk"
	if got := must(t, s.ask(t, "audit", "--by", "ops", "--nkey", admin)); !strings.Contains(got, "settings") {
		t.Errorf("%s", got)
	}
	must(t, live(t, "auth", "revoke", "api-key/grafana", "--dir", dir))
	eventually(t, func() bool {
		r := live(t, "status", "--api", s.http, "--api-key-file", file)
		return r.code == exitFailed && strings.Contains(r.stderr, "no such key")
	}, "the key is shut out")
	if info, err := os.Stat(dir + "/api-keys.json"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// What is followed through an API goes on where it was, when the server was away.
func TestWatchFollowsThroughAnAPIThatGoesAndComesBack(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	s := serve(t, store)
	address := strings.TrimPrefix(s.http, "http://")
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	p := start(t, "watch", "--api", s.http, "--all", "-o", "json")
	saw := func(host string) {
		t.Helper()
		var m struct{ Host string }
		if decode(t, p.line(t), &m); m.Host != host {
			t.Errorf("%q, want %s", m.Host, host)
		}
	}
	saw("web-1")
	s.stop(t, os.Interrupt)
	again := serve(t, store, "--http", address)
	must(t, again.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-2", time.Now()))))
	saw("web-2")
	p.stop(t, os.Interrupt)
	live(t, "watch", "--api", "http://127.0.0.1:1").wants(t, exitFailed, "127.0.0.1:1")
}
