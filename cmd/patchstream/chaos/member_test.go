package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/patchstream/patchstream/worker/workertest"
)

// member is a server of a cluster: an embedded nats-server in a process of its own, which is this test started
// once more with the member in its environment.
type member struct {
	Name   string
	Listen string // HOST:PORT for clients
	Route  string // HOST:PORT for the other members
	Routes string // to all members
	Store  string
}

const memberEnv = "PATCHSTREAM_CHAOS_MEMBER"

// newMembers returns a cluster's members, none of which is started.
func newMembers(t *testing.T, n int) []member {
	t.Helper()
	all, routes := make([]member, n), ""
	for i := range all {
		name := fmt.Sprintf("server-%d", i)
		all[i] = member{Name: name, Listen: workertest.FreeAddress(t), Route: workertest.FreeAddress(t), Store: filepath.Join(t.TempDir(), name)}
		routes += ",nats://" + all[i].Route
	}
	for i := range all {
		all[i].Routes = routes[1:]
	}
	return all
}

// command starts this test as a member.
func (m member) command() *exec.Cmd {
	cmd := exec.Command(must(os.Executable()))
	cmd.Env = []string{memberEnv + "=" + string(must(json.Marshal(m)))}
	return cmd
}

// beMember is the whole life of a process that was started as a member. nats-server itself answers the signals.
func beMember(config string) error {
	var m member
	if err := json.Unmarshal([]byte(config), &m); err != nil {
		return err
	}
	opts, err := m.options()
	if err != nil {
		return err
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	if !s.ReadyForConnections(readyWithin) || !s.JetStreamEnabled() {
		return errors.New("the server did not start")
	}
	fmt.Fprintf(os.Stderr, `{"http":"http://%s"}`+"\n", s.MonitorAddr())
	fmt.Println("ready")
	s.WaitForShutdown()
	return nil
}

func (m member) options() (*server.Options, error) {
	o := &server.Options{
		ServerName: m.Name, HTTPHost: "127.0.0.1", HTTPPort: server.RANDOM_PORT,
		JetStream: true, StoreDir: m.Store, MaxPayload: 8 << 20, Routes: server.RoutesFromStr(m.Routes),
		Cluster: server.ClusterOpts{Name: "chaos"},
	}
	var err, errRoute error
	o.Host, o.Port, err = split(m.Listen)
	o.Cluster.Host, o.Cluster.Port, errRoute = split(m.Route)
	return o, errors.Join(err, errRoute)
}

func split(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}

// metaLeader asks the servers which of them leads JetStream's own group, the one that places streams.
func (w *world) metaLeader(ctx context.Context) (string, error) {
	var failed error
	for _, s := range w.servers {
		var jsz struct {
			Meta struct{ Leader string } `json:"meta_cluster"`
		}
		if err := getJSON(ctx, s.log.web()+"/jsz", &jsz); err != nil {
			failed = err
		} else if jsz.Meta.Leader != "" {
			return jsz.Meta.Leader, nil
		}
	}
	return "", errors.Join(errors.New("no server knows who leads"), failed)
}

func getJSON(ctx context.Context, url string, v any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(v)
}
