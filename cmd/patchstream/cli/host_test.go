package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
)

// compliantScan is the scan of a host that is all right, taken at a time.
func compliantScan(host string, taken time.Time) string {
	at := taken.UTC().Format(time.RFC3339Nano)
	return fmt.Sprintf(`{"v":1,"id":"s%d","host":%q,"taken_at":%q,"index_at":%q,"complete":true,
		"os":{"system":"UBUNTU","product":"Ubuntu22.04","version":"22.04","codename":"jammy","arch":"amd64"},
		"origins":[{"archive":"jammy-security","site":"mirror.example.org","trusted":true,"date":%q}],
		"packages":[{"name":"bash","arch":"amd64","installed":"5.1","versions":[{"version":"5.1","priority":"required","origins":[0]}]}]}`,
		taken.UnixNano(), host, at, at, at)
}

// hosts returns what host list says, by host.
func (s *server) hosts(t *testing.T) map[string]query.HostView {
	t.Helper()
	var list []query.HostView
	if err := json.Unmarshal([]byte(must(t, s.ask(t, "host", "list", "-o", "json"))), &list); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]query.HostView)
	for _, v := range list {
		all[v.Host] = v
	}
	return all
}

// knows waits until so many hosts are known.
func (s *server) knows(t *testing.T, n int) {
	t.Helper()
	eventually(t, func() bool { return len(s.hosts(t)) == n }, fmt.Sprint(n, " hosts"))
}

// heardAt has a host's record say when the host was heard last.
func (s *server) heardAt(t *testing.T, host string, at time.Time) {
	t.Helper()
	nc, err := nats.Connect(s.nats)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	store := record.NewStore(js, kv, time.Minute)
	r, version, err := store.Load(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	r.Heard = at
	e, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), host, e, version); err != nil {
		t.Fatal(err)
	}
}

func TestAHostIsRetiredAndComesBack(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	seen := s.follow(t)
	begin := time.Now()
	must(t, s.ask(t, "publish", "scan", write(t, "scans.json", compliantScan("web-1", begin)+compliantScan("web-2", begin))))
	s.knows(t, 2)

	s.ask(t, "host", "retire", "web-1", "wbe-2").wants(t, exitFailed, "nothing was retired", "did you mean web-2?")
	if got := must(t, s.ask(t, "host", "retire", "web-1", "web-1", "--reason", "replaced, CHG-7", "--by", "ops")); got != "retired web-1\n" {
		t.Errorf("retire: %q", got)
	}
	seen.lineWith(t, "web-1", "(the host)", "COMPLIANT → RETIRED")
	if status := must(t, s.ask(t, "status")); strings.Contains(status, "web-1") || !strings.Contains(status, "1 host: 0 NON_COMPLIANT, 0 UNKNOWN, 1 COMPLIANT") {
		t.Errorf("status:\n%s", status)
	}
	if got := must(t, s.ask(t, "patches", "web-1", "--state", "MISSING")); !containsAll(got, []string{"web-1 has no patches: it is RETIRED since 20", "by ops: replaced, CHG-7"}) {
		t.Errorf("patches: %s", got)
	}
	s.ask(t, "explain", "web-1", "bash").wants(t, exitFailed, "web-1 has no patches: it is retired since 20", "patchstream host show web-1")
	for _, show := range [][]string{{"host", "list"}, {"host", "show", "web-1"}, {"status", "web-1"}} {
		if got := must(t, s.ask(t, show...)); !containsAll(got, []string{"web-1", "RETIRED", "by ops: replaced, CHG-7"}) {
			t.Errorf("%v:\n%s", show, got)
		}
	}
	_, metrics := get(t, s.http+"/metrics")
	if !containsAll(metrics, []string{`patchstream_hosts{status="COMPLIANT"} 1`, `patchstream_hosts{status="UNKNOWN"} 0`}) {
		t.Errorf("the metrics count another number of hosts")
	}
	if v := s.hosts(t)["web-1"]; v.Retired == nil || v.Retired.Reason != "replaced, CHG-7" || v.Revision != 2 || v.DueAt != nil {
		t.Errorf("%+v", v)
	}
	if again := s.ask(t, "host", "retire", "web-1"); again.code != exitDone || !strings.Contains(again.stderr, "web-1 is retired already") {
		t.Errorf("a second time: %+v", again)
	}

	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	seen.lineWith(t, "web-1", "(the host)", "RETIRED → COMPLIANT")
	if v := s.hosts(t)["web-1"]; v.Retired != nil || v.Revision != 3 || v.DueAt == nil || v.HeardAt == nil || v.ScanAt == nil {
		t.Errorf("%+v", v)
	}
	if got := must(t, s.ask(t, "host", "show", "web-1")); !containsAll(got, []string{"COMPLIANT", "Ubuntu22.04", "last heard", "revision 3", "next look"}) {
		t.Errorf("show:\n%s", got)
	}
}

// Nobody sends an event of it, and whoever watches hears of it all the same.
func TestARunningWatchShowsThatAHostFellSilentAndThatAnOverrideEnded(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "settings", "set", "scan_max_age", "10s"))
	seen := s.follow(t)
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	seen.lineWith(t, "web-1", "(the host)", "COMPLIANT")
	must(t, s.ask(t, "override", "set", "web-1", "bash", "MISSING", "--reason", "CHG-8", "--expires", "3s"))
	seen.lineWith(t, "web-1", "bash.amd64", "INSTALLED → MISSING")
	seen.lineWith(t, "web-1", "bash.amd64", "MISSING → INSTALLED")
	seen.lineWith(t, "web-1", "(the host)", "COMPLIANT → UNKNOWN", "scan_old")
}
