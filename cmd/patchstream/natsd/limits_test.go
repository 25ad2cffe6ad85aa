package natsd

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// With one host's key somebody opens ever more connections, and lets them be. Others come in, that host too.
func TestOneKeyTakesNoMoreThanItsPartOfTheConnections(t *testing.T) {
	d := users(t, "web-1", "web-2")
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Users: d.File(auth.UsersFile)})
	defer s.Shutdown()
	connect := func(role auth.Role, name string) (*nats.Conn, <-chan struct{}) {
		opts, cut := as(t, d, role, name)
		nc, err := nats.Connect(s.URL(), append(opts, nats.Timeout(patience))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc, cut
	}
	_, otherCut := connect(auth.Host, "web-2")
	var workers []<-chan struct{}
	for range ofOneKey + 2 { // who is trusted has no such bound
		_, cut := connect(auth.Worker, "w")
		workers = append(workers, cut)
	}
	var cuts []<-chan struct{}
	var newest *nats.Conn
	const tooMany = 5
	for range ofOneKey + tooMany {
		nc, cut := connect(auth.Host, "web-1")
		cuts, newest = append(cuts, cut), nc
	}
	for i, cut := range cuts[:tooMany] {
		select {
		case <-cut:
		case <-time.After(patience):
			t.Fatalf("connection %d of one user is still open", i)
		}
	}
	if err := newest.FlushTimeout(patience); err != nil {
		t.Errorf("the host's newest connection: %v", err)
	}
	for _, cut := range append(workers, otherCut) {
		select {
		case <-cut:
			t.Error("somebody else was cut off")
		default:
		}
	}
}

func TestAConnectionHasItsPartOfTheSubscriptions(t *testing.T) {
	d := users(t, "web-1")
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Users: d.File(auth.UsersFile)})
	defer s.Shutdown()
	opts, _ := as(t, d, auth.Host, "web-1")
	nc, err := nats.Connect(s.URL(), append(opts, nats.Timeout(patience))...)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	users, err := d.Users()
	if err != nil {
		t.Fatal(err)
	}
	inbox := ""
	for _, u := range users {
		if u.Name == "web-1" {
			inbox = auth.InboxPrefix(u.PublicKey)
		}
	}
	for range 100 {
		if _, err := nc.SubscribeSync(inbox + ".>"); err != nil {
			break
		}
	}
	_ = nc.FlushTimeout(patience) // it may be closed by now
	if err := nc.LastError(); err == nil || !strings.Contains(err.Error(), "subscriptions") {
		t.Errorf("100 subscriptions: %v", err)
	}
}

func TestConnectionsLeaveDescriptorsForFiles(t *testing.T) {
	for _, bound := range []struct {
		descriptors uint64
		connections int
	}{{1024, 768}, {4096, 3072}, {300, 64}, {0, 64}, {1 << 20, mostConnections}, {1 << 40, mostConnections}} {
		if got := maxConnections(bound.descriptors); got != bound.connections {
			t.Errorf("of %d descriptors connections get %d, not %d", bound.descriptors, got, bound.connections)
		}
	}
	s := up(t, Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	defer s.Shutdown()
	v, err := s.nats.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.MaxConn != maxConnections(descriptors()) || v.MaxSubs != subscriptions || v.PingInterval != pingEvery || v.MaxPingsOut != pingsOut {
		t.Errorf("%d connections, %d subscriptions, a ping every %s, %d without an answer", v.MaxConn, v.MaxSubs, v.PingInterval, v.MaxPingsOut)
	}
}
