package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// Only "bench" is for nobody that "patchstream auth" knows: its server is a spare one.
func TestEveryCommandThatTalksToNATSSaysForWhomItIs(t *testing.T) {
	t.Parallel()
	for path, c := range commands(t) {
		if c.Flags().Lookup("nkey") != nil && len(meantFor(c)) == 0 && path != "patchstream bench" {
			t.Errorf("%s is for nobody", path)
		}
	}
	for path := range forRoles {
		if c := commands(t)["patchstream "+path]; c == nil {
			t.Errorf("%s is no command", path)
		}
	}
}

// Whoever may not do something is told in words for whom it is and how to get such a key, in three lines of a terminal where the name of the
// key's file is an ordinary one; and whoever a command is for is not refused.
func TestWhoMayNotDoSomethingIsToldForWhomItIs(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	must(t, live(t, "auth", "viewer", "grafana", "--dir", g.dir))
	eventually(t, func() bool { return g.as(t, "viewer-grafana", "status").code == exitDone }, "the viewer is known")
	must(t, g.as(t, "host-"+host, "publish", "scan", freshOf(t, host, "")))
	eventually(t, func() bool { return g.as(t, "operator-admin", "status", host).code == exitDone }, "the host is known")
	users := []struct {
		role auth.Role
		name string
	}{{auth.Host, "host-" + host}, {auth.Reader, "reader-siem"}, {auth.Viewer, "viewer-grafana"}, {auth.Operator, "operator-admin"}} // a worker may read, and more
	const put, scan, override = "testdata/baseline.json", "scan.json", "override.json"
	for _, c := range []struct {
		args  []string
		roles []auth.Role // for whom it is
		makes string
	}{
		{[]string{"status"}, asks, "viewer"},
		{[]string{"patches"}, asks, "viewer"},
		{[]string{"explain", host, "openssl"}, asks, "viewer"},
		{[]string{"history", host}, asks, "viewer"},
		{[]string{"audit"}, asks, "viewer"},
		{[]string{"host", "list"}, asks, "viewer"},
		{[]string{"group", "list"}, asks, "viewer"},
		{[]string{"baseline", "list"}, asks, "viewer"},
		{[]string{"settings", "get"}, asks, "viewer"},
		{[]string{"watch", "--all", "--no-follow"}, asks, "viewer"},
		{[]string{"settings", "set", "scan_max_age", "3d"}, decides, "operator"},
		{[]string{"baseline", "put", put}, decides, "operator"},
		{[]string{"baseline", "set-default", "--os", "UBUNTU", "prod-ubuntu"}, decides, "operator"},
		{[]string{"baseline", "bind", "--group", "web", "--os", "UBUNTU", "prod-ubuntu"}, decides, "operator"},
		{[]string{"host", "group", host, "web"}, decides, "operator"},
		{[]string{"override", "set", host, "openssl", "INSTALLED", "--reason", "CHG-1"}, decides, "operator"},
		{[]string{"recheck", host}, decides, "operator"},
		{[]string{"dead-letters", "list"}, decides, "operator"},
		{[]string{"dead-letters", "replay", "--all"}, decides, "operator"},
		{[]string{"dead-letters", "purge", "--all", "--yes"}, decides, "operator"},
		{[]string{"watch", "--durable", "mine", "--create"}, decides, "operator"},
		{[]string{"watch", "--list"}, decides, "operator"},
		{[]string{"publish", "override", override}, decides, "operator"},
		{[]string{"publish", "scan", scan}, []auth.Role{auth.Host, auth.Operator}, "host"},
		{[]string{"host", "retire", host}, decides, "operator"},
		{[]string{"worker", "--http", "127.0.0.1:0"}, nil, "worker"}, // which runs on, for who may
	} {
		for _, user := range users {
			if c.roles == nil && user.role == auth.Operator { // who may see the streams, and is refused later
				continue
			}
			args := slices.Clone(c.args)
			for i, a := range args {
				switch a {
				case scan:
					args[i] = freshOf(t, host, user.name)
				case override:
					args[i] = fresh(t, override, user.name, time.Minute)
				}
			}
			r := g.as(t, user.name, args...)
			if slices.Contains(c.roles, user.role) {
				if strings.Contains(r.stderr, "may not do that") {
					t.Errorf("%s of %v: %s", user.role, args, r.stderr)
				}
				continue
			}
			says := r.stderr[max(0, strings.LastIndex(r.stderr, "patchstream: ")):]
			if r.code != exitFailed || !containsAll(says, []string{"the key in --nkey " + g.seed(user.name) + " may not do that: \"patchstream " + c.args[0], "\"patchstream auth " + c.makes + " ", "\" makes one"}) {
				t.Errorf("%s of %v: %+v", user.role, args, r)
			}
			plain, _, _ := strings.Cut(strings.Replace(says, g.seed(user.name), "/etc/patchstream/key.nk", 1), "; refused: ")
			plain = plain[strings.Index(plain, "the key in"):] // behind of which event it is
			if strings.Contains(plain, "$") || len(plain) > 3*80 {
				t.Errorf("%s of %v: %s", user.role, args, says)
			}
		}
	}
}
