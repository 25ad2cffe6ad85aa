package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/worker/query"
)

func (s *server) groups(t *testing.T) []query.GroupView {
	t.Helper()
	var list []query.GroupView
	if err := json.Unmarshal([]byte(must(t, s.ask(t, "group", "list", "-o", "json"))), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestHostsArePutIntoAGroupAndGroupsAreListed(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	if got := must(t, s.ask(t, "group", "list")); !strings.Contains(got, "no groups and no hosts yet") {
		t.Errorf("nothing there: %s", got)
	}
	now := time.Now()
	must(t, s.ask(t, "publish", "scan", write(t, "scans.json", compliantScan("web-1", now)+compliantScan("web-2", now)+compliantScan("db-1", now))))
	s.knows(t, 3)

	bound := s.ask(t, "baseline", "bind", "--group", "web", "--os", "UBUNTU", "AWS-UbuntuDefaultPatchBaseline")
	if bound.code != exitDone || !containsAll(bound.stderr, []string{"no host of UBUNTU is in group web", "host group HOST… web"}) {
		t.Errorf("bound to an empty group: %+v", bound)
	}
	file := write(t, "hosts.txt", "# the shop\nweb-2\n\nweb-3\r\nweb-1\n")
	put := s.ask(t, "host", "group", "--file", file, "web-1", "web")
	if put.code != exitDone || put.stdout != "3 hosts are in group web\n2 hosts classified again, 0 changed\n" {
		t.Errorf("put: %+v", put)
	}
	if want := "patchstream: warning: web-3 is not known: no event of it was ever taken (did you mean web-1?)\n"; put.stderr != want && put.stderr != strings.Replace(want, "web-1", "web-2", 1) {
		t.Errorf("put says %q", put.stderr)
	}
	want := []query.GroupView{
		{Group: "", OS: "UBUNTU", Hosts: 1, Baseline: "AWS-UbuntuDefaultPatchBaseline"},
		{Group: "web", OS: "", NeverHeard: 1},
		{Group: "web", OS: "UBUNTU", Hosts: 2, SetByOperator: 2, Baseline: "AWS-UbuntuDefaultPatchBaseline", Bound: true},
	}
	if diff := cmp.Diff(want, s.groups(t)); diff != "" {
		t.Error(diff)
	}
	if got := must(t, s.ask(t, "group", "list")); !containsAll(got, []string{"GROUP", "web", "1 host put into a group of which nothing was ever heard"}) {
		t.Errorf("list:\n%s", got)
	}

	for _, c := range []struct{ group, os, words string }{
		{"web", "DEBIAN", "no host of DEBIAN is in group web: it has 2 hosts of UBUNTU"},
		{"wbe", "UBUNTU", "no host of UBUNTU is in group wbe: did you mean web?"},
	} {
		builtin := map[string]string{"DEBIAN": "AWS-DebianDefaultPatchBaseline", "UBUNTU": "AWS-UbuntuDefaultPatchBaseline"}[c.os]
		if r := s.ask(t, "baseline", "bind", "--group", c.group, "--os", c.os, builtin); r.code != exitDone || !strings.Contains(r.stderr, c.words) {
			t.Errorf("bind %+v: %+v", c, r)
		}
	}
	if r := s.ask(t, "baseline", "bind", "--group", "web", "--os", "UBUNTU", "AWS-UbuntuDefaultPatchBaseline"); r.code != exitDone || r.stderr != "" {
		t.Errorf("bound to a group with hosts: %+v", r)
	}
	if r := s.askWith(t, "web-2\nweb-3\n", "host", "group", "--clear", "-", "db-1"); r.code != exitDone || !strings.Contains(r.stderr, "db-1 was in no group that an operator set") {
		t.Errorf("clear: %+v", r)
	}
	if g := s.groups(t); len(g) != 4 || g[0].Hosts != 2 || g[3].Hosts != 1 {
		t.Errorf("after clearing: %+v", g)
	}
	s.ask(t, "host", "group", "--file", write(t, "bad.txt", "web-1\na b\n"), "web").wants(t, exitUsage, "bad.txt, line 2", `"a b"`)
}
