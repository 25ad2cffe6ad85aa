package cli

import (
	"encoding/json"
	"fmt"
	"slices"
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
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), host, text, "{}", version); err != nil {
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

func TestHostsThatAreSilentAreShownBeforeTheyAreRetired(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	seen := s.follow(t)
	old := time.Now().Add(-40 * 24 * time.Hour)
	must(t, s.ask(t, "publish", "scan", write(t, "scans.json", compliantScan("old-1", old)+compliantScan("old-2", old.Add(time.Hour))+compliantScan("new-1", time.Now()))))
	s.knows(t, 3)
	if got := must(t, s.ask(t, "host", "retire", "--silent-for", "30d")); got != "no host is silent for 30d\n" { // their clocks say so, and they spoke just now
		t.Errorf("30d: %q", got)
	}
	s.heardAt(t, "old-1", old)
	s.heardAt(t, "old-2", old.Add(time.Hour))
	if got := must(t, s.ask(t, "host", "retire", "--silent-for", "60d")); got != "no host is silent for 60d\n" {
		t.Errorf("60d: %q", got)
	}
	for _, answer := range []string{"", "n\n", "no, wait\n"} {
		got := must(t, s.askWith(t, answer, "host", "retire", "--silent-for", "30d"))
		if !containsAll(got, []string{"old-1", "old-2", "40 d", "Retire 2 hosts? [y/N] ", "nothing was retired\n"}) || strings.Contains(got, "new-1") {
			t.Errorf("answered %q:\n%s", answer, got)
		}
	}
	if got := must(t, s.askWith(t, "y\n", "host", "retire", "--silent-for", "30d")); !strings.Contains(got, "retired old-1\nretired old-2\n") {
		t.Errorf("answered y:\n%s", got)
	}
	eventually(t, func() bool { all := s.hosts(t); return all["old-1"].Retired != nil && all["old-2"].Retired != nil }, "both are retired")
	if got := must(t, s.ask(t, "host", "retire", "--silent-for", "30d", "--yes", "-o", "json")); strings.TrimSpace(got) != "[]" {
		t.Errorf("those that are retired are silent again: %s", got)
	}
	if got := must(t, s.askWith(t, "new-1\n\nnew-1\n", "host", "retire", "-", "-o", "json")); !containsAll(got, []string{`"kind": "retire"`, `"host": "new-1"`}) {
		t.Errorf("from a list: %s", got)
	}
	seen.lineWith(t, "new-1", "COMPLIANT → RETIRED")
	if got := must(t, s.ask(t, "status")); !strings.Contains(got, "Every host is retired") {
		t.Errorf("status: %s", got)
	}
	order := []string{}
	for _, l := range slices.Collect(strings.Lines(must(t, s.ask(t, "host", "list"))))[2:] {
		order = append(order, strings.Fields(l)[0])
	}
	if !slices.Equal(order, []string{"old-1", "old-2", "new-1"}) {
		t.Errorf("host list: %v", order)
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
