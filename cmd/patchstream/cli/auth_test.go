package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
)

const otherHost = "web-2"

// gate is a running `serve --auth` and its directory.
type gate struct {
	*server
	dir string
}

// guarded starts a server with the hosts of the tests, a reader and whoever init makes.
func guarded(t *testing.T, args ...string) *gate {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "auth")
	must(t, live(t, "auth", "init", "--dir", dir))
	must(t, live(t, "auth", "host", host, otherHost, "--dir", dir))
	must(t, live(t, "auth", "reader", "siem", "--dir", dir))
	return &gate{serve(t, t.TempDir(), append([]string{"--auth", dir}, args...)...), dir}
}

// seed is the file of a user's seed, as host-web-2.
func (g *gate) seed(user string) string { return filepath.Join(g.dir, "keys", user+".nk") }

// as runs a command as one of the users.
func (g *gate) as(t *testing.T, user string, args ...string) result {
	t.Helper()
	return g.ask(t, append(args, "--nkey", g.seed(user))...)
}

// hangup has the server read its users again.
func (g *gate) hangup(t *testing.T, says string) {
	t.Helper()
	before := strings.Count(g.stderr.String(), says)
	g.signal(t, syscall.SIGHUP)
	eventually(t, func() bool { return strings.Count(g.stderr.String(), says) > before }, "on stderr: "+says)
}

// freshOf is an example scan as of now, and of another host.
func freshOf(t *testing.T, name, suffix string) string {
	t.Helper()
	var e map[string]any
	decode(t, readFile(t, fresh(t, "scan.json", suffix, time.Minute)), &e)
	e["host"] = name
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "scan.json", string(text))
}

// Who shuts a host out on the machine of serve needs no second command.
func TestOneCommandShutsAHostOut(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	seed := readFile(t, g.seed("host-"+host)) // which revoking removes
	kept := write(t, "kept.nk", seed)
	publishes := func() result {
		return g.ask(t, "publish", "scan", freshOf(t, host, ""), "--nkey", kept)
	}
	must(t, publishes())
	must(t, live(t, "auth", "revoke", host, "--dir", g.dir))
	eventually(t, func() bool { return strings.Contains(g.stderr.String(), "read the users again") }, "it reads the users")
	if got := publishes(); got.code == exitDone {
		t.Errorf("it still publishes: %+v", got)
	}
	must(t, g.as(t, "host-"+otherHost, "publish", "scan", freshOf(t, otherHost, "")))
	g.stop(t, os.Interrupt)
}

// A server whose own worker were locked out would go on, and consume nothing.
func TestServeKeepsItsUsersWhereItsOwnWorkerIsNoneOfThem(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	must(t, live(t, "auth", "revoke", "worker/local", "--dir", g.dir))
	must(t, live(t, "auth", "worker", "local", "--dir", g.dir))
	g.hangup(t, "the users stay as they were")
	if got := g.stderr.String(); !strings.Contains(got, "start serve again") {
		t.Errorf("%s", got)
	}
	must(t, g.as(t, "host-"+host, "publish", "scan", freshOf(t, host, "")))
	eventually(t, func() bool { return g.as(t, "operator-admin", "status", host).code == exitDone }, "the worker goes on")
}

// What keeps the users from being read goes away, and nobody touches their file or sends a signal.
func TestUsersThatCouldNotBeReadAreReadOnceTheyCanBe(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	list := filepath.Join(g.dir, "users.json")
	if err := os.Rename(list, list+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(g.dir, auth.UsersFile), time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	says := func(text string) func() bool {
		return func() bool { return strings.Contains(g.stderr.String(), text) }
	}
	eventually(t, says("the users stay as they were"), "it says that it failed")
	if err := os.Rename(list+".away", list); err != nil {
		t.Fatal(err)
	}
	eventually(t, says("read the users again"), "it tries again")
	if n := strings.Count(g.stderr.String(), "the users stay as they were"); n != 1 {
		t.Errorf("it says %d times that it failed", n)
	}
	g.stop(t, os.Interrupt)
}

// A crash in between leaves a directory that nobody is in.
func TestAuthInitMakesWhoIsMissingInADirectoryOfNobody(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "auth")
	if _, _, err := auth.Init(dir, "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	must(t, live(t, "auth", "init", "--dir", dir))
	if got := must(t, live(t, "auth", "list", "--dir", dir)); !containsAll(got, []string{"local", "admin"}) {
		t.Errorf("%s", got)
	}
}

// The whole fleet under the permissions of its users, on the binary.
func TestAFleetOfUsers(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	must(t, g.as(t, "operator-admin", "watch", "--durable", "siem", "--create"))
	seen := start(t, "watch", "--server", g.nats, "--nkey", g.seed("reader-siem"), "--durable", "siem")
	seen.says(t, "watching")

	must(t, g.as(t, "host-"+host, "publish", "scan", freshOf(t, host, "")))
	seen.lineWith(t, host, "openssl.amd64", "MISSING")
	must(t, g.as(t, "host-"+otherHost, "publish", "scan", freshOf(t, otherHost, "")))
	seen.lineWith(t, otherHost, "openssl.amd64", "MISSING")

	t.Run("an operator reads and decides", func(t *testing.T) { g.checkOperator(t, seen) })
	t.Run("a host speaks for itself alone", func(t *testing.T) { g.checkHost(t) })
	t.Run("a reader reads alone", func(t *testing.T) { g.checkReader(t) })
	t.Run("a revoked host is out, and the others notice nothing", func(t *testing.T) { g.checkRevoked(t, seen) })
	t.Run("broken users are refused", func(t *testing.T) { g.checkBroken(t) })
	seen.stop(t, os.Interrupt)
	g.stop(t, syscall.SIGTERM)
}

func (g *gate) checkOperator(t *testing.T, seen *process) {
	const as = "operator-admin"
	must(t, g.as(t, as, "baseline", "put", "testdata/baseline.json"))
	must(t, g.as(t, as, "baseline", "bind", "--group", "web", "--os", "ubuntu", "prod-ubuntu"))
	must(t, g.as(t, as, "baseline", "list"))
	must(t, g.as(t, as, "host", "group", host, "web"))
	must(t, g.as(t, as, "host", "group", host, "--clear"))
	must(t, g.as(t, as, "settings", "set", "scan_max_age", "3d"))
	must(t, g.as(t, as, "settings", "get"))
	must(t, g.as(t, as, "override", "set", host, "openssl", "NOT_APPLICABLE", "--reason", "CHG-1"))
	seen.lineWith(t, host, "openssl.amd64", "NOT_APPLICABLE")
	must(t, g.as(t, as, "override", "list"))
	must(t, g.as(t, as, "override", "clear", host, "openssl"))
	seen.lineWith(t, host, "openssl.amd64", "MISSING")
	if got := must(t, g.as(t, as, "status")); !strings.Contains(got, "2 hosts: 2 NON_COMPLIANT") {
		t.Errorf("%s", got)
	}
	must(t, g.as(t, as, "explain", host, "openssl"))
	must(t, g.as(t, as, "patches", host))
	own := start(t, "watch", "--server", g.nats, "--nkey", g.seed(as), "--all")
	own.lineWith(t, host, "openssl.amd64")
	own.stop(t, os.Interrupt)
}

func (g *gate) checkHost(t *testing.T) {
	const as = "host-" + otherHost
	g.as(t, as, "publish", "scan", freshOf(t, host, "x")).wants(t, exitFailed, "may not do that: \"patchstream publish scan\" takes the key of host "+host+" or an operator", "refused: patch.scan."+host, "--nkey "+g.seed(as))
	for _, args := range [][]string{
		{"status"}, {"watch"}, {"watch", "--durable", "siem"}, {"baseline", "list"}, {"settings", "get"}, {"dead-letters", "list"},
		{"override", "list"}, {"host", "group", host, "web"}, {"publish", "override", "testdata/override.json"},
	} {
		g.as(t, as, args...).wants(t, exitFailed, "may not do that", "refused: ", "--nkey "+g.seed(as))
	}
	if r := g.as(t, as, "worker"); r.code != exitFailed || !strings.Contains(r.stderr, "may not do that: \"patchstream worker\" takes the key of a worker") {
		t.Errorf("a worker as a host: %+v", r)
	}
	g.ask(t, "status").wants(t, exitFailed, "refused us", "say who you are with --nkey or --creds")
	g.checkLiar(t)
}

// checkLiar has a host say in a payload, on its own subject, that it is another.
func (g *gate) checkLiar(t *testing.T) {
	nkey, err := dial.As(g.seed("host-" + otherHost))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(g.nats, append(nkey, nats.Timeout(patience))...)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	m := nats.NewMsg(messages.KindScan.Subject(otherHost))
	m.Header.Set("Content-Type", "application/json")
	m.Data = []byte(readFile(t, freshOf(t, host, "liar")))
	if ack, err := nc.RequestMsg(m, patience); err != nil || !strings.Contains(string(ack.Data), `"stream":"PATCH_EVENTS"`) {
		t.Fatalf("%v, %v", ack, err)
	}
	var letters []struct {
		Sequence           uint64
		Kind, Host, Reason string
	}
	eventually(t, func() bool {
		decode(t, must(t, g.as(t, "operator-admin", "dead-letters", "list", "-o", "json")), &letters)
		return len(letters) > 0
	}, "the liar's scan is a dead letter")
	if l := letters[0]; l.Host != otherHost || l.Kind != "scan" || !strings.Contains(l.Reason, "host") || !strings.Contains(l.Reason, host) {
		t.Errorf("%+v", l)
	}
	must(t, g.as(t, "operator-admin", "dead-letters", "replay", "--all"))
	eventually(t, func() bool {
		var again []struct{ Sequence uint64 }
		decode(t, must(t, g.as(t, "operator-admin", "dead-letters", "list", "-o", "json")), &again)
		return len(again) == 1 && again[0].Sequence != letters[0].Sequence
	}, "it is put back, and comes back")
	must(t, g.as(t, "operator-admin", "dead-letters", "purge", "--all", "--yes"))
}

func (g *gate) checkReader(t *testing.T) {
	const as = "reader-siem"
	for _, args := range [][]string{
		{"status"}, {"baseline", "list"}, {"publish", "scan", freshOf(t, host, "y")}, {"watch", "--durable", "other"},
		{"watch", "--durable", "mine", "--create"},
	} {
		g.as(t, as, args...).wants(t, exitFailed, "may not do that", "refused: ")
	}
	g.as(t, as, "watch").wants(t, exitFailed, "may not do that", `; a reader follows with "patchstream watch --durable NAME"`)
}

func (g *gate) checkRevoked(t *testing.T, seen *process) {
	kept := write(t, "kept.nk", readFile(t, g.seed("host-"+host)))
	nkey, err := dial.As(kept)
	if err != nil {
		t.Fatal(err)
	}
	cut := make(chan struct{})
	nc, err := nats.Connect(g.nats, append(nkey, nats.Timeout(patience), nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(cut) }))...)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	must(t, live(t, "auth", "revoke", host, "--dir", g.dir))
	if err := nc.FlushTimeout(patience); err != nil {
		t.Errorf("before the server was signalled: %v", err)
	}
	g.hangup(t, "read the users again")
	select {
	case <-cut:
	case <-time.After(patience):
		t.Fatal("its connection is open")
	}
	g.ask(t, "publish", "scan", freshOf(t, host, "z"), "--nkey", kept).wants(t, exitFailed, "refused us", "Authorization", "does not know the key in --nkey "+kept)
	file := freshOf(t, otherHost, "after")
	text := strings.Replace(readFile(t, file), "3.0.2-0ubuntu1.15", "3.0.2-0ubuntu1.18", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, g.as(t, "host-"+otherHost, "publish", "scan", file))
	seen.lineWith(t, otherHost, "openssl.amd64")
	must(t, live(t, "auth", "host", host, "--dir", g.dir))
	g.hangup(t, "read the users again")
	must(t, g.as(t, "host-"+host, "publish", "scan", freshOf(t, host, "back")))
	g.ask(t, "publish", "scan", freshOf(t, host, "zz"), "--nkey", kept).wants(t, exitFailed, "refused us")
}

func (g *gate) checkBroken(t *testing.T) {
	file := filepath.Join(g.dir, auth.UsersFile)
	good := readFile(t, file)
	if err := os.WriteFile(file, []byte("accounts {"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.hangup(t, "the users stay as they were")
	must(t, g.as(t, "host-"+otherHost, "publish", "scan", freshOf(t, otherHost, "broken")))
	if err := os.WriteFile(file, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	g.hangup(t, "read the users again")
}

// What a host may not send stays on its disk until somebody may.
func TestARefusedEventStaysInTheSpool(t *testing.T) {
	t.Parallel()
	g := guarded(t)
	spool := filepath.Join(t.TempDir(), "spool")
	full := func() (*messages.Scan, error) { return collected(t), nil }
	scan := func(of string) result {
		return scanWith(t, full, "--host", of, "--spool", spool, "--server", g.nats, "--nkey", g.seed("host-"+otherHost))
	}
	r := scan(host)
	if r.code != 0 || r.stdout != "" || !containsAll(r.stderr, []string{"waits in " + spool, "may not do that: \"patchstream scan\" takes the key of host " + host, "refused: patch.scan." + host, "--nkey"}) {
		t.Errorf("%+v", r)
	}
	root := newPatchRoot(t)
	r = live(t, "run", "--no-scan", "--root", root.root, "--host", host, "--spool", spool, "--server", g.nats, "--nkey", g.seed("host-"+otherHost), "--", "true")
	if r.code != 0 || !containsAll(r.stderr, []string{"run ", "waits in " + spool, "may not do that: \"patchstream run\" takes the key of host " + host, "refused: patch."}) {
		t.Errorf("%+v", r)
	}
	if list := spooledIn(t, spool); len(list.Events) != 2 || len(list.Damaged) != 0 {
		t.Fatalf("%+v", list)
	}
	if r = scan(otherHost); r.code != 0 || !strings.HasPrefix(r.stdout, "published scan") || !strings.Contains(r.stderr, "2 events of other hosts in "+spool) {
		t.Errorf("past what may not be sent: %+v", r)
	}
	g.as(t, "host-"+otherHost, "spool", "flush", "--spool", spool).wants(t, exitFailed, "may not do that", "refused: patch.scan."+host)
	if list := spooledIn(t, spool); len(list.Events) != 2 || len(list.Damaged) != 0 {
		t.Fatalf("%+v", list)
	}
	if got := must(t, g.as(t, "host-"+host, "spool", "flush", "--spool", spool)); !strings.Contains(got, "sent 2 events") {
		t.Errorf("%s", got)
	}
	eventually(t, func() bool { return g.as(t, "operator-admin", "status", host).code == 0 }, "the scan is classified")
}

func TestAuthSaysWhatItDidAndWhatIsNext(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "auth")
	if got := must(t, call(t, "auth", "init", "--dir", dir)); !containsAll(got, []string{"made " + dir, "serve --auth " + dir, "nats-server -c " + filepath.Join(dir, auth.ServerFile), "operator-admin.nk"}) {
		t.Errorf("%s", got)
	}
	if got := must(t, call(t, "auth", "init", "--dir", dir)); !strings.Contains(got, "made before") {
		t.Errorf("%s", got)
	}
	got := must(t, call(t, "auth", "host", "web-1", "web-2", "--dir", dir))
	if !containsAll(got, []string{"host-web-1.nk", "host-web-2.nk", "nats-server --signal reload", "patchstream serve runs", "patchstream scan --host web-1"}) {
		t.Errorf("%s", got)
	}
	if got := must(t, call(t, "auth", "host", "web-1", "--dir", dir)); !strings.Contains(got, "is there already, and keeps its key") || strings.Contains(got, "Next steps") {
		t.Errorf("%s", got)
	}
	if got := must(t, call(t, "auth", "reader", "web-1", "--dir", dir)); !strings.Contains(got, "watch --durable web-1 --create") {
		t.Errorf("%s", got)
	}
	var users []print.User
	decode(t, must(t, call(t, "auth", "list", "--dir", dir, "-o", "json")), &users)
	names := make([]string, 0, len(users))
	for _, u := range users {
		names = append(names, string(u.Role)+"/"+u.Name)
		if key, err := auth.PublicKey(u.Seed); err != nil || key != u.PublicKey {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if want := []string{"host/web-1", "host/web-2", "operator/admin", "reader/web-1", "worker/local"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
	if got := must(t, call(t, "auth", "list", "--dir", dir)); !strings.Contains(got, users[0].PublicKey) {
		t.Errorf("%s", got)
	}
	call(t, "auth", "revoke", "web-1", "--dir", dir).wants(t, exitUsage, "host/web-1", "reader/web-1")
	call(t, "auth", "revoke", "wbe-2", "--dir", dir).wants(t, exitFailed, `did you mean "web-2"?`)
	call(t, "auth", "revoke", "nonesuch", "--dir", dir).wants(t, exitFailed, "patchstream auth list")
	if got := must(t, call(t, "auth", "revoke", "host/web-1", "--dir", dir)); !containsAll(got, []string{"revoked host web-1", "reload", "patchstream host retire web-1"}) {
		t.Errorf("%s", got)
	}
	call(t, "auth", "host", "web-3", "a..b", "--dir", dir).wants(t, exitUsage, "a..b")
	call(t, "auth", "host", "web-1", "--dir", t.TempDir()).wants(t, exitFailed, "patchstream auth init", "--dir")
}

func TestServeRefusesHalfOfWhatItNeeds(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "auth")
	must(t, call(t, "auth", "init", "--dir", dir))
	args := []string{"serve", "--store", t.TempDir(), "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"}
	for name, c := range map[string]struct {
		args  []string
		code  int
		words []string
	}{
		"no directory": {[]string{"--auth", t.TempDir()}, exitFailed, []string{"--auth", "patchstream auth init"}},
		"a cert":       {[]string{"--tls-cert", "x"}, exitUsage, []string{"--tls-cert and --tls-key go together"}},
		"a CA":         {[]string{"--tls-client-ca", "x"}, exitUsage, []string{"--tls-client-ca needs --tls-cert"}},
		"no cert":      {[]string{"--tls-cert", "nonesuch.pem", "--tls-key", "nonesuch.key"}, exitFailed, []string{"nonesuch"}},
	} {
		t.Run(name, func(t *testing.T) { call(t, append(args, c.args...)...).wants(t, c.code, c.words...) })
	}
	if err := os.Remove(filepath.Join(dir, "keys", "worker-local.nk")); err != nil {
		t.Fatal(err)
	}
	call(t, append(args, "--auth", dir)...).wants(t, exitFailed, "patchstream auth worker", "--no-worker")
	alone := serve(t, t.TempDir(), "--auth", dir, "--no-worker")
	alone.stop(t, syscall.SIGTERM)
}

// With users it may listen where others reach it. That it warns of this without TLS is all that is looked at here.
func TestServeWarnsOfPlainConnectionsFromElsewhere(t *testing.T) {
	t.Parallel()
	said := func(o *serveOptions) string {
		stderr := &buffer{}
		if err := newApp(nil, &buffer{}, stderr).checkTLS(o); err != nil {
			t.Error(err)
		}
		return stderr.String()
	}
	open := &serveOptions{auth: "x", listen: "0.0.0.0:4222"}
	if got := said(open); !containsAll(got, []string{"warning", "0.0.0.0:4222 without TLS", "--tls-cert"}) {
		t.Errorf("%q", got)
	}
	open.tls.Cert, open.tls.Key = write(t, "cert", "x"), write(t, "key", "x")
	if got := said(open) + said(&serveOptions{auth: "x", listen: "127.0.0.1:4222"}); got != "" {
		t.Errorf("%q", got)
	}
}

// A viewer's credentials answer every question as an operator's do, and let nothing be written.
func TestAViewerAsksAndWritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/auth"
	must(t, live(t, "auth", "init", "--dir", dir))
	must(t, live(t, "auth", "viewer", "grafana", "--dir", dir))
	s := serve(t, t.TempDir(), "--auth", dir)
	operator, viewer := []string{"--nkey", dir + "/keys/operator-admin.nk"}, []string{"--nkey", dir + "/keys/viewer-grafana.nk"}
	as := func(who []string, args ...string) result { return s.ask(t, slices.Concat(args, who)...) }
	eventually(t, func() bool {
		r := as(viewer, "status")
		return r.code == exitDone && strings.Contains(r.stdout, "No host has said anything yet")
	}, "there is nothing yet")
	must(t, as(operator, "publish", "scan", fresh(t, "scan.json", "", time.Hour), write(t, "scans.json", compliantScan("web-1", time.Now())+compliantScan("web-2", time.Now()))))
	eventually(t, func() bool { return strings.Contains(as(operator, "status").stdout, "3 hosts") }, "three hosts")
	must(t, as(operator, "baseline", "put", "testdata/baseline.json"))
	must(t, as(operator, "baseline", "put", write(t, "b.json", strings.Replace(readFile(t, "testdata/baseline.json"), "CRITICAL", "HIGH", 1))))
	must(t, as(operator, "host", "group", "web-1", "web-2", "shop"))
	must(t, as(operator, "baseline", "bind", "--group", "shop", "--os", "UBUNTU", "prod-ubuntu"))
	must(t, as(operator, "override", "set", "web-1", "bash", "INSTALLED_OTHER", "--reason", "CHG-1"))
	eventually(t, func() bool { return strings.Contains(as(operator, "override", "list").stdout, "in force") }, "the override is in force")
	for _, args := range [][]string{
		{"status"}, {"status", "-o", "json"}, {"status", "--missing", "curl"}, {"status", "-o", "json", "--patches", "--status", "NON_COMPLIANT"}, {"status", "web-1"}, {"status", "web-17.example.org", "-o", "json"},
		{"patches", "web-17.example.org"}, {"explain", "web-17.example.org", "curl"}, {"host", "list"}, {"host", "show", "web-1"}, {"group", "list"},
		{"override", "list"}, {"override", "list", "web-1"}, {"baseline", "list"}, {"baseline", "get", "prod-ubuntu"}, {"baseline", "get", "prod-ubuntu@1"}, {"baseline", "log", "prod-ubuntu"},
		{"settings", "get"}, {"audit"}, {"audit", "--since", "1h", "-o", "json"},
		{"history", "web-1"}, {"history", "web-17.example.org", "curl", "-o", "json"}, {"watch", "--all", "--no-follow", "-o", "json"}, {"watch", "--since", "1h", "--no-follow", "--host", "web-2"},
		{"status", "web-9"}, {"history", "wbe-1"}, {"baseline", "get", "none"},
	} {
		if may, asked := as(operator, args...), as(viewer, args...); ageless(may) != ageless(asked) {
			t.Errorf("%v: an operator\n%+v\na viewer\n%+v", args, may, asked)
		}
	}
	p := start(t, slices.Concat([]string{"watch", "--host", "web-2", "--all", "-o", "json", "--server", s.nats}, viewer)...)
	p.lineWith(t, `"revision":1`)
	must(t, as(operator, "host", "retire", "web-2"))
	p.lineWith(t, "RETIRED")
	p.stop(t, os.Interrupt)
	for _, args := range [][]string{
		{"override", "set", "web-1", "bash", "INSTALLED", "--reason", "x"}, {"override", "clear", "web-1", "bash"}, {"host", "retire", "web-1"}, {"host", "group", "web-1", "x"},
		{"baseline", "set-default", "--os", "UBUNTU", "prod-ubuntu"}, {"settings", "set", "scan_max_age", "3d"}, {"recheck", "web-1"}, {"recheck", "--all"}, {"dead-letters", "list"},
		{"publish", "scan", write(t, "scan.json", compliantScan("web-3", time.Now()))}, {"watch", "--durable", "mine", "--create"},
	} {
		if r := as(viewer, args...); r.code != exitFailed || !strings.Contains(r.stderr, "viewer") {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if got := as(operator, "audit").stdout; strings.Contains(got, "grafana") {
		t.Errorf("something was written: %s", got)
	}
}

// An older version gave operators fewer rights, and its file stays until somebody writes another.
func TestServeRenewsTheFileOfUsersOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "auth")
	must(t, live(t, "auth", "init", "--dir", dir))
	must(t, live(t, "auth", "host", host, "--dir", dir))
	file := filepath.Join(dir, auth.UsersFile)
	whole := readFile(t, file)
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(whole, "KV_PATCH_HOSTS", "KV_NOTHING")), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &gate{serve(t, t.TempDir(), "--auth", dir), dir}
	if got := readFile(t, file); got != whole || !strings.Contains(g.stderr.String(), "was of another version of patchstream") {
		t.Errorf("stderr %s\nthe file: %s", g.stderr.String(), got)
	}
	must(t, g.as(t, "host-"+host, "publish", "scan", freshOf(t, host, "")))
	eventually(t, func() bool { return g.as(t, "operator-admin", "host", "show", host).code == exitDone }, "the operator reads the record")
}
