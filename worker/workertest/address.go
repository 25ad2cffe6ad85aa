package workertest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// Ports below those that the system gives to clients: while a server is down, one of those could take its port, or
// even connect to itself.
const (
	firstPort = 10_000
	ports     = 20_000
)

// Ports are taken in a row from one that is the process's own, so that none comes twice.
var (
	start = rand.Int64N(ports)
	taken atomic.Int64
)

// FreeAddress returns an address on loopback on which a server may listen, go away and come back.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.FormatInt(firstPort+(start+taken.Add(1))%ports, 10))
		if l, err := net.Listen("tcp", address); err == nil && l.Close() == nil {
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// FreePort returns the port of a [FreeAddress].
func FreePort(t testing.TB) int {
	t.Helper()
	_, port, _ := net.SplitHostPort(FreeAddress(t))
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
