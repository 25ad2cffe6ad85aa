package cli

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// Idle connections, and ones that never end their request, keep nobody from asking whether the server is ready.
func TestIdleConnectionsToHTTPKeepNobodyOut(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	address := strings.TrimPrefix(s.http, "http://")
	for n := range 3 * mostConnections {
		idle, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		defer idle.Close()
		if n%2 == 1 {
			fmt.Fprint(idle, "GET /readyz HTTP/1.1\r\nHost: x\r\nX: ")
		}
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 5 {
		began := time.Now()
		answer, err := client.Get(s.http + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if took := time.Since(began); answer.StatusCode != http.StatusOK || took > 2*time.Second {
			t.Errorf("%s after %s", answer.Status, took)
		}
	}
	s.stop(t, os.Interrupt)
}

// A client that begins a request and says no more of it is not waited for.
func TestAHalfRequestIsGivenUp(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	half, err := net.DialTimeout("tcp", strings.TrimPrefix(s.http, "http://"), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	fmt.Fprint(half, "GET /readyz HTTP/1.1\r\nHost: x\r\nX: ")
	if err := half.SetReadDeadline(time.Now().Add(headerTimeout + patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(half); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("it is still open")
	}
	s.stop(t, os.Interrupt)
}

func TestACrowdKeepsWhoCameLast(t *testing.T) {
	c := &crowd{most: 2}
	a, b, d, e := &net.TCPConn{}, &net.UDPConn{}, &net.UnixConn{}, &net.IPConn{}
	for _, step := range []struct {
		conn  net.Conn
		state http.ConnState
		over  net.Conn
	}{
		{a, http.StateNew, nil}, {a, http.StateActive, nil}, {b, http.StateNew, nil},
		{d, http.StateNew, b},                             // idle ones go first
		{d, http.StateActive, nil}, {e, http.StateNew, a}, // then the one that takes longest
		{e, http.StateClosed, nil}, {b, http.StateIdle, nil},
	} {
		if got := c.note(step.conn, step.state); got != step.over {
			t.Fatalf("%T becomes %s: %T is closed, not %T", step.conn, step.state, got, step.over)
		}
	}
	if len(c.open) != 2 {
		t.Errorf("%d are open", len(c.open))
	}
}
