package workertest

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// Members returns the options of n servers that make a cluster with JetStream on loopback, each with a store of
// its own. None is started: see [Join].
func Members(t testing.TB, n int) []*server.Options {
	t.Helper()
	dir := t.TempDir()
	members := make([]*server.Options, n)
	routes := ""
	for i := range members {
		name, port := fmt.Sprintf("member-%d", i), FreePort(t)
		members[i] = &server.Options{
			ServerName: name, Host: "127.0.0.1", Port: server.RANDOM_PORT, // a member without a listener never routes
			NoSigs: true, NoLog: true, JetStream: true, StoreDir: filepath.Join(dir, name), MaxPayload: 8 << 20,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
		}
		routes += fmt.Sprintf(",nats://127.0.0.1:%d", port)
	}
	for _, m := range members {
		m.Routes = server.RoutesFromStr(routes[1:])
	}
	return members
}

// Join starts members of a cluster and stops them when the test ends. It does not wait for a leader: see [Led].
func Join(t testing.TB, members ...*server.Options) []*server.Server {
	t.Helper()
	servers := make([]*server.Server, len(members))
	errs := make([]error, len(members))
	var all sync.WaitGroup
	for i, m := range members {
		all.Go(func() { servers[i], errs[i] = Start(m) })
	}
	all.Wait()
	for i, s := range servers {
		if errs[i] != nil {
			t.Fatalf("%s: %v", members[i].ServerName, errs[i])
		}
		t.Cleanup(func() { Stop(s) })
	}
	return servers
}

// Led waits until one of the servers leads JetStream in the cluster and knows n servers to place streams on, and
// returns it.
func Led(t testing.TB, n int, servers ...*server.Server) *server.Server {
	t.Helper()
	var leader *server.Server
	Eventually(t, fmt.Sprintf("a leader of %d servers", n), func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == n {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}
